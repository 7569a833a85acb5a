import { readdir, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ExitCode, KseriesError } from '@kseries/host'
import type { Arch } from './arch.ts'

/** One option asked for: `name` without `CONFIG_`, `value` as in a .config ("y", "m", "n", "4", "\"text\""). */
export interface ConfigOption {
  readonly name: string
  readonly value: string
  /** Where it was asked for. */
  readonly file: string
  readonly line: number
  /** The fragment says that not every tree has it: `CONFIG_X=y # where it exists`. */
  readonly optional?: true
  /** Nobody insists: what cannot be had is no error. */
  readonly wish?: true
}

/** The folder of the fragments that come with kseries. */
export const fragmentsDir = (): string => fileURLToPath(new URL('../../../qemu/configs', import.meta.url))

/** Names of the fragments that come with kseries: 'base', 'x86_64', 'debug'. */
export const fragmentNames = async (): Promise<string[]> =>
  (await readdir(fragmentsDir()))
    .filter(name => name.endsWith('.config'))
    .map(name => basename(name, '.config'))
    .toSorted()

/**
 * The files that make a guest's configuration, in the order they are merged: what every guest needs, the architecture's,
 * then what the caller adds.
 * @param more - names of fragments of ours ('debug'), or paths (with a slash) such as a series' own `config`.
 */
export const fragmentFiles = (arch: Arch, more: readonly string[] = []): string[] => [
  ...['base', arch].map(ours),
  ...more.map(item => (item.includes('/') ? resolve(item) : ours(item))),
]

const ours = (name: string) => join(fragmentsDir(), `${name}.config`)

/**
 * Reads fragments and merges them: a later one overrides an earlier one.
 * @returns the options, sorted by name, each with the place that decided it.
 * @throws FragmentMissing, FragmentSyntax
 */
export const readFragments = async (files: readonly string[]): Promise<ConfigOption[]> => {
  const merged = new Map<string, ConfigOption>()
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(async (error: unknown) => {
      throw new FragmentMissing(file, await fragmentNames(), error)
    })
    for (const option of parseFragment(text, file)) merged.set(option.name, option)
  }
  return [...merged.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * Parses the text of one fragment: `CONFIG_X=value`, `# CONFIG_X is not set`, comments, blank lines; nothing else. A comment
 * behind an option that begins with "where it exists" says that a tree without such an option is fine.
 * @throws FragmentSyntax
 */
export const parseFragment = (text: string, file: string): ConfigOption[] =>
  text.split('\n').flatMap((line, index) => {
    const off = /^# CONFIG_(\w+) is not set\s*$/.exec(line)
    if (off) return [{ name: off[1] ?? '', value: 'n', file, line: index + 1 }]
    if (/^\s*(#|$)/.test(line)) return []
    const set = /^CONFIG_(\w+)=([ymn]|-?\d+|0x[\da-fA-F]+|"(?:[^"\\]|\\.)*")\s*(?:#(.*))?$/.exec(line)
    if (!set) throw new FragmentSyntax(file, index + 1, line)
    const optional = set[3]?.trim().startsWith('where it exists')
    return [{ name: set[1] ?? '', value: set[2] ?? '', file, line: index + 1, ...(optional && { optional }) }]
  })

/** Reads a whole .config: name without `CONFIG_` to value; what is off is not in it. */
export const parseDotConfig = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/^CONFIG_(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]))

/** A fragment is not there. */
export class FragmentMissing extends KseriesError {
  constructor(file: string, names: readonly string[], cause: unknown) {
    super(`Cannot read the configuration fragment ${file}`, {
      hint: `Fragments that come with kseries: ${names.join(', ')}; a file of your own is named with a slash (./my.config).`,
      exitCode: ExitCode.usage,
      cause,
    })
  }
}

/** A line of a fragment is none of Kconfig's. */
export class FragmentSyntax extends KseriesError {
  constructor(file: string, line: number, text: string) {
    super(`Cannot read ${file}:${line} as a configuration option: it is '${text.slice(0, 80)}'`, {
      hint: 'Write CONFIG_NAME=y, =m, =n, =NUMBER or ="text"; comments begin with #.',
      exitCode: ExitCode.usage,
    })
  }
}

import { CommandFailed, CommandMissing, type Report, run } from '@kseries/host'
import { ARCHES, type Arch, parseBuildErrors, parseWarnings, type Toolchain } from '@kseries/kernel'
import { readFiles } from '@kseries/patchgen'
import type { Problem } from '../model/finding.ts'
import { compareVersions, programsOnPath, versionOf } from '../model/programs.ts'
import { sandboxed } from '../sandbox/sandbox.ts'
import type { Subject } from '../subject/subject.ts'
import { problemsOfErrors, problemsOfWarnings } from './problems.ts'

/** A clang of this machine. */
export interface Clang {
  readonly program: string
  /** '19.1.7' */
  readonly version: string
  /** Its whole first line. */
  readonly id: string
}

/** All clang and clang-NN on PATH, the newest first. */
export const installedClangs = async (isSandboxed = false, signal?: AbortSignal): Promise<Clang[]> => {
  const programs = await programsOnPath(/^clang(-\d+)?$/, isSandboxed)
  const asked = programs.map(async (program): Promise<Clang[]> => {
    const [id = ''] = (await versionOf(program, signal))?.split('\n') ?? []
    const version = /clang version (\d+(?:\.\d+)*)/.exec(id)?.[1]
    return version === undefined ? [] : [{ program, version, id }]
  })
  return (await Promise.all(asked)).flat().toSorted((a, b) => compareVersions(b.version, a.version))
}

/** The newest clang-NN that apt has; undefined without one, or without apt. */
export const clangPackage = async (signal?: AbortSignal): Promise<string | undefined> => {
  try {
    const { stdout: names } = await run('apt-cache', ['pkgnames', 'clang-'], { signal })
    const numbered = names.split('\n').filter(name => /^clang-\d+$/.test(name))
    if (numbered.length === 0) return undefined
    const { stdout } = await run('apt-cache', ['policy', ...numbered], { signal, env: { LC_ALL: 'C' } })
    const there = [...stdout.matchAll(/^(clang-\d+):\n.*\n {2}Candidate: (?!\(none\))/gm)].map(([, name = '']) => name)
    return there.toSorted((a, b) => Number(b.slice(6)) - Number(a.slice(6)))[0]
  } catch (error) {
    if (error instanceof CommandMissing || error instanceof CommandFailed) return undefined
    throw error
  }
}

export interface ClangOptions {
  readonly arch: Arch
  readonly isSandboxed: boolean
  readonly signal?: AbortSignal | undefined
  readonly report: Report
}

/**
 * The newest clang, if it is as new as the kernel below the series wants; if not, a note says what there is and what to do. It is looked
 * for once: the minimum is the same for all architectures that are built for.
 */
export const findClang = (subject: Subject, options: ClangOptions): Promise<Clang | undefined> => {
  const asked = found.get(subject) ?? lookForClang(subject, options)
  found.set(subject, asked)
  return asked
}

const found = new WeakMap<Subject, Promise<Clang | undefined>>()

const lookForClang = async (subject: Subject, options: ClangOptions): Promise<Clang | undefined> => {
  const { isSandboxed, signal, report } = options
  const [newest] = await installedClangs(isSandboxed, signal)
  const minimum = await minimumOf(subject, options)
  if (newest && compareVersions(newest.version, minimum) >= 0) return newest
  const there = newest ? `the newest installed is ${newest.version}` : 'none is installed'
  const debian = await clangPackage(signal)
  const isEnough = debian !== undefined && Number(debian.replace('clang-', '')) >= Number.parseInt(minimum, 10)
  const step = isEnough ? `apt-get install ${debian}` : 'apt has none that new, put one on PATH as clang or clang-NN'
  report({ kind: 'note', text: `not built with clang: ${there}, this kernel wants ${minimum} or newer: ${step}` })
  return undefined
}

/** What the base's scripts/min-tool-version.sh says; older trees have none, and took what there was. */
const minimumOf = async ({ gitDir, trunk }: Subject, { arch, isSandboxed, signal }: ClangOptions): Promise<string> => {
  const path = 'scripts/min-tool-version.sh'
  const script = (await readFiles(gitDir, trunk, [path], signal)).get(path)
  if (!script) return '0'
  const runner = isSandboxed ? sandboxed({ readable: [], writable: [] }) : run
  const { makeArch, srcArch } = ARCHES[arch]
  const env = { ARCH: makeArch, SRCARCH: srcArch }
  try {
    return (await runner('sh', ['-s', 'llvm'], { input: script.content, env, signal, timeout: 60_000 })).stdout
  } catch (error) {
    if (error instanceof CommandFailed) return '0'
    throw error
  }
}

/** gcc's toolchain with clang as the compiler: linker and binutils stay, as Documentation/kbuild/llvm.rst has it for CC=clang. */
export const withClang = (toolchain: Toolchain, { program, id }: Clang): Toolchain => {
  const through = toolchain.makeArgs.some(arg => arg.startsWith('CC=ccache ')) ? 'ccache ' : ''
  return {
    ...toolchain,
    id: `${id}; ${toolchain.id}`,
    makeArgs: [...toolchain.makeArgs.filter(arg => !arg.startsWith('CC=')), `CC=${through}${program}`],
  }
}

/** Reads what was said while an object was made: the words are like gcc's, and objtool looks at other code than gcc's. */
export const readClang = (lines: readonly string[], source: string, output: string): Problem[] => {
  const errors = parseBuildErrors(lines, source, output).filter(({ file }) => /\.[chS]$/.test(file))
  const { warnings } = parseWarnings(lines, source, output)
  const problems = [...(errors.length > 0 ? problemsOfErrors(errors, '') : []), ...problemsOfWarnings(warnings)]
  return problems.map(problem =>
    problem.tool === 'gcc' ? { ...problem, tool: 'clang' } : { ...problem, config: 'clang' },
  )
}

/** Those that gcc does not have at the same place. */
export const besides = (gcc: readonly Problem[], clang: readonly Problem[]): Problem[] => {
  const known = new Set(gcc.map(placeAndFlag))
  return clang.filter(problem => !known.has(placeAndFlag(problem)))
}

/** The words differ between the two, the names of warnings hardly: gcc's '-Wformat-truncation=' is clang's '-Wformat-truncation'. */
const placeAndFlag = ({ file, line, text }: Problem) =>
  [file, line, /\[(-W.*?)=?\]$/.exec(text)?.[1] ?? (text.startsWith('error: ') ? 'error' : text)].join(' ')

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { CommandFailed, type run } from '@kseries/host'
import { anchored } from '../model/anchored.ts'
import type { Problem } from '../model/finding.ts'
import type { Rule } from './rules.ts'

/** A file as it is in some commit. */
export interface Version {
  readonly path: string
  /** A character a byte. */
  readonly text: string
  /** Of path and text. */
  readonly key: string
}

export interface RuleJob {
  /** spatch */
  readonly program: string
  /** With each version at KEY/path. */
  readonly folder: string
  readonly versions: readonly Version[]
  readonly rule: Rule
  readonly run: typeof run
  readonly signal: AbortSignal | undefined
}

/** Of a rule, in milliseconds: most take a fraction of a second for a file, and some code keeps one busy for ever. */
const deadlineFor = (files: number) => 30_000 + 3_000 * files

/** Lays versions of files out in a folder of their own, with the rules beside it, works there, and clears up. */
export const withFiles = async <T>(
  versions: readonly Version[],
  rules: readonly Rule[],
  work: (folder: string) => Promise<T>,
): Promise<T> => {
  const ours = await mkdtemp(join(tmpdir(), 'kseries-cocci-'))
  // A sandbox's user may not look into the one above.
  const root = join(ours, 'cocci')
  const put = async (path: string, content: string | Buffer) => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
  try {
    for (const { key, path, text } of versions) await put(join(root, 'files', key, path), Buffer.from(text, 'latin1'))
    for (const { path, text } of rules) await put(join(root, path), text)
    return await work(root)
  } finally {
    await rm(ours, { recursive: true, force: true })
  }
}

/**
 * Runs one rule on all the files, each for itself.
 * @returns what it reports, by the key of the version; undefined if it ran past its deadline or broke down.
 */
export const runRule = async (job: RuleJob): Promise<ReadonlyMap<string, readonly Problem[]> | undefined> => {
  const { program, folder, versions, rule, signal } = job
  const files = join(folder, 'files')
  const fixed = ['-D', 'report', '--no-show-diff', '--very-quiet', '--cocci-file', join(folder, rule.path)]
  try {
    const { stdout } = await job.run(program, [...fixed, ...rule.options, '--dir', files], {
      cwd: folder,
      // Python in rules is Debian's own: others have been seen that lack what spatch wants of it.
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
      timeout: deadlineFor(versions.length),
      signal,
    })
    const places = new Map(versions.map(version => [join(version.key, version.path), version]))
    const found = new Map<string, Problem[]>(versions.map(({ key }) => [key, []]))
    for (const line of new Set(stdout.split('\n'))) {
      const [, path = '', at, text = ''] = /^(\/.+?):(\d+)(?::\d+(?:-\d+)?)?: (.*)$/.exec(line) ?? []
      const version = places.get(relative(files, path))
      if (version) found.get(version.key)?.push(problemOf(rule, version, Number(at), text))
    }
    return found
  } catch (error) {
    if (error instanceof CommandFailed) return undefined
    throw error
  }
}

const problemOf = (rule: Rule, { path, text: bytes }: Version, line: number, text: string): Problem => ({
  tool: 'coccicheck',
  file: path,
  line,
  text: `${anchored(text, Buffer.from(bytes, 'latin1').toString())} [${rule.path.replace(/^scripts\/coccinelle\//, '')}]`,
  blocks: rule.isSure || /^ERROR\b/.test(text),
})

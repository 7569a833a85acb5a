import { readFiles, withSyntax } from '@kseries/patchgen'
import type { Finding } from '../../model/finding.ts'
import { commitName, endOf, type SeriesCommit, type Subject } from '../../subject/subject.ts'
import { changesOf } from '../../text/changes.ts'
import { headerOf } from '../touched.ts'
import { Code } from './code.ts'
import { addTypes, noTypes, type Records } from './types.ts'
import { type Directions, mustBeRead, type SpareMember, unreadOf } from './unread.ts'

interface Brought extends SpareMember {
  readonly commit: SeriesCommit
  readonly file: string
}

/**
 * Members without a meaning yet (reserved, padding, flags) that a series brings and whose values nothing refuses, once all its commits
 * are there. C code is what the series touches, but for tests: nothing else can name a new member.
 * @param paths - what each commit touches.
 */
export const reservedFindings = async (
  subject: Subject,
  paths: readonly (readonly string[])[],
  signal?: AbortSignal,
): Promise<readonly Finding[]> => {
  const { gitDir, commits } = subject
  const brought: Brought[] = []
  for (const [index, commit] of commits.entries())
    if (paths[index]?.some(path => headerOf(path) !== undefined))
      brought.push(...(await broughtBy(gitDir, commit, signal)))
  if (brought.length === 0) return []
  const files = await textsOf(gitDir, endOf(subject), [...new Set(paths.flat())], signal)
  const headers = [...files].filter(([path]) => headerOf(path))
  const code = await Code.read(
    new Map([...files].filter(([path]) => isCode(path))),
    headers.map(([, text]) => text),
  )
  const directions = directionsIn(headers.map(([, text]) => text))
  const last = new Map(brought.map(one => [`${one.owner}.${one.name}`, one]))
  const members: (Brought & { readonly line: number })[] = []
  for (const one of last.values()) {
    const line = (await recordsIn(files.get(one.file) ?? '')).get(one.owner)?.get(one.name)?.line
    // A later commit may have taken it away.
    if (line !== undefined) members.push({ ...one, line })
  }
  const unread = await unreadOf(code, directions, members)
  return members.flatMap(({ owner, name, file, line, commit }, index) => {
    const its = unread[index]
    return its ? [{ tool: 'uapi', symbol: `${owner}.${name}`, file, line, ...its, commit: commitName(commit) }] : []
  })
}

const isCode = (path: string): boolean =>
  /\.[ch]$/.test(path) &&
  headerOf(path) === undefined &&
  !/^(Documentation|samples|tools)\/|(^|\/)(tests?|selftests?)\/|[_-](kunit|test|tests|selftest)\.c$/.test(path)

const broughtBy = async (gitDir: string, commit: SeriesCommit, signal: AbortSignal | undefined): Promise<Brought[]> => {
  const changes = await changesOf(gitDir, commit.parent, commit.hash, signal)
  const brought: Brought[] = []
  for (const { path, before, after } of changes.filter(({ path: file }) => headerOf(file))) {
    const was = await recordsIn(before)
    for (const [owner, members] of await recordsIn(after))
      for (const [name, member] of members)
        if (mustBeRead(member) && !was.get(owner)?.has(name)) brought.push({ owner, name, commit, file: path })
  }
  return brought
}

const recordsIn = async (text: string): Promise<Records> =>
  await withSyntax(text, root => {
    const types = noTypes()
    addTypes(types, root)
    return types.records
  })

/** By the macros that make the numbers of ioctl(), of whatever subsystem. */
const directionsIn = (headers: readonly string[]): Directions => {
  const [given, got] = [new Set<string>(), new Set<string>()]
  for (const text of headers)
    for (const [, direction = '', tag = ''] of text.matchAll(
      /_IO(R|W|WR)\s*\([^()\n]*(?:\\\n[^()\n]*)*\b(?:struct|union)\s+(\w+)\s*\)/g,
    ))
      (direction === 'R' ? got : given).add(tag)
  return { given, got }
}

const textsOf = async (
  gitDir: string,
  commit: string,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, string>> => {
  const wanted = paths.filter(path => headerOf(path) !== undefined || isCode(path))
  const files = await readFiles(gitDir, commit, wanted, signal)
  return new Map([...files].map(([path, { content }]) => [path, Buffer.from(content).toString('latin1')]))
}

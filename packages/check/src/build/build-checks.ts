import { availableParallelism } from 'node:os'
import { contentKey, type Report } from '@kseries/host'
import {
  type Arch,
  type ConfigOption,
  completeWishes,
  fetchCommits,
  fragmentFiles,
  readFragments,
  withWorkTree,
} from '@kseries/kernel'
import { gitOf } from '@kseries/patchgen'
import pMap from 'p-map'
import type { Finding } from '../model/finding.ts'
import { remember, remembered } from '../model/memory.ts'
import { commitName, type Subject, workName } from '../subject/subject.ts'
import { changesOf } from '../text/changes.ts'
import { Builder, type BuilderOptions } from './builder.ts'
import { cachesFor } from './caches.ts'
import { findCheckers } from './checkers.ts'
import { findClang } from './clang.ts'
import { Place } from './place.ts'
import { touchedBy } from './touched.ts'
import { type Builders, type Built, firstOf, type Stop, stepTo } from './walk.ts'

export interface BuildCheckOptions {
  readonly arch: Arch
  /** Keeps make from the machine, and from what trusted builds leave behind. */
  readonly isSandboxed: boolean
  readonly signal?: AbortSignal | undefined
  readonly report: Report
}

/** The tools whose findings a walk through the builds gives. */
const buildTools: ReadonlySet<string> = new Set([
  'gcc',
  'clang',
  'make',
  'sparse',
  'smatch',
  'objtool',
  'modpost',
  'kconfig',
  'compiled',
])

/** Of those, the ones that this machine has: others are not asked. */
export const buildToolsHere = async (subject: Subject, options: BuildCheckOptions): Promise<ReadonlySet<string>> => {
  const [clang, checkers] = await Promise.all([
    findClang(subject, options),
    findCheckers(options.isSandboxed, options.signal),
  ])
  const here = new Set<string>(checkers.map(({ tool }) => tool))
  if (clang) here.add('clang')
  return new Set([...buildTools].filter(tool => here.has(tool) || !['clang', 'sparse', 'smatch'].includes(tool)))
}

/**
 * Builds the base and each commit, in one build folder, and says what each brings: errors and warnings that its parent has not.
 * Options that a commit touches are on, then modules, then off. Results are kept by tree, options and toolchain, so an amended
 * commit costs itself and what stands on it, and nothing changed costs no make.
 */
export const buildChecks = async (subject: Subject, options: BuildCheckOptions): Promise<readonly Finding[]> => {
  const { arch, signal, report, isSandboxed } = options
  const { gitDir, base, commits } = subject
  const stops = await pMap(
    commits,
    async (commit): Promise<Stop> => {
      const changes = await changesOf(gitDir, commit.parent, commit.hash, signal)
      const touched = await touchedBy(gitDir, commit.hash, changes, signal)
      return { commit, touched, texts: new Map(changes.map(({ path, after }) => [path, after])) }
    },
    { concurrency: 2 * availableParallelism(), ...(signal && { signal }) },
  )
  const name = workName(subject, isSandboxed)
  const head = commits.at(-1)?.hash ?? base
  await fetchCommits(gitDir, head, commits.length + 1, signal)
  const progress = { done: 0 }
  const place = new Place(name, signal)
  const builderOptions: BuilderOptions = {
    place,
    arch,
    ...(isSandboxed && { caches: cachesFor(name, base) }),
    signal,
    onStep: text => report({ kind: 'update', id: 'build', text, fraction: progress.done / (commits.length + 1) }),
    onNote: text => report({ kind: 'note', text }),
  }
  const [main, clang] = await Promise.all([
    Builder.open(builderOptions),
    findClang(subject, options).then(found => found && Builder.open({ ...builderOptions, clang: found })),
  ])
  return await withWorkTree(
    name,
    async () => {
      const wishes = (await readFragments(fragmentFiles(arch, subject.fragments[arch]))).map(option => ({
        ...option,
        wish: true as const,
      }))
      const builders: Builders = { main, clang }
      const config = await configurationFor(subject, stops, wishes, { builder: main, place }, options)
      const { stdout: baseTree } = await gitOf(gitDir, ['rev-parse', `${base}^{tree}`], { signal })
      const findings: Finding[] = []
      const sourcesOf = (index: number) => stops[index]?.touched.sources ?? []
      let at: Built = await firstOf(builders, config, { hash: base, tree: baseTree.trim() }, sourcesOf(0))
      for (const [index, stop] of stops.entries()) {
        const { commit } = stop
        progress.done++
        report({ kind: 'update', id: 'build', text: commit.subject, fraction: progress.done / (commits.length + 1) })
        const step = await stepTo(builders, config, at, stop, sourcesOf(index + 1))
        findings.push(...step.problems.map(problem => ({ ...problem, commit: commitName(commit) })))
        at = step.built
      }
      return findings.map(finding =>
        arch === 'x86_64' ? finding : { ...finding, config: [arch, finding.config].filter(Boolean).join(', ') },
      )
    },
    { signal, report },
  )
}

/** All that the series touches or needs, on, with what that depends on at its end. */
const configurationFor = async (
  subject: Subject,
  stops: readonly Stop[],
  wishes: readonly ConfigOption[],
  { builder, place }: { readonly builder: Builder; readonly place: Place },
  { signal, arch }: BuildCheckOptions,
): Promise<ConfigOption[]> => {
  const names = [...new Set(stops.flatMap(({ touched }) => [...touched.options, ...touched.needed]))]
  const head = subject.commits.at(-1)
  const key = `config-${contentKey([head?.tree, names, wishes.map(({ name, value }) => [name, value]), builder.toolchain.id])}`
  const known = await remembered<ConfigOption[]>(key)
  if (known) return known
  const workTree = await place.moveTo(head?.hash ?? subject.base)
  const { output, toolchain } = builder
  const runner = builder.runOn(workTree)
  const more = await completeWishes({ workTree, arch, options: wishes, toolchain, output, signal, run: runner }, names)
  const main = [...wishes.filter(({ name }) => !more.some(wish => wish.name === name)), ...more]
  await remember(key, main)
  return main
}

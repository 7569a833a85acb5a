import type { ConfigOption } from '@kseries/kernel'
import { identityOf, newProblems, type Problem } from '../model/finding.ts'
import type { SeriesCommit } from '../subject/subject.ts'
import type { Builder, BuildJob, BuildResult } from './builder.ts'
import { besides } from './clang.ts'
import { isFlawOfSparse } from './sparse.ts'
import { sourceOf } from './state.ts'
import type { Touched } from './touched.ts'
import { Uncompiled } from './uncompiled.ts'

/** A commit with what its diff asks for. */
export interface Stop {
  readonly commit: SeriesCommit
  readonly touched: Touched
  /** What its files are after it, by path. */
  readonly texts: ReadonlyMap<string, string>
}

/** Where a walk is: a tree, and what came of building it in the main configuration. */
export interface Built {
  readonly commit: BuildJob['commit']
  readonly result: BuildResult
}

type Options = readonly ConfigOption[]

/** How a walk builds. */
export interface Builders {
  readonly main: Builder
  /** Compiles the touched sources a second time, meanwhile. */
  readonly clang?: Builder | undefined
}

/**
 * Begins a walk at the base.
 * @param next - the sources that the first commit touches.
 */
export const firstOf = async (
  builders: Builders,
  options: Options,
  commit: BuildJob['commit'],
  next: readonly string[],
): Promise<Built> => ({ commit, result: (await lookAt(builders, { commit, options, sources: [] }, next)).result })

/** All that is said of a tree in the main configuration. What the next commit touches is looked at before it, by the same runs of make. */
const lookAt = async ({ main, clang }: Builders, job: BuildJob, next: readonly string[]) => {
  const byGcc = async () => {
    const result = await main.build(job)
    return { result, checked: await main.check(job, next) }
  }
  const [gcc, objects] = await Promise.allSettled([byGcc(), clang?.objects(job, next)])
  // Neither runs on when the other has failed.
  if (gcc.status === 'rejected') throw gcc.reason
  if (objects.status === 'rejected') throw objects.reason
  return { ...gcc.value, objects: objects.value ?? [] }
}

/**
 * From a commit's parent to the commit: what is new in the main configuration, and in those that it asks for.
 * @param next - the sources that the commit after it touches.
 */
export const stepTo = async (
  builders: Builders,
  options: Options,
  parent: Built,
  { commit, touched, texts }: Stop,
  next: readonly string[],
): Promise<{ readonly built: Built; readonly problems: readonly Problem[] }> => {
  const { main, clang } = builders
  const { sources } = touched
  const before = { commit: parent.commit, options, sources }
  // Known since the work tree was at the parent.
  const checkedBefore = await main.check(before)
  const clangBefore = (await clang?.objects(before)) ?? []
  const { result, checked: checkedAfter, objects } = await lookAt(builders, { commit, options, sources }, next)
  const checked = newProblems(checkedBefore, checkedAfter).filter(
    problem => !isFlawOfSparse(problem, texts.get(problem.file ?? '') ?? ''),
  )
  const clangs = besides(result.problems, newProblems(clangBefore, objects))
  const problems = [...newProblems(parent.result.problems, result.problems), ...checked, ...clangs]
  const left = new Uncompiled(touched)
  const take = async (job: BuildJob, { compiled }: BuildResult) => {
    left.built(compiled)
    const files = left.inDoubt(compiled)
    if (files.length > 0) left.seen(await main.lines(job, files))
  }
  await take({ commit, options, sources }, result)
  const seen = new Set([...parent.result.problems, ...result.problems].map(identityOf))
  for (const value of ['m', 'n'] as const) {
    const others = varied(options, touched, value)
    if (!others) continue
    const other = await main.build({ commit, options: others, sources })
    await take({ commit, options: others, sources }, other)
    const unseen = other.problems.filter(problem => !seen.has(identityOf(problem)))
    // What the parent says in this configuration is asked for only where it matters: of itself, not of objects left over.
    const anew = [...new Set([...sources, ...other.loud.map(sourceOf)])]
    const old =
      unseen.length === 0 ? [] : (await main.build({ commit: parent.commit, options: others, sources: anew })).problems
    const config = touched.options.map(name => `CONFIG_${name}=${value}`).join(' ')
    problems.push(...newProblems(old, unseen).map(problem => ({ ...problem, config })))
    for (const problem of unseen) seen.add(identityOf(problem))
  }
  return { built: { commit, result }, problems: [...problems, ...left.problems()] }
}

/** The main configuration with what a commit touches set otherwise; none if it touches no option. */
const varied = (main: Options, { options }: Touched, value: 'm' | 'n'): Options | undefined =>
  options.length === 0 ? undefined : main.map(option => (options.includes(option.name) ? { ...option, value } : option))

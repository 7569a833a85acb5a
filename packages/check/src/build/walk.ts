import type { ConfigOption } from '@kseries/kernel'
import { identityOf, newProblems, type Problem } from '../model/finding.ts'
import type { SeriesCommit } from '../subject/subject.ts'
import type { Builder, BuildJob, BuildResult } from './builder.ts'
import { besides } from './clang.ts'
import { isFlawOfSparse } from './sparse.ts'
import { objectOf, sourceOf } from './state.ts'
import type { Touched } from './touched.ts'

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

/** Begins a walk at the base. */
export const firstOf = async (builder: Builder, options: Options, commit: BuildJob['commit']): Promise<Built> => ({
  commit,
  result: await builder.build({ commit, options, sources: [] }),
})

/** From a commit's parent to the commit: what is new in the main configuration, and in those that it asks for. */
export const stepTo = async (
  builder: Builder,
  main: Options,
  parent: Built,
  { commit, touched, texts }: Stop,
  clang?: Builder,
): Promise<{ readonly built: Built; readonly problems: readonly Problem[] }> => {
  const { sources } = touched
  const before = { commit: parent.commit, options: main, sources }
  const after = { commit, options: main, sources }
  // Here, while the work tree is at the parent.
  const checkedBefore = await builder.check(before)
  const clangBefore = (await clang?.objects(before)) ?? []
  const result = await builder.build(after)
  const checked = newProblems(checkedBefore, await builder.check(after)).filter(
    problem => !isFlawOfSparse(problem, texts.get(problem.file ?? '') ?? ''),
  )
  const clangs = besides(result.problems, newProblems(clangBefore, (await clang?.objects(after)) ?? []))
  const problems = [...newProblems(parent.result.problems, result.problems), ...checked, ...clangs]
  const compiled = new Set(result.compiled)
  const seen = new Set([...parent.result.problems, ...result.problems].map(identityOf))
  for (const value of ['m', 'n'] as const) {
    const options = varied(main, touched, value)
    if (!options) continue
    const other = await builder.build({ commit, options, sources })
    for (const source of other.compiled) compiled.add(source)
    const unseen = other.problems.filter(problem => !seen.has(identityOf(problem)))
    // What the parent says in this configuration is asked for only where it matters: of itself, not of objects left over.
    const anew = [...new Set([...sources, ...other.loud.map(sourceOf)])]
    const old =
      unseen.length === 0 ? [] : (await builder.build({ commit: parent.commit, options, sources: anew })).problems
    const config = touched.options.map(name => `CONFIG_${name}=${value}`).join(' ')
    problems.push(...newProblems(old, unseen).map(problem => ({ ...problem, config })))
    for (const problem of unseen) seen.add(identityOf(problem))
  }
  return { built: { commit, result }, problems: [...problems, ...notCompiled(touched, compiled)] }
}

/** The main configuration with what a commit touches set otherwise; none if it touches no option. */
const varied = (main: Options, { options }: Touched, value: 'm' | 'n'): Options | undefined =>
  options.length === 0 ? undefined : main.map(option => (options.includes(option.name) ? { ...option, value } : option))

const notCompiled = ({ sources }: Touched, compiled: ReadonlySet<string>): Problem[] =>
  sources
    .filter(source => !compiled.has(source))
    .map(source => ({
      tool: 'compiled',
      file: source,
      text: `no configuration that was tried compiles it: nothing made ${objectOf(source)}`,
      blocks: !source.startsWith('arch/'),
    }))

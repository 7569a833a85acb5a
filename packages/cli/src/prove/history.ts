/** What became of one test at each commit of a series, before the first one at index 0. */
export interface TestHistory {
  /** Its file: 'securekey/selftests/heap.test.ts'. */
  readonly file: string
  readonly title: string
  readonly passes: readonly boolean[]
}

/** What a history proves of a series. Indices are those of commits, from 1. */
export type Proof =
  /** It fails without the commit and passes with it and all after it: a test of the series. */
  | { readonly kind: 'proven'; readonly at: number }
  /** It passes without the series: it proves nothing of it. */
  | { readonly kind: 'passes-before' }
  /** It passed, and fails at this commit; whoever bisects stops here. `until` is the commit at which it passes again. */
  | { readonly kind: 'broken'; readonly by: number; readonly until: number | undefined }
  /** It passes nowhere. */
  | { readonly kind: 'never' }

/** Judges a history; what breaks comes before what is merely not proven. */
export const proofOf = ({ passes }: Pick<TestHistory, 'passes'>): Proof => {
  const by = passes.findIndex((pass, index) => !pass && passes[index - 1] === true)
  if (by > 0) {
    const until = passes.findIndex((pass, index) => pass && index > by)
    return { kind: 'broken', by, until: until < 0 ? undefined : until }
  }
  if (passes[0] === true) return { kind: 'passes-before' }
  const at = passes.indexOf(true)
  return at < 0 ? { kind: 'never' } : { kind: 'proven', at }
}

/** What a test did at one commit. */
export interface Sight {
  readonly file: string
  readonly title: string
  readonly pass: boolean
}

/**
 * Puts the commits' results together. A test that was not seen at a commit did not pass there: its file could not be loaded, or
 * the kernel did not build.
 * @param sights - of each commit, before the first one at index 0. The tests are those of the last.
 */
export const historiesOf = (sights: readonly (readonly Sight[])[]): TestHistory[] => {
  const seen = sights.map(
    some => new Set(some.flatMap(({ file, title, pass }) => (pass ? [JSON.stringify([file, title])] : []))),
  )
  return (sights.at(-1) ?? []).map(({ file, title }) => ({
    file,
    title,
    passes: seen.map(passing => passing.has(JSON.stringify([file, title]))),
  }))
}

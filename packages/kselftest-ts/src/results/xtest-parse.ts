/** A case of xtest, or a part of one: each has a line of its own in its report. */
export interface XtestCase {
  /** 'regression_1001', of a part 'regression_1001.2', of a part's part 'regression_4001.2.1' */
  readonly id: string
  readonly title: string
  /** `skipped` if it says so itself, which to xtest is a success. `cut`: it had no end, the program did not get so far. */
  readonly result: 'ok' | 'failed' | 'skipped' | 'cut'
  /** What was printed between its beginning and its end, without its parts: which assertion failed, why it was skipped. */
  readonly notes: readonly string[]
}

/** What xtest has printed, in the order in which it began. */
export interface XtestReport {
  readonly cases: readonly XtestCase[]
  /** Its own sum, of cases and not of their parts; undefined when it did not come to it. */
  readonly sum: { readonly cases: number; readonly failed: number } | undefined
}

/**
 * Reads the report of OP-TEE's test program (optee_test, host/xtest/adbg): `* ID TITLE` begins a case, `o ID TITLE` a part of it,
 * `  ID OK` or `  ID FAILED` ends either; then each case again, and the sum. Anything else is what a case has to say.
 */
export const parseXtest = (stdout: string): XtestReport => {
  const cases: { id: string; title: string; result: XtestCase['result']; notes: string[] }[] = []
  let open: typeof cases = []
  let sum: XtestReport['sum']
  for (const line of stdout.split('\n')) {
    const [, id, title = ''] = /^[*o] (\S+_\d\S*) (.*)$/.exec(line) ?? []
    if (id !== undefined) {
      const begun = { id, title, result: 'cut' as const, notes: [] }
      cases.push(begun)
      open.push(begun)
      continue
    }
    const [, ended, result] = /^ {2}(\S+) (OK|FAILED)$/.exec(line) ?? []
    const at = open.findLast(one => one.id === ended)
    if (at) {
      at.result = result === 'FAILED' ? 'failed' : at.notes.some(note => /\bskip/i.test(note)) ? 'skipped' : 'ok'
      open = open.slice(0, open.indexOf(at))
      continue
    }
    const [, all, failed] = /^(\d+) test cases? of which (\d+) failed$/.exec(line) ?? []
    if (all !== undefined) sum = { cases: Number(all), failed: Number(failed) }
    else if (line.trim() !== '') open.at(-1)?.notes.push(line.trim())
  }
  return { cases, sum }
}

/** A case as a line: 'skipped regression_1031.1 Global object constructor: TA not built with C++ support, skipping C++ tests'. */
export const xtestLine = ({ id, title, result, notes }: XtestCase): string => {
  const why = result === 'ok' || notes.length === 0 ? '' : `: ${notes.slice(-3).join('; ')}`
  return `${result} ${id} ${title}${why}`
}

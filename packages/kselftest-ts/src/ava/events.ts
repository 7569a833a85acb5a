/** What of ava's events is of interest. Files are absolute paths. */
export type AvaEvent =
  /** A file has a test, which may not be among those asked for. */
  | { readonly type: 'declared'; readonly file: string; readonly title: string }
  | { readonly type: 'selected'; readonly file: string; readonly title: string }
  | { readonly type: 'skipped'; readonly file: string; readonly title: string; readonly todo: boolean }
  | {
      readonly type: 'passed'
      readonly file: string
      readonly title: string
      readonly duration: number
      readonly logs: readonly string[]
    }
  | {
      readonly type: 'failed'
      readonly file: string
      readonly title: string
      readonly duration: number
      readonly logs: readonly string[]
      readonly message: string
      readonly details: string
    }
  /** A file could not be loaded, or an error escaped from it. */
  | { readonly type: 'crashed'; readonly file: string | undefined; readonly message: string; readonly details: string }
  | { readonly type: 'output'; readonly file: string | undefined; readonly text: string }

/** Begins each line with an event on standard output of ava's main process: a record separator, which no test prints. */
export const EVENT_PREFIX = '\u001ekseries '

/**
 * What long work tells whoever watches. `step` opens a piece of work, `update` says how far it is, `done` closes it;
 * `note` is a line worth keeping. The same events feed a terminal, plain log lines and `--json`.
 */
export type Progress =
  | { readonly kind: 'step'; readonly id: string; readonly title: string }
  | { readonly kind: 'update'; readonly id: string; readonly text: string; readonly fraction?: number }
  | { readonly kind: 'done'; readonly id: string; readonly text?: string }
  | { readonly kind: 'failed'; readonly id: string; readonly text: string }
  | { readonly kind: 'note'; readonly text: string }

/** Takes progress; must not throw. */
export type Report = (progress: Progress) => void

/** A report for callers that want silence. */
export const silent: Report = () => {}

/**
 * Runs one piece of work between its `step` and its `done` or `failed`.
 *
 * @param title - what is being done, as a person would say it: "build x86_64".
 * @param work - gets `update(text, fraction 0..1)` and gives the result; its error is passed on.
 * @param summary - what to say of the result, on the closing line.
 */
export const step = async <T>(
  report: Report,
  title: string,
  work: (update: (text: string, fraction?: number) => void) => Promise<T>,
  summary?: (result: T) => string | undefined,
): Promise<T> => {
  const id = `${title}#${++steps}`
  report({ kind: 'step', id, title })
  try {
    const result = await work((text, fraction) =>
      report(fraction === undefined ? { kind: 'update', id, text } : { kind: 'update', id, text, fraction }),
    )
    const text = summary?.(result)
    report(text === undefined ? { kind: 'done', id } : { kind: 'done', id, text })
    return result
  } catch (error) {
    report({ kind: 'failed', id, text: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) })
    throw error
  }
}

let steps = 0

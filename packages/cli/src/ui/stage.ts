import { type Report, silent } from '@kseries/host'
import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from 'listr2'

/** One line of a command's work, as a person sees it: done in order, each with a summary at its end. */
export interface Stage<Context> {
  readonly title: string
  /** Does the work; what it gives back is shown behind the title ("7.3.4, from the cache"). */
  readonly work: (context: Context, report: Report) => Promise<string | undefined>
}

/** How progress is shown: a live list, plain lines with times, NDJSON on standard output, or not at all. */
export type View = 'terminal' | 'lines' | 'json' | 'none'

/** The view for this process: `--json` and `--quiet` first, then whether standard error is a terminal. */
export const chooseView = (options: { readonly json?: boolean; readonly quiet?: boolean }): View =>
  options.json ? 'json' : options.quiet ? 'none' : isWide(process.stderr) && !process.env['CI'] ? 'terminal' : 'lines'

/** A terminal, and one that says how wide it is: some, such as those of `script`, are 0 columns wide. */
const isWide = ({ isTTY, columns }: NodeJS.WriteStream) => isTTY && columns >= 20

/**
 * Runs the stages one after the other and shows them.
 * @throws whatever a stage throws, after showing that it failed; later stages are not started.
 */
export const runStages = async <Context>(
  stages: readonly Stage<Context>[],
  context: Context,
  view: View,
): Promise<void> => {
  switch (view) {
    case 'terminal':
      return runLive(stages, context)
    case 'lines':
      return runPlain(stages, context, lineWriter())
    case 'json':
      return runPlain(stages, context, jsonWriter())
    case 'none':
      for (const stage of stages) await stage.work(context, silent)
  }
}

const runLive = async <Context>(stages: readonly Stage<Context>[], context: Context) => {
  const tasks = stages.map(({ title, work }) => ({
    title,
    task: async (_: unknown, task: { output: string; title: string }) => {
      const started = performance.now()
      const summary = await work(context, progress => {
        if (progress.kind === 'update') task.output = describe(progress.text, progress.fraction)
        else if (progress.kind === 'step') task.output = progress.title
        else if (progress.kind === 'note') task.output = progress.text
      })
      task.title = closing(title, summary, performance.now() - started)
    },
  }))
  await new Listr(tasks, {
    concurrent: false,
    registerSignalListeners: false,
    renderer: OnStderr,
    rendererOptions: {
      collapseErrors: false,
      showErrorMessage: false,
      logger: new ListrLogger({ useIcons: true, processOutput: new ProcessOutput(process.stderr, process.stdout) }),
    },
    fallbackRendererCondition: () => false,
  }).run()
}

/** The live list where progress belongs: standard output is for what comes of the work, and may be a file. */
class OnStderr extends DefaultRenderer {
  // listr2 asks standard output whether it is a terminal; chooseView() has asked standard error.
  static override nonTTY = true as unknown as false
}

interface Writer {
  opened(title: string): void
  said(title: string, text: string, fraction: number | undefined): void
  noted(title: string, text: string): void
  closed(title: string, summary: string | undefined, milliseconds: number): void
  failed(title: string, milliseconds: number): void
}

const runPlain = async <Context>(stages: readonly Stage<Context>[], context: Context, writer: Writer) => {
  for (const { title, work } of stages) {
    const started = performance.now()
    writer.opened(title)
    try {
      const summary = await work(context, progress => {
        if (progress.kind === 'update') writer.said(title, progress.text, progress.fraction)
        else if (progress.kind === 'step') writer.said(title, progress.title, undefined)
        else if (progress.kind === 'note') writer.noted(title, progress.text)
      })
      writer.closed(title, summary, performance.now() - started)
    } catch (error) {
      writer.failed(title, performance.now() - started)
      throw error
    }
  }
}

/** Lines for a log: a stage's progress at most every five seconds, so that a CI log stays short. */
const lineWriter = (): Writer => {
  let quietUntil = 0
  const line = (text: string) => process.stderr.write(`${text}\n`)
  return {
    opened: title => {
      quietUntil = performance.now() + 5_000
      line(`.. ${title}`)
    },
    said: (title, text, fraction) => {
      if (performance.now() < quietUntil) return
      quietUntil = performance.now() + 5_000
      line(`   ${title}: ${describe(text, fraction)}`)
    },
    noted: (title, text) => line(`   ${title}: ${text}`),
    closed: (title, summary, milliseconds) => line(`ok ${closing(title, summary, milliseconds)}`),
    failed: (title, milliseconds) => line(`!! ${closing(title, 'failed', milliseconds)}`),
  }
}

const jsonWriter = (): Writer => {
  const line = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`)
  return {
    opened: stage => line({ type: 'stage', stage, state: 'started' }),
    said: (stage, text, fraction) =>
      line({ type: 'progress', stage, text, ...(fraction === undefined ? {} : { fraction }) }),
    noted: (stage, text) => line({ type: 'note', stage, text }),
    closed: (stage, summary, milliseconds) =>
      line({ type: 'stage', stage, state: 'done', summary, seconds: milliseconds / 1000 }),
    failed: (stage, milliseconds) => line({ type: 'stage', stage, state: 'failed', seconds: milliseconds / 1000 }),
  }
}

const describe = (text: string, fraction: number | undefined) =>
  fraction === undefined ? text : `${Math.floor(fraction * 100)} % ${text}`

const closing = (title: string, summary: string | undefined, milliseconds: number) =>
  `${title}${summary ? `: ${summary}` : ''} (${(milliseconds / 1000).toFixed(1)} s)`

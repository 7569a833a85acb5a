import { type Report, silent } from '@kseries/host'
import { DefaultRenderer, Listr, ListrLogger, type ListrTaskWrapper, ProcessOutput } from 'listr2'

/** One line of a command's work, as a person sees it: done in order, each with a summary at its end. */
export interface Stage<Context> {
  readonly title: string
  /** Does the work; what it gives back is shown behind the title ("7.3.4, from the cache"). */
  readonly work: (context: Context, report: Report) => Promise<string | undefined>
}

/** Stages that run side by side: each lane in its order. */
export interface Lanes<Context> {
  readonly lanes: readonly (readonly Stage<Context>[])[]
  /** Called when a stage has failed, so that the other lanes end soon; they are waited for. */
  readonly stop: () => void
}

export type Step<Context> = Stage<Context> | Lanes<Context>

/** How progress is shown: a live list, plain lines with times, NDJSON on standard output, or not at all. */
export type View = 'terminal' | 'lines' | 'json' | 'none'

/** The view for this process: `--json` and `--quiet` first, then whether standard error is a terminal. */
export const chooseView = (options: { readonly json?: boolean; readonly quiet?: boolean }): View =>
  options.json ? 'json' : options.quiet ? 'none' : isWide(process.stderr) && !process.env['CI'] ? 'terminal' : 'lines'

/** A terminal, and one that says how wide it is: some, such as those of `script`, are 0 columns wide. */
const isWide = ({ isTTY, columns }: NodeJS.WriteStream) => isTTY && columns >= 20

/**
 * Runs the stages one after the other, lanes side by side, and shows them.
 * @throws whatever a stage throws first, after showing that it failed; later stages are not started.
 */
export const runStages = async <Context>(
  steps: readonly Step<Context>[],
  context: Context,
  view: View,
): Promise<void> => {
  switch (view) {
    case 'terminal':
      return runLive(steps, context)
    case 'lines':
      return inOrder(steps, stage => runPlain(stage, context, lineWriter))
    case 'json':
      return inOrder(steps, stage => runPlain(stage, context, jsonWriter))
    case 'none':
      return inOrder(steps, async stage => void (await stage.work(context, silent)))
  }
}

const inOrder = async <Context>(
  steps: readonly Step<Context>[],
  runStage: (stage: Stage<Context>) => Promise<void>,
): Promise<void> => {
  for (const step of steps) await ('lanes' in step ? sideBySide(step, runStage) : runStage(step))
}

const sideBySide = async <Context>(
  { lanes, stop }: Lanes<Context>,
  runStage: (stage: Stage<Context>) => Promise<void>,
): Promise<void> => {
  const failures: unknown[] = []
  const run = (lane: readonly Stage<Context>[]) =>
    inOrder(lane, runStage).catch((error: unknown) => {
      failures.push(error)
      stop()
    })
  await Promise.all(lanes.map(run))
  if (failures.length > 0) throw failures[0]
}

const runLive = async <Context>(steps: readonly Step<Context>[], context: Context) => {
  const running = new Set<Promise<unknown>>()
  const work = async (
    { title, work: begin }: Stage<Context>,
    task: { output: string; title: string },
    stop: () => void,
  ) => {
    const started = performance.now()
    const ending = begin(context, progress => {
      if (progress.kind === 'update') task.output = describe(progress.text, progress.fraction)
      else if (progress.kind === 'step') task.output = progress.title
      else if (progress.kind === 'note') task.output = progress.text
    })
    running.add(ending)
    try {
      task.title = closing(title, await ending, performance.now() - started)
    } catch (error) {
      stop()
      throw error
    } finally {
      running.delete(ending)
    }
  }
  const taskOf = (stage: Stage<Context>, stop: () => void) => ({
    title: stage.title,
    task: (_: unknown, task: { output: string; title: string }) => work(stage, task, stop),
  })
  // Without titles these are shown as the lists that are in them.
  const lanesOf = ({ lanes, stop }: Lanes<Context>) => ({
    task: (_: unknown, task: ListrTaskWrapper<unknown, typeof OnStderr, typeof OnStderr>) =>
      task.newListr(
        lanes.map(lane => ({
          task: (_one: unknown, its: typeof task) =>
            its.newListr(
              lane.map(stage => taskOf(stage, stop)),
              { concurrent: false },
            ),
        })),
        { concurrent: true },
      ),
  })
  const list = new Listr(
    steps.map(step => ('lanes' in step ? lanesOf(step) : taskOf(step, () => {}))),
    {
      concurrent: false,
      registerSignalListeners: false,
      renderer: OnStderr,
      rendererOptions: {
        collapseErrors: false,
        collapseSubtasks: false,
        showErrorMessage: false,
        logger: new ListrLogger({ useIcons: true, processOutput: new ProcessOutput(process.stderr, process.stdout) }),
      },
      fallbackRendererCondition: () => false,
    },
  )
  try {
    await list.run()
  } finally {
    // Those of other lanes, which have been told to end.
    while (running.size > 0) await Promise.allSettled(running)
  }
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

const runPlain = async <Context>(
  { title, work }: Stage<Context>,
  context: Context,
  writerFor: () => Writer,
): Promise<void> => {
  const writer = writerFor()
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

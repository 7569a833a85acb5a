import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { KseriesError } from '@kseries/host'
import { type Answer, patchNamed, type Question, type Series } from '@kseries/patchgen'

/** Whether there is somebody to ask. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY

interface Terminal {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

/**
 * Asks on the terminal which patch each change belongs to; a name that is none is asked again.
 * @returns the answers; none to what was not answered when the input ended.
 */
export const askPatches = async (
  questions: readonly Question[],
  chain: readonly Series[],
  signal: AbortSignal,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<Answer> => {
  const answers = new Map<Question, ReturnType<Answer>>()
  const lines = createInterface({ input, output })
  // The terminal's Ctrl-C comes here while we read.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const ended = once(lines, 'close').then(() => undefined)
  // Ctrl-D ends a question by an error, a stream that ends leaves it open.
  const ask = (question: Question) =>
    lines.question(promptOf(question), { signal }).catch((error: unknown) => {
      if (signal.aborted || (error as { name?: string }).name !== 'AbortError') throw error
      return undefined
    })
  try {
    for (const question of questions) {
      for (;;) {
        const said = await Promise.race([ask(question), ended])
        if (said === undefined) return one => answers.get(one)
        const place = read(chain, said.trim(), output)
        if (!place) continue
        answers.set(question, place)
        break
      }
    }
    return question => answers.get(question)
  } finally {
    lines.close()
  }
}

const promptOf = ({ place, why, patches }: Question): string => {
  const likely = patches.map(({ series, patch }) => `${series}/${patch}`)
  return `${place}: ${why}. Into which patch?${likely.length > 0 ? ` (${likely.join(', ')})` : ''} `
}

const read = (chain: readonly Series[], said: string, output: NodeJS.WritableStream): ReturnType<Answer> => {
  try {
    return patchNamed(chain, said)
  } catch (error) {
    if (!(error instanceof KseriesError)) throw error
    output.write(`${error.message}. ${error.hint ?? ''}\n`)
    return undefined
  }
}

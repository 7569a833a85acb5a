import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { KseriesError } from '@kseries/host'
import { type Answer, patchNamed, type Question, type Series } from '@kseries/patchgen'

/** Whether there is somebody to ask. */
export const canAsk = (): boolean => process.stdin.isTTY && process.stderr.isTTY

/**
 * Asks on the terminal which patch each change belongs to; a name that is none is asked again.
 * @returns the answers; none to what was not answered when the input ended.
 */
export const askPatches = async (
  questions: readonly Question[],
  chain: readonly Series[],
  signal: AbortSignal,
): Promise<Answer> => {
  const answers = new Map<Question, ReturnType<Answer>>()
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  // The terminal's Ctrl-C comes here while we read.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const ended = once(lines, 'close').then(() => undefined)
  try {
    for (const question of questions) {
      for (;;) {
        const said = await Promise.race([lines.question(promptOf(question), { signal }), ended])
        if (said === undefined) return one => answers.get(one)
        const place = read(chain, said.trim())
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

const read = (chain: readonly Series[], said: string): ReturnType<Answer> => {
  try {
    return patchNamed(chain, said)
  } catch (error) {
    if (!(error instanceof KseriesError)) throw error
    process.stderr.write(`${error.message}. ${error.hint ?? ''}\n`)
    return undefined
  }
}

import type { Operation } from '../src/index.ts'
import { applyOperations } from '../src/resolve/apply.ts'

/** Carries operations out on a text that stands alone. */
export const apply = (text: string, ...operations: readonly Operation[]): Promise<string> =>
  applyOperations('file.c', text, operations, { base: '7.3', read: async () => undefined })

/** The lines that are in `after` but not in `before`, and the other way round, in a diff's form. */
export const changed = (before: string, after: string): string[] => {
  const [old, now] = [before.split('\n'), after.split('\n')]
  let head = 0
  while (head < old.length && head < now.length && old[head] === now[head]) head++
  let tail = 0
  while (tail < old.length - head && tail < now.length - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++
  return [
    ...old.slice(head, old.length - tail).map(line => `-${line}`),
    ...now.slice(head, now.length - tail).map(line => `+${line}`),
  ]
}

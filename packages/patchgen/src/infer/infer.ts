import type { Operation } from '../edits/types.ts'
import { EditImpossible } from '../errors.ts'
import { applyOperations } from '../resolve/apply.ts'
import { candidatesFor } from './candidates.ts'
import { type Hunk, linesOf } from './hunks.ts'

/**
 * Operations that make one text of another: what is kept of a change is where it belongs, not on which line. For each hunk the
 * ways to say it are tried from the most telling to the most literal, and the first that gives the very text wanted is taken.
 *
 * @param file - the path, which tells the kind of file.
 * @param hunks - how the texts differ, as `parseHunks` gives them.
 * @throws EditImpossible for what no operation says: a last line that loses its line break.
 */
export const inferOperations = async (
  file: string,
  before: string,
  after: string,
  hunks: readonly Hunk[],
): Promise<Operation[]> => {
  const [oldLines, newLines] = [linesOf(before), linesOf(after)]
  const operations: Operation[] = []
  let text = before
  for (const { oldStart, oldCount, newStart, newCount } of hunks) {
    // The hunks above this one are done: there the text is the new one, from here on the old one.
    const wanted = [...newLines.slice(0, newStart + newCount), ...oldLines.slice(oldStart + oldCount)].join('')
    const added = newLines.slice(newStart, newStart + newCount)
    const change = { file, text, lines: linesOf(text), start: newStart, count: oldCount, added }
    operations.push(...(await firstThatGives(wanted, candidatesFor(change), file, text)))
    text = wanted
  }
  return operations
}

const firstThatGives = async (
  wanted: string,
  candidates: Iterable<readonly Operation[]>,
  file: string,
  text: string,
): Promise<readonly Operation[]> => {
  for (const candidate of candidates) if (await gives(file, text, candidate, wanted)) return candidate
  throw new EditImpossible(file, 'a change of it cannot be said by edits: its last line has no line break?')
}

/** Whether operations, none of them `when`, make this very text. */
export const gives = async (
  file: string,
  text: string,
  operations: readonly Operation[],
  wanted: string,
): Promise<boolean> => (await applyOperations(file, text, operations, nowhere).catch(() => undefined)) === wanted

/** Only conditions ask for other files. */
const nowhere = { base: '', read: async () => undefined }

import type { Place } from '../edits/types.ts'
import { findItem } from './items.ts'
import { mask } from './mask.ts'
import { insertAt, lineEnd, lineStart } from './spans.ts'
import { impossible, type Target, theOne } from './target.ts'

/** Adds ` * @name: …` lines to the kernel-doc above a function or declaration. */
export const addKernelDoc = async (target: Target, of: string, lines: string, place: Place): Promise<string> => {
  const { text } = target
  const item = await findItem(target, of)
  const top = lineStart(text, item.start)
  const doc = mask(text).comments.find(
    ({ start, end }) => text.startsWith('/**', start) && text.slice(end, top) === '\n',
  )
  if (!doc) throw impossible(target, `${of} has no kernel-doc comment right above it`)
  const params = [
    ...text
      .slice(doc.start, doc.end)
      .matchAll(/^[ \t]*\*[ \t]*@([\w.*]+):.*(?:\n[ \t]*\*(?![ \t]*@)(?!\/)[ \t]*\S.*)*/gm),
  ].map(({ 0: all, 1: name, index }) => ({
    name: name ?? '',
    start: doc.start + index,
    end: doc.start + index + all.length,
  }))
  const wanted = place.after ?? place.before
  if (wanted !== undefined) {
    const named = params.filter(({ name }) => name === wanted.replace(/^@/, ''))
    const sibling = theOne(target, `kernel-doc @${wanted} of ${of}`, named, params)
    return insertAt(text, place.after === undefined ? sibling.start : lineEnd(text, sibling.end), lines)
  }
  const last = params.at(-1)
  if (!last) throw impossible(target, `the kernel-doc of ${of} describes no member or parameter yet; use insertAfter()`)
  return insertAt(text, lineEnd(text, last.end), lines)
}

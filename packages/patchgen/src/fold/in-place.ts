import type { Operation } from '../edits/types.ts'

/** The fields of an operation that end up in the file; the others say where. */
export const textFields: Readonly<Record<Operation['op'], readonly string[]>> = {
  append: ['text'],
  body: ['text'],
  case: ['text'],
  define: ['text'],
  enumerator: ['text'],
  include: ['header'],
  indexEntry: ['entry'],
  initializer: ['text'],
  insert: ['text'],
  kconfigAttribute: ['text'],
  kconfigEntry: ['text'],
  kconfigSource: ['path'],
  kernelDoc: ['text'],
  maintainersLine: ['line'],
  maintainersRecord: ['text'],
  makefileObject: ['value', 'variable'],
  member: ['text'],
  remove: [],
  replace: ['text'],
  replaceText: ['new'],
  when: [],
}

/** The value of a field of textFields. */
export const fieldOf = (operation: Operation, field: string): string =>
  String((operation as unknown as Readonly<Record<string, unknown>>)[field] ?? '')

/**
 * An operation with another text, so that the file it makes becomes another: the ways in which that may be. Whoever asks tries
 * them. All that differs must be within what the operation brought.
 */
export function* rewordings(operation: Operation, before: string, after: string): Generator<Operation> {
  for (const field of textFields[operation.op]) {
    const value = fieldOf(operation, field)
    // Whole lines as they are; a word without the blanks around it.
    const core = /\n.*\n$/s.test(value) || field === 'text' ? value : value.trim()
    if (core === '') continue
    for (let at = before.indexOf(core); at >= 0; at = before.indexOf(core, at + 1)) {
      const tail = before.length - at - core.length
      if (!after.startsWith(before.slice(0, at)) || !after.endsWith(before.slice(before.length - tail))) continue
      if (after.length < at + tail) continue
      const now = after.slice(at, after.length - tail)
      if (now.trim() === '') {
        if (operation.op === 'replace') yield { op: 'remove', anchor: operation.anchor }
      } else if (isFit(operation, field, now)) yield { ...operation, [field]: value.replace(core, () => now) }
    }
  }
}

/** What the builders take: whole lines, or one word. */
const isFit = (operation: Operation, field: string, now: string): boolean => {
  if (field === 'text') return now.endsWith('\n')
  if (operation.op === 'include') return /^(<[^<>"]+>|"[^<>"]+")$/.test(now)
  return operation.op === 'replaceText' || !now.trim().includes('\n')
}

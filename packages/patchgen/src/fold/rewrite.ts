import type { FileEdit, Operation } from '../edits/types.ts'
import {
  buildersIn,
  calls,
  printAnchor,
  printEdits,
  printFileEdit,
  printImport,
  printOperation,
  WIDTH,
} from '../infer/print.ts'
import { lineEnd, lineStart, type Span } from '../resolve/spans.ts'
import { fieldOf, textFields } from './in-place.ts'
import { rewritten } from './literals.ts'
import type { Brackets, Call, EditsSource } from './source.ts'

/** What is to become of an edits.ts. */
export interface EditsChange {
  /** Operations that give way to others. */
  readonly operations: ReadonlyMap<Operation, readonly Operation[]>
  /** More to do at the end. */
  readonly added: readonly FileEdit[]
  /** Entries that go away. */
  readonly dropped: readonly FileEdit[]
}

interface Replacement extends Span {
  readonly text: string
}

/**
 * Changes an edits.ts; what is not concerned stays as the person wrote it.
 * @param source - undefined if the patch has none yet.
 * @returns the new source; undefined if nothing is left to do.
 * @throws TypeError for what is not written where it could be changed: look first.
 */
export const rewriteEdits = (
  source: EditsSource | undefined,
  edits: readonly FileEdit[],
  change: EditsChange,
): string | undefined => {
  if (!source) return change.added.length > 0 ? printEdits(change.added) : undefined
  const isEmptied = (edit: FileEdit) =>
    edit.kind === 'edit' && edit.operations.every(one => change.operations.get(one)?.length === 0)
  const gone = edits.filter(edit => change.dropped.includes(edit) || isEmptied(edit))
  if (gone.length === edits.length && change.added.length === 0) return undefined
  if (gone.length === edits.length) return withImports(source, refilled(source, change.added))
  const replacements: Replacement[] = []
  for (const edit of gone) replacements.push(without(source.text, known(source.edits.get(edit))))
  for (const [operation, now] of change.operations) {
    const isGone = gone.some(edit => edit.kind === 'edit' && edit.operations.includes(operation))
    if (!isGone) replacements.push(...replaced(source.text, known(source.operations.get(operation)), operation, now))
  }
  for (const edit of change.added)
    replacements.push(...appended(source, edits, { gone, operations: change.operations }, edit))
  return withImports(source, applied(source.text, replacements))
}

const known = (call: Call | undefined): Call => {
  if (!call) throw new TypeError('Cannot change what is not written as a call')
  return call
}

/** Later places first, so that the earlier ones stay where they are; what only comes goes before what it stands at. */
const applied = (text: string, replacements: readonly Replacement[]): string => {
  const deletions = replacements.filter(one => one.text === '').toSorted((a, b) => a.start - b.start)
  const merged: Replacement[] = []
  // Neighbours that both go away claim the comma between them.
  for (const one of deletions) {
    const last = merged.at(-1)
    if (last && one.start <= last.end) merged[merged.length - 1] = { ...last, end: Math.max(last.end, one.end) }
    else merged.push(one)
  }
  return [...replacements.filter(one => one.text !== ''), ...merged]
    .map((one, index) => ({ ...one, index, comes: one.start === one.end ? 1 : 0 }))
    .toSorted((a, b) => b.start - a.start || a.comes - b.comes || b.index - a.index)
    .reduce((current, { start, end, text: now }) => current.slice(0, start) + now + current.slice(end), text)
}

/** One operation's call, and those that come behind it. */
const replaced = (
  text: string,
  call: Call,
  operation: Operation,
  now: readonly Operation[],
): readonly Replacement[] => {
  const [first, ...others] = now
  if (!first) return [without(text, call)]
  const behind = inserted(text, call, call.within, indent => others.map(one => printOperation(one, indent)))
  if (first === operation) return behind
  return [
    ...(inPlace(text, call, operation, first) ?? [{ ...call, text: printOperation(first, indentAt(text, call)) }]),
    ...behind,
  ]
}

/** Only what is different: its texts, its anchor. */
const inPlace = (text: string, call: Call, operation: Operation, now: Operation): Replacement[] | undefined => {
  const anchor = 'anchor' in now ? { anchor: now.anchor } : {}
  const isSame = (one: object, other: object) => JSON.stringify(one) === JSON.stringify(other)
  if (operation.op !== now.op || !isSame({ ...operation, ...blank(operation), ...anchor }, { ...now, ...blank(now) }))
    return undefined
  const texts = reworded(call, operation, now)
  if (!texts || !('anchor' in operation) || !('anchor' in now) || isSame(operation.anchor, now.anchor)) return texts
  const [its] = call.arguments
  const isAnchored = /^(insertBefore|insertAfter|replace|remove)$/.test(call.name)
  return isAnchored && its ? [{ ...its, text: printAnchor(now.anchor, indentAt(text, its)) }, ...texts] : undefined
}

/** Its strings that are different; undefined if one cannot be found. */
const reworded = (call: Call, operation: Operation, now: Operation): Replacement[] | undefined => {
  const changed = textFields[now.op].filter(field => fieldOf(operation, field) !== fieldOf(now, field))
  const found = changed.map(field => {
    const old = fieldOf(operation, field)
    const its = call.literals.filter(({ value }) => value.trim() === old.trim())
    const [literal] = its
    if (!literal || its.length > 1) return undefined
    // A word may have been given without the blanks around it, and a line without its end.
    const value = literal.value === literal.value.trim() ? fieldOf(now, field).trim() : fieldOf(now, field)
    return { start: literal.start, end: literal.end, text: rewritten(literal, value) }
  })
  return found.every(one => one !== undefined) ? found : undefined
}

const blank = (operation: Operation) => Object.fromEntries(textFields[operation.op].map(field => [field, '']))

/** The blanks that the line begins with on which something stands. */
const indentAt = (text: string, { start }: Span): string =>
  /^[ \t]*/.exec(text.slice(lineStart(text, start)))?.[0] ?? ''

/**
 * Behind an entry or argument: on lines of their own if it has one. Where all stand on one line and that would not do any more,
 * each gets its own.
 */
const inserted = (
  text: string,
  after: Span,
  within: Brackets | undefined,
  print: (indent: string) => readonly string[],
): Replacement[] => {
  const at = { start: after.end, end: after.end }
  const indent = indentAt(text, after)
  const behind = (inner: string) => ({
    ...at,
    text: print(inner)
      .map(one => `,\n${inner}${one}`)
      .join(''),
  })
  if (lineStart(text, after.start) + indent.length === after.start) return [behind(indent)]
  const onLine = print(indent)
    .map(one => `, ${one}`)
    .join('')
  const line = text.slice(lineStart(text, after.start), lineEnd(text, after.end)).trimEnd()
  const fits = !onLine.includes('\n') && line.length + onLine.length <= WIDTH
  if (fits || !within || text.slice(within.start, within.end).includes('\n')) return [{ ...at, text: onLine }]
  const inner = `${indent}  `
  const ends = [within.start, ...within.elements.map(({ end }) => end)]
  const breaks = within.elements.map(({ start }, index) => {
    const from = ends[index] ?? start
    return { start: from, end: start, text: `${index > 0 ? ',' : ''}\n${inner}` }
  })
  return [...breaks, behind(inner), { start: ends.at(-1) ?? within.start, end: within.end, text: `,\n${indent}` }]
}

/** An entry or argument with its comma, and its line if nothing else is there. */
const without = (text: string, { start, end }: Span): Replacement => {
  const comma = /^\s*,/.exec(text.slice(end))
  const before = /,\s*$/.exec(text.slice(0, start))
  if (!comma && before) return { start: before.index, end, text: '' }
  const to = end + (comma?.[0].length ?? 0)
  const [lineFrom, lineTo] = [lineStart(text, start), lineEnd(text, to)]
  const isAlone = text.slice(lineFrom, start).trim() === '' && text.slice(to, lineTo).trim() === ''
  if (isAlone) return { start: lineFrom, end: lineTo, text: '' }
  return { start, end: to + (/^[ \t]*/.exec(text.slice(to))?.[0].length ?? 0), text: '' }
}

/** An entry at the end of the list; operations at the end of the last entry if that is of the same file. */
const appended = (
  source: EditsSource,
  edits: readonly FileEdit[],
  { gone, operations }: { readonly gone: readonly FileEdit[]; readonly operations: EditsChange['operations'] },
  added: FileEdit,
): Replacement[] => {
  const { text } = source
  const list = listOf(source)
  const last = edits.at(-1)
  const call = last && !gone.includes(last) ? source.edits.get(last) : undefined
  if (last?.kind === 'edit' && added.kind === 'edit' && last.path === added.path && call?.name === 'edit') {
    const leaving = last.operations.filter(one => operations.get(one)?.length === 0)
    const end = lastOf(
      call.arguments,
      leaving.map(one => source.operations.get(one)),
    )
    if (end)
      return inserted(text, end, argumentsOf(call), indent => added.operations.map(one => printOperation(one, indent)))
  }
  const entry = lastOf(
    list.elements,
    gone.map(edit => source.edits.get(edit)),
  )
  if (!entry) throw new TypeError('Cannot add behind an entry where none stays')
  return inserted(text, entry, list, indent => [printFileEdit(added, indent)])
}

/** The last one that stays. */
const lastOf = (spans: readonly Span[], leaving: readonly (Span | undefined)[]): Span | undefined =>
  spans.findLast(({ start }) => leaving.every(one => one?.start !== start))

/** All entries are new ones. */
const refilled = (source: EditsSource, added: readonly FileEdit[]): string => {
  const { start, end } = listOf(source)
  const entries = added.map(edit => `\n  ${printFileEdit(edit, '  ')},`).join('')
  return `${source.text.slice(0, start)}${entries}\n${source.text.slice(end)}`
}

const listOf = ({ list }: EditsSource): Brackets => {
  if (!list) throw new TypeError('Cannot add to an edits.ts that exports no list')
  return list
}

/** What stands in the brackets of a call. */
const argumentsOf = (call: Call): Brackets => ({
  start: call.open + 1,
  end: call.end - 1,
  elements: call.arguments,
})

/** The import with what the new source calls and the old did not, without what only the old one did. */
const withImports = ({ text, imported }: EditsSource, now: string): string => {
  if (!imported) {
    const needed = buildersIn(now).filter(name => !calls(text, name))
    return needed.length > 0 ? `${printImport(needed)}\n${now}` : now
  }
  // The import comes first, and nothing above it was changed.
  const { start, end } = imported.statement
  const [before, after] = [text.slice(end), now.slice(end)]
  const kept = imported.names.filter(name => !/^\w+$/.test(name) || calls(after, name) || !calls(before, name))
  const names = [...new Set([...kept, ...buildersIn(after).filter(name => !calls(before, name))])].toSorted()
  if (names.join() === imported.names.toSorted().join()) return now
  return `${now.slice(0, start)}${printImport(names)}${after}`
}

import { assertNever } from '@kseries/host'
import type { Condition, Operation } from '../edits/types.ts'
import type { PatchPlace } from '../errors.ts'
import { resolveAnchor, scopeOf } from './anchors.ts'
import { findFunction } from './items.ts'
import { addKconfigAttribute, addKconfigEntry, addKconfigSource } from './kconfig.ts'
import { addKernelDoc } from './kernel-doc.ts'
import { addCase, addEnumerator, addInitializer, addMember } from './lists.ts'
import { addRecord, addRecordLine } from './maintainers.ts'
import { addMakefileObject } from './makefile.ts'
import { closing, mask } from './mask.ts'
import { addDefine, addInclude } from './preprocessor.ts'
import { insertAt, lineEnd, lineStart, matches, textPattern } from './spans.ts'
import { declarationsEnd } from './statements.ts'
import { impossible, type Target, theOne } from './target.ts'
import { addIndexEntry } from './toctree.ts'

/** What conditions ask. */
export interface Surroundings {
  readonly place?: PatchPlace
  /** The base's label, '7.3'. */
  readonly base: string
  /** The text of a file of the tree as it is at this moment; undefined if there is none. */
  readonly read: (path: string) => Promise<string | undefined>
  /** Is told of each operation that was carried out: those of a condition one by one, `when` itself never. */
  readonly watch?: (operation: Operation, after: string) => void
}

/**
 * Carries operations out on a file's text, in order.
 * @throws AnchorNotFound, AnchorAmbiguous, EditImpossible; they name the file and the patch.
 */
export const applyOperations = async (
  file: string,
  text: string,
  operations: readonly Operation[],
  surroundings: Surroundings,
): Promise<string> => {
  let current = text
  for (const operation of operations) {
    if (operation.op === 'when') {
      const chosen = (await holds(operation.condition, surroundings, current)) ? operation.edits : operation.otherwise
      current = await applyOperations(file, current, chosen, surroundings)
      continue
    }
    current = await applyOne({ file, text: current, place: surroundings.place }, operation)
    surroundings.watch?.(operation, current)
  }
  return current
}

/** Whether a condition holds; `current` is the text of the file it is about when it names none. */
export const holds = async (condition: Condition, surroundings: Surroundings, current?: string): Promise<boolean> => {
  if ('base' in condition) return condition.base === surroundings.base
  if ('exists' in condition) return (await surroundings.read(condition.exists)) !== undefined
  if ('missing' in condition) return (await surroundings.read(condition.missing)) === undefined
  const text = condition.file === undefined ? current : await surroundings.read(condition.file)
  if ('contains' in condition) return textPattern(condition.contains).test(text ?? '')
  return !textPattern(condition.lacks).test(text ?? '')
}

const applyOne = async (target: Target, operation: Exclude<Operation, { op: 'when' }>): Promise<string> => {
  const { text } = target
  switch (operation.op) {
    case 'insert': {
      const span = await resolveAnchor(target, operation.anchor)
      return insertAt(text, operation.where === 'before' ? span.start : span.end, operation.text)
    }
    case 'replace': {
      const span = await resolveAnchor(target, operation.anchor)
      return text.slice(0, span.start) + operation.text + text.slice(span.end)
    }
    case 'remove': {
      const { start, end } = await resolveAnchor(target, operation.anchor)
      const before = text.slice(0, start)
      const blanksMeet = /(^|\n)\n$/.test(before) && text.startsWith('\n', end)
      return before + text.slice(blanksMeet ? end + 1 : end)
    }
    case 'replaceText': {
      const scope = await scopeOf(target, operation)
      const found = matches(text, textPattern(operation.old), scope)
      const { start, end } = theOne(target, `text '${operation.old.trim()}'`, found, operation.old, scope)
      return text.slice(0, start) + operation.new.trim() + text.slice(end)
    }
    case 'append':
      return insertAt(text, text.length, operation.text)
    case 'include':
      return addInclude(target, operation.header, operation.place)
    case 'define':
      return addDefine(target, operation.text, operation.place)
    case 'member':
      return addMember(target, operation.of, operation.text, operation.place)
    case 'enumerator':
      return addEnumerator(target, operation.of, operation.text, operation.place)
    case 'initializer':
      return addInitializer(target, operation.of, operation.text, operation.place)
    case 'case':
      return addCase(target, operation.in, operation.text, operation.place, operation.on)
    case 'body':
      return insertInBody(target, operation)
    case 'kernelDoc':
      return addKernelDoc(target, operation.of, operation.text, operation.place)
    case 'kconfigEntry':
      return addKconfigEntry(target, operation.text, operation.place)
    case 'kconfigSource':
      return addKconfigSource(target, operation.path, operation.place)
    case 'kconfigAttribute':
      return addKconfigAttribute(target, operation.of, operation.text)
    case 'makefileObject':
      return addMakefileObject(target, operation.variable, operation.value, operation.place)
    case 'maintainersRecord':
      return addRecord(target, operation.text)
    case 'maintainersLine':
      return addRecordLine(target, operation.of, operation.line)
    case 'indexEntry':
      return addIndexEntry(target, operation.entry, operation.place, operation.toctree)
    default:
      return assertNever(operation)
  }
}

const insertInBody = async (target: Target, operation: Extract<Operation, { op: 'body' }>): Promise<string> => {
  const { text } = target
  const item = await findFunction(target, operation.in)
  const { code } = mask(text)
  const open = code.indexOf('{', item.start)
  const end = code[item.end - 1] === '}' ? item.end : (closing(code, open) ?? item.end)
  switch (operation.at) {
    case 'start':
      return insertAt(text, lineEnd(text, open), operation.text)
    case 'declarations':
      return insertAt(text, lineEnd(text, await declarationsEnd(text, { start: open, end })), operation.text)
    case 'end':
      if (lineStart(text, end - 1) <= open)
        throw impossible(target, `${operation.in}() stands on one line; replace() it`)
      return insertAt(text, lineStart(text, end - 1), operation.text)
    default:
      return assertNever(operation.at)
  }
}

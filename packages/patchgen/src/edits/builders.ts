import { wholeLines } from './text.ts'
import type { Anchor, Condition, FileEdit, Operation, Place } from './types.ts'

/**
 * Edits of one file that the base, or an earlier patch, or this patch's tree/ has.
 * @param path - from the top of the kernel tree.
 * @param operations - carried out in this order, each on the result of the one before.
 */
export const edit = (path: string, ...operations: readonly (Operation | readonly Operation[])[]): FileEdit => ({
  kind: 'edit',
  path: kernelPath(path),
  operations: operations.flat() as Operation[],
})

/** The file goes away. */
export const deleteFile = (path: string): FileEdit => ({ kind: 'delete', path: kernelPath(path) })

interface When {
  (condition: Condition, edits: readonly Operation[], otherwise?: readonly Operation[]): Operation
  (condition: Condition, edits: readonly FileEdit[], otherwise?: readonly FileEdit[]): FileEdit
}

/**
 * Edits for some bases only. The condition is asked of the tree as it is at that moment: `{ contains: 'text' }` and
 * `{ lacks: 'text' }` of the file being edited (or of `file`), `{ exists: 'path' }`, `{ missing: 'path' }`; prefer these
 * to `{ base: '7.2' }`, the label of the base, which says nothing about why. `otherwise` is done when it does not hold.
 */
export const when = ((condition: Condition, edits: readonly never[], otherwise: readonly never[] = []) => {
  const isFiles = [...edits, ...otherwise].some(inner => 'kind' in inner)
  return isFiles ? { kind: 'when', condition, edits, otherwise } : { op: 'when', condition, edits, otherwise }
}) as unknown as When

// Anchors

/** Restricts where an anchor is looked for. */
export interface Scope {
  /** Inside this function, or `struct x`, `enum x`, or the initialiser of a variable. */
  readonly in?: string
  /** Behind this text, which must be there once (in the scope). */
  readonly following?: string
}

/** The line or lines that hold this text. A plain string where an anchor is asked for means this. */
export const line = (text: string, scope: Scope = {}): Anchor => ({ kind: 'line', text: needle(text), ...scope })

/** The whole statement or declaration, down to its `;` or `}` and its `else`, that begins with `text`, in a function. */
export const statement = (text: string, scope: Scope & { readonly in: string }): Anchor => ({
  kind: 'statement',
  text: needle(text),
  ...scope,
})

/** A function's definition, with its comment. */
export const fn = (name: string): Anchor => ({ kind: 'function', name: identifier(name) })

/** `struct x`, `union x`, `enum x`, a variable, a prototype or a typedef of the top level, with its comment. */
export const declaration = (name: string): Anchor => ({ kind: 'declaration', name })

/** `#define NAME …` with its continuation lines. */
export const define = (name: string): Anchor => ({ kind: 'define', name: identifier(name) })

// Operations on any text

/** Puts lines before an anchor (before the comment that belongs to a function or declaration). */
export const insertBefore = (anchor: Anchor | string, text: string): Operation => ({
  op: 'insert',
  where: 'before',
  anchor: toAnchor(anchor),
  text: wholeLines(text),
})

/** Puts lines after an anchor. */
export const insertAfter = (anchor: Anchor | string, text: string): Operation => ({
  op: 'insert',
  where: 'after',
  anchor: toAnchor(anchor),
  text: wholeLines(text),
})

/** Puts lines in place of an anchor's lines. */
export const replace = (anchor: Anchor | string, text: string): Operation => ({
  op: 'replace',
  anchor: toAnchor(anchor),
  text: wholeLines(text),
})

/** Takes an anchor's lines away; of two blank lines that come to meet, one as well. */
export const remove = (anchor: Anchor | string): Operation => ({ op: 'remove', anchor: toAnchor(anchor) })

/** Replaces a piece of text, which must be there once, inside its line; or a run of lines. */
export const replaceText = (old: string, replacement: string, scope: Pick<Scope, 'in'> = {}): Operation => ({
  op: 'replaceText',
  old: needle(old),
  new: replacement,
  ...scope,
})

/** Puts lines at the end of the file. */
export const append = (text: string): Operation => ({ op: 'append', text: wholeLines(text) })

// Operations on C

/**
 * Adds `#include <linux/x.h>` (or `"x.h"`, as given) among those of its kind: at its place in the alphabet if they are
 * sorted, else after the last one. One that is there already is left alone.
 * @param place - next to this header instead, given as it stands in the file: `{ after: '<linux/net.h>' }`.
 */
export const addInclude = (header: string, place: Place = {}): Operation => {
  if (!/^(<[^<>"]+>|"[^<>"]+")$/.test(header))
    throw new TypeError(`Cannot include '${header}': it must be written <linux/x.h> or "x.h"`)
  return { op: 'include', header, place: onePlace(place) }
}

/** Adds `#define` lines next to a define of that name; without a place, after the last define of the file. */
export const addDefine = (text: string, place: Place = {}): Operation => ({
  op: 'define',
  text: wholeLines(text),
  place: onePlace(place),
})

/** Adds members to a struct or union (`'af_alg_type'`, or `'union x'`): next to a member, else at the end. */
export const addStructMember = (struct: string, text: string, place: Place = {}): Operation => ({
  op: 'member',
  of: struct,
  text: wholeLines(text),
  place: onePlace(place),
})

/** Adds enumerators: next to one, else at the end. */
export const addEnumerator = (enumeration: string, text: string, place: Place = {}): Operation => ({
  op: 'enumerator',
  of: enumeration,
  text: wholeLines(text),
  place: onePlace(place),
})

/** Adds entries to the initialiser of a variable, such as a table of operations: next to `.member`, else at the end. */
export const addInitializer = (variable: string, text: string, place: Place = {}): Operation => ({
  op: 'initializer',
  of: identifier(variable),
  text: wholeLines(text),
  place: onePlace(place),
})

/**
 * Adds `case` lines, with what they do, to a function's switch: before or after the case of that label (`'default'` too),
 * else at the end, but before a `default` that ends the switch.
 * @param place.on - the switch's expression, for a function with several: `{ on: 'optname' }`.
 */
export const addCase = (within: string, text: string, place: Place & { readonly on?: string } = {}): Operation => {
  const { on, ...rest } = place
  return {
    op: 'case',
    in: identifier(within),
    text: wholeLines(text),
    place: onePlace(rest),
    ...(on === undefined ? {} : { on }),
  }
}

/** Adds lines to a function's body: right after its `{`, after the declarations it begins with, or before its `}`. */
export const insertInFunction = (within: string, at: 'start' | 'declarations' | 'end', text: string): Operation => ({
  op: 'body',
  in: identifier(within),
  at,
  text: wholeLines(text),
})

/** Replaces the statement of a function that begins with `statementText`. */
export const replaceStatement = (within: string, statementText: string, text: string): Operation =>
  replace(statement(statementText, { in: within }), text)

/** Adds ` * @member: …` lines to the kernel-doc of a function or struct: next to a member's, else after the last one. */
export const addKernelDoc = (of: string, text: string, place: Place = {}): Operation => ({
  op: 'kernelDoc',
  of,
  text: wholeLines(text),
  place: onePlace(place),
})

// Operations on Kconfig, Makefiles, MAINTAINERS and Documentation

/** Adds a Kconfig entry, with the blank line between entries, next to the entry of that symbol; else at the end. */
export const addKconfig = (text: string, place: Place = {}): Operation => ({
  op: 'kconfigEntry',
  text: wholeLines(text),
  place: onePlace(place),
})

/** Adds `source "path"`, spaced as its neighbours are, next to the one of that path. */
export const addKconfigSource = (path: string, place: Place): Operation => ({
  op: 'kconfigSource',
  path: kernelPath(path),
  place: onePlace(place),
})

/** Adds a line such as `select X` or `depends on Y` to an entry, after its last one of that kind. */
export const addToKconfig = (symbol: string, text: string): Operation => ({
  op: 'kconfigAttribute',
  of: identifier(symbol),
  text: `\t${text.trim()}\n`,
})

/**
 * Adds `variable += value` next to the line that adds that value (`{ after: 'tee/' }`), its `+=` in the same column; else at
 * the end. `addMakefileObject('obj-$(CONFIG_X)', 'x.o', { after: 'y.o' })`.
 * @param variable - with `:=` or `+=` at its end to say which: `'x-y :='`. @default +=
 */
export const addMakefileObject = (variable: string, value: string, place: Place = {}): Operation => ({
  op: 'makefileObject',
  variable: needle(variable),
  value: needle(value),
  place: onePlace(place),
})

/** Adds a record to MAINTAINERS where its title belongs in the alphabet. */
export const addMaintainers = (text: string): Operation => ({ op: 'maintainersRecord', text: wholeLines(text) })

/** Adds a line such as `F:	drivers/x/` to the record of that title, at its place among those of its letter. */
export const addToMaintainers = (title: string, recordLine: string): Operation => ({
  op: 'maintainersLine',
  of: needle(title),
  line: wholeLines(recordLine),
})

/**
 * Adds an entry to a toctree of an index.rst: next to an entry, else at the end.
 * @param place.toctree - its caption, or an entry it has, where the file has several.
 */
export const addIndexEntry = (entry: string, place: Place & { readonly toctree?: string } = {}): Operation => {
  const { toctree, ...rest } = place
  return {
    op: 'indexEntry',
    entry: needle(entry),
    place: onePlace(rest),
    ...(toctree === undefined ? {} : { toctree }),
  }
}

const toAnchor = (anchor: Anchor | string): Anchor => (typeof anchor === 'string' ? line(anchor) : anchor)

const onePlace = (place: Place): Place => {
  if (place.after !== undefined && place.before !== undefined)
    throw new TypeError(`Cannot place after '${place.after}' and before '${place.before}': give one of them`)
  return place
}

const needle = (value: string): string => {
  if (typeof value !== 'string' || value.trim() === '') throw new TypeError('Cannot look for an empty text')
  return value
}

const identifier = (value: string): string => {
  if (!/^\w+$/.test(value)) throw new TypeError(`Cannot use '${value}' as a name: it must be a single identifier`)
  return value
}

const kernelPath = (path: string): string => {
  if (path === '' || path.startsWith('/') || path.split('/').some(part => ['', '.', '..', '.git'].includes(part)))
    throw new TypeError(
      `Cannot use '${path}' as a file of the kernel: it must be relative to the tree's top, without '..'`,
    )
  return path
}

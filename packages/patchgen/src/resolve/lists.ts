import type { Place } from '../edits/types.ts'
import { endWithComment } from './anchors.ts'
import { findDeclaration, findFunction, withComment } from './items.ts'
import { closing, mask, skipSpace } from './mask.ts'
import { insertAt, lineStart, matches, type Span, textPattern } from './spans.ts'
import { impossible, type Target, theOne } from './target.ts'

interface Entry extends Span {
  readonly names: readonly string[]
}

/** Adds members to a struct or union. Macros among the members do not matter: they are split by `;` outside brackets. */
export const addMember = async (target: Target, of: string, lines: string, place: Place): Promise<string> => {
  const name = /^(struct|union) /.test(of) ? of : `struct ${of}`
  const body = await bodyOf(target, name)
  const members = split(target.text, body, ';').map(entry => ({ ...entry, names: memberNames(target.text, entry) }))
  return addTo(target, { what: 'member', of: name, body, entries: members, lines, place })
}

/** Adds enumerators to an enum. */
export const addEnumerator = async (target: Target, of: string, lines: string, place: Place): Promise<string> => {
  const name = of.startsWith('enum ') ? of : `enum ${of}`
  const body = await bodyOf(target, name)
  const entries = split(target.text, body, ',').map(entry => ({ ...entry, names: entryNames(target.text, entry) }))
  return addTo(target, { what: 'enumerator', of: name, body, entries, lines, place, comma: true })
}

/** Adds entries to a variable's initialiser. */
export const addInitializer = async (target: Target, of: string, lines: string, place: Place): Promise<string> => {
  const body = await bodyOf(target, of)
  const entries = split(target.text, body, ',').map(entry => ({ ...entry, names: entryNames(target.text, entry) }))
  return addTo(target, { what: 'entry', of, body, entries, lines, place, comma: true })
}

/** Adds cases to a function's switch. */
export const addCase = async (
  target: Target,
  within: string,
  lines: string,
  place: Place,
  on?: string,
): Promise<string> => {
  const { text } = target
  const wanted = place.after ?? place.before
  const all = switchesOf(text, await findFunction(target, within))
  const onThis = on === undefined ? all : all.filter(one => textPattern(on).test(` ${one.expression} `))
  const found = onThis.length > 1 && wanted !== undefined ? onThis.filter(one => groupOf(one, wanted)) : onThis
  const chosen = theOne(
    target,
    `switch${on === undefined ? '' : ` (${on})`} in ${within}`,
    found,
    all.length > 0 ? all : 'switch (',
  )
  if (wanted !== undefined) {
    const groups = chosen.groups.filter(group => group.names.includes(plain(wanted)))
    const group = theOne(target, `case '${wanted}' in ${within}`, groups, chosen.groups)
    return insertAt(text, place.after === undefined ? withLooseComment(text, group.start) : group.end, lines)
  }
  const last = chosen.groups.at(-1)
  return insertAt(text, last?.names.includes('default') ? withLooseComment(text, last.start) : chosen.end, lines)
}

interface Addition {
  readonly what: string
  readonly of: string
  readonly body: Span
  readonly entries: readonly Entry[]
  readonly lines: string
  readonly place: Place
  readonly comma?: boolean
}

const addTo = (target: Target, { what, of, body, entries, lines, place, comma = false }: Addition): string => {
  const { text } = target
  const wanted = place.after ?? place.before
  const sibling =
    wanted === undefined
      ? undefined
      : theOne(
          target,
          `${what} '${wanted}' of ${of}`,
          entries.filter(({ names }) => names.includes(plain(wanted))),
          entries,
        )
  if (sibling && place.before !== undefined) return insertAt(text, withComment(text, sibling), lines)
  const previous = sibling ?? entries.at(-1)
  const closer = lineStart(text, body.end - 1)
  if (closer <= body.start) throw impossible(target, `${of} stands on one line; replace() it`)
  const at = sibling ? endWithComment(text, sibling.end) : closer
  if (!comma || !previous || text[previous.end - 1] === ',') return insertAt(text, at, lines)
  const withComma = `${text.slice(0, previous.end)},${text.slice(previous.end)}`
  return insertAt(withComma, at + 1, lines)
}

/** The `{…}` of a struct, an enum or an initialiser. */
const bodyOf = async (target: Target, name: string): Promise<Span> => {
  const item = await findDeclaration(target, name)
  const { code } = mask(target.text)
  const open = code.indexOf('{', item.start)
  if (open < 0 || open >= item.end) throw impossible(target, `${name} is declared without a body`)
  return { start: open, end: closing(code, open) ?? code.lastIndexOf('}', item.end - 1) + 1 }
}

/** The pieces of a body between separators, each with the separator behind it. */
const split = (text: string, body: Span, separator: string): Span[] => {
  const { code } = mask(text)
  const pieces: Span[] = []
  let start = skipSpace(code, body.start + 1)
  for (let at = start; at < body.end - 1; at++) {
    if ('([{'.includes(code[at] ?? '')) at = (closing(code, at) ?? at + 1) - 1
    else if (code[at] === separator) {
      pieces.push({ start, end: at + 1 })
      start = skipSpace(code, at + 1)
      at = start - 1
    }
  }
  const rest = code.slice(start, body.end - 1).trimEnd()
  return rest === '' ? pieces : [...pieces, { start, end: start + rest.length }]
}

const memberNames = (text: string, { start, end }: Span): string[] => {
  const code = mask(text).code.slice(start, end)
  const pointer = /\(\s*\*+\s*(?:const\s+)?(\w+)\s*(?:\[[^\]]*\]\s*)?\)\s*\(/.exec(code)
  if (pointer?.[1]) return [pointer[1]]
  // A struct or union within: its own name, if it has one, and those of its members.
  const flat = code.replaceAll(/[{}]/g, ' ; ')
  return [
    ...flat.matchAll(/\b(\w+)\s*(?:\[[^\]]*\]\s*)*(?::\s*\w+\s*)?(?:__\w+(?:\([^()]*\))?\s*)*(?=[;,)])/g),
  ].flatMap(([, name]) => (name === undefined ? [] : [name]))
}

const entryNames = (text: string, { start, end }: Span): string[] => {
  const found = /^(?:\.\s*(\w+)|\[\s*([^\]]+?)\s*\]|(\w+))/.exec(mask(text).code.slice(start, end))
  return [found?.[1] ?? found?.[2] ?? found?.[3] ?? []].flat()
}

const plain = (name: string) =>
  name
    .trim()
    .replace(/^\./, '')
    .replace(/^case\s+/, '')
    .replace(/:$/, '')
    .replaceAll(/\s+/g, ' ')

interface Switch extends Span {
  readonly expression: string
  /** Labels that stand together, with what they do, up to the next label; whole lines. */
  readonly groups: readonly Entry[]
}

const groupOf = ({ groups }: Switch, label: string) => groups.find(({ names }) => names.includes(plain(label)))

/** The switches of a function; `end` is the start of the line with the closing brace. */
const switchesOf = (text: string, within: Span): Switch[] => {
  const { code } = mask(text)
  return matches(code, /\bswitch\s*\(/g, within).flatMap(({ start, end }) => {
    const close = closing(code, end - 1)
    const open = close === undefined ? -1 : skipSpace(code, close)
    const bodyEnd = code[open] === '{' ? closing(code, open) : undefined
    if (close === undefined || bodyEnd === undefined) return []
    const last = lineStart(text, bodyEnd - 1)
    return [{ start, end: last, expression: text.slice(end, close - 1), groups: groupsOf(text, open + 1, last) }]
  })
}

const groupsOf = (text: string, from: number, to: number): Entry[] => {
  const { code } = mask(text)
  const labels: Entry[] = []
  for (let at = from; at < to; at++) {
    if ('([{'.includes(code[at] ?? '')) at = (closing(code, at) ?? at + 1) - 1
    else {
      const label = /^(?:case\b\s*([^:?]+?)\s*|(default)\s*):/.exec(code.slice(at, at + 200))
      if (label && !/\w/.test(code[at - 1] ?? '')) {
        const name = text.slice(at, at + label[0].length)
        labels.push({
          start: lineStart(text, at),
          end: at + label[0].length,
          names: [plain(name.replace(/\s*:$/, ''))],
        })
        at += label[0].length - 1
      }
    }
  }
  const groups: { start: number; end: number; names: string[] }[] = []
  for (const { start, end, names } of labels) {
    const previous = groups.at(-1)
    if (previous && code.slice(previous.end, start).trim() === '') {
      previous.names.push(...names)
      previous.end = end
    } else groups.push({ start, end, names: [...names] })
  }
  return groups.map((group, index) => {
    const next = groups[index + 1]
    return { ...group, end: next ? withLooseComment(text, next.start) : to }
  })
}

/** A comment right above a label, not deeper than it, belongs to it; a deeper one ends the case before. */
const withLooseComment = (text: string, start: number): number => {
  const above = withComment(text, { start, end: start })
  const depth = (at: number) => skipSpace(text, at) - at
  return depth(above) <= depth(start) ? above : start
}

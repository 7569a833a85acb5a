import {
  addDefine,
  addEnumerator,
  addInclude,
  addIndexEntry,
  addKconfig,
  addKconfigSource,
  addMaintainers,
  addMakefileObject,
  addStructMember,
  addToKconfig,
  addToMaintainers,
} from '../edits/builders.ts'
import type { Operation } from '../edits/types.ts'
import { scanItems } from '../resolve/items.ts'
import { type Change, isC, offsetOf } from './change.ts'

/** Insertions by what they are: an include, a member of a struct, a Kconfig entry, an object of a Makefile … */
export function* telling(change: Change): Generator<readonly Operation[]> {
  const name = change.file.slice(change.file.lastIndexOf('/') + 1)
  if (isC(name)) yield* ofC(change)
  else if (name.startsWith('Kconfig')) yield* ofKconfig(change)
  else if (/^(Makefile|Kbuild)/.test(name)) yield* ofMakefile(change)
  else if (change.file === 'MAINTAINERS') yield* ofMaintainers(change)
  else if (name.endsWith('.rst')) yield* ofToctree(change)
}

/** The last line above that matches, as the match. */
const above = ({ lines, start }: Change, pattern: RegExp): RegExpExecArray | undefined => {
  for (let at = start - 1; at >= 0; at--) {
    const found = pattern.exec(lines[at] ?? '')
    if (found) return found
  }
  return undefined
}

const block = ({ added }: Change) => added.join('')

function* ofC(change: Change): Generator<readonly Operation[]> {
  const { text, lines, start, added } = change
  const headers = added.map(one => /^#include (<[^<>"]+>|"[^<>"]+")$/.exec(one.trim())?.[1])
  if (headers.every(header => header !== undefined)) {
    yield headers.map(header => addInclude(header))
    const before = /^#include (\S+)/.exec(lines[start - 1] ?? '')?.[1]
    if (before && headers.length === 1) yield [addInclude(headers[0] ?? '', { after: before })]
  }
  if (/^#define \w+/.test(added[0] ?? '')) {
    const before = above(change, /^#define (\w+)/)?.[1]
    if (before) yield [addDefine(block(change), { after: before })]
  }
  const offset = offsetOf(change)
  const inside = scanItems(text).find(item => item.kind === 'declaration' && item.start < offset && offset < item.end)
  const [, kind, tag] = /^(struct|union|enum) (\w+)$/.exec(inside?.names[0] ?? '') ?? []
  if (!kind || !tag) return
  if (kind === 'enum') {
    const before = /^\s*(\w+)/.exec(lines[start - 1] ?? '')?.[1]
    yield [addEnumerator(tag, block(change), before ? { after: before } : {})]
  } else {
    const before = /(\w+)(?:\[[^\]]*\])*;/.exec(lines[start - 1] ?? '')?.[1]
    yield [addStructMember(kind === 'union' ? `union ${tag}` : tag, block(change), before ? { after: before } : {})]
  }
}

function* ofKconfig(change: Change): Generator<readonly Operation[]> {
  const trimmed = block(change).trim()
  const entry = above(change, /^(?:menu)?config (\w+)/)?.[1]
  if (/^(?:menu)?config \w+\n/.test(trimmed)) yield [addKconfig(`${trimmed}\n`, entry ? { after: entry } : {})]
  const source = /^source "([^"]+)"$/.exec(trimmed)?.[1]
  const before = above(change, /^\s*source "([^"]+)"/)?.[1]
  if (source && before) yield [addKconfigSource(source, { after: before })]
  if (entry && /^(select|imply|depends on) [^\n]+$/.test(trimmed)) yield [addToKconfig(entry, trimmed)]
}

function* ofMakefile(change: Change): Generator<readonly Operation[]> {
  const assignment = /^([\w$().-]+)\s*(\+=|:=)\s*(\S.*)$/
  const made = change.added.map(one => assignment.exec(one.trimEnd()))
  const before = assignment.exec(change.lines[change.start - 1]?.trimEnd() ?? '')
  const [first] = made
  if (!first || made.length !== 1) return
  const [, variable = '', operator = '', value = ''] = first
  const name = operator === ':=' ? `${variable} :=` : variable
  yield [addMakefileObject(name, value, before?.[3] ? { after: before[3] } : {})]
}

function* ofMaintainers(change: Change): Generator<readonly Operation[]> {
  const trimmed = block(change).trim()
  if (/^[A-Z]:\t[^\n]+$/.test(trimmed)) {
    const { lines, start } = change
    for (let at = start - 1; at >= 0; at--) {
      if (at > 0 && lines[at - 1]?.trim() !== '') continue
      yield [addToMaintainers((lines[at] ?? '').trim(), `${trimmed}\n`)]
      break
    }
  } else if (/^[^\n\t]+\n[A-Z]:\t/.test(trimmed)) yield [addMaintainers(`${trimmed}\n`)]
}

function* ofToctree(change: Change): Generator<readonly Operation[]> {
  const [entry = '', ...others] = change.added
  const before = (change.lines[change.start - 1] ?? '').trim()
  if (others.length > 0 || !/^\s+\S/.test(entry) || before === '' || before.startsWith(':')) return
  yield [addIndexEntry(entry.trim(), { after: before })]
}

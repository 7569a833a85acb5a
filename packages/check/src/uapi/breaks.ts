import type { AbiDescription, ConstantValue, RecordLayout } from '@kseries/uapi-headers'
import { type Field, fieldsOf, isSpare } from './fields.ts'
import { type Flaw, flawOf, ofRecord } from './flaw.ts'

/** What programs that were compiled before a commit, or shall be compiled after it, lose by it. */
export const breaksBetween = (
  before: AbiDescription,
  after: AbiDescription,
  touched: ReadonlySet<string>,
): readonly Flaw[] => [
  ...Object.values(before.records)
    .filter(({ header }) => touched.has(header))
    .flatMap(record => recordBreaks(before, after, record)),
  ...constantBreaks(before, after, touched),
  ...syscallBreaks(before, after),
]

const recordBreaks = (before: AbiDescription, after: AbiDescription, record: RecordLayout): Flaw[] => {
  const now = after.records[record.name]
  const where = ofRecord(record)
  if (!now) return [flawOf(where, `${record.c} is gone`)]
  const fields = new Map(fieldsOf(after, now).map(field => [field.path, field]))
  const old = fieldsOf(before, record).filter(({ path }) => !isSpare(path))
  const kept = old.flatMap(was => {
    const is = fields.get(was.path)
    return is ? [{ was, is }] : []
  })
  return [
    ...old.filter(({ path }) => !fields.has(path)).map(({ path }) => flawOf(where, `the field '${path}' is gone`)),
    ...movesOf(kept).map(text => flawOf(where, text)),
    ...kept.flatMap(({ was, is }) => {
      if (was.shape !== is.shape || was.width !== is.width)
        return [flawOf(where, `the field '${is.path}' is ${typeOf(is)}, it was ${typeOf(was)}`)]
      // Not in what memory has, but compilers and sparse tell them apart.
      if (was.spelling === is.spelling) return []
      return [flawOf(where, `the field '${is.path}' is ${is.spelling}, it was ${was.spelling}: as many bytes`, false)]
    }),
    ...sizeBreaks(record, now),
  ]
}

const typeOf = ({ spelling, width }: Field) =>
  `${spelling} (${width % 8 === 0 ? `${width / 8} bytes` : `${width} bits`})`

/** One field that comes in the middle moves all behind it. */
const movesOf = (kept: readonly { readonly was: Field; readonly is: Field }[]): string[] => {
  const moved = kept.filter(({ was, is }) => was.at !== is.at)
  const [first] = moved
  if (!first) return []
  const others = moved.length === 1 ? '' : `, and ${moved.length - 1} more move`
  return [`the field '${first.is.path}' moves from byte ${byte(first.was)} to byte ${byte(first.is)}${others}`]
}

const byte = ({ at }: Field) => (at % 8 === 0 ? `${at / 8}` : `${Math.floor(at / 8)}, bit ${at % 8}`)

const sizeBreaks = (was: RecordLayout, is: RecordLayout): Flaw[] => {
  if (is.size === was.size) return []
  const text = `${was.c} has ${is.size} bytes, it had ${was.size}`
  if (is.size < was.size) return [flawOf(ofRecord(was), text)]
  return [flawOf(ofRecord(was), `${text}: old programs give fewer`, false)]
}

const constantsOf = ({ constants }: AbiDescription) =>
  new Map(
    Object.entries(constants).flatMap(([header, its]) =>
      Object.entries(its).map(([name, value]) => [name, { header, value }] as const),
    ),
  )

const constantBreaks = (before: AbiDescription, after: AbiDescription, touched: ReadonlySet<string>): Flaw[] => {
  const now = constantsOf(after)
  return [...constantsOf(before)].flatMap(([symbol, { header, value: was }]) => {
    if (!touched.has(header)) return []
    const is = now.get(symbol)?.value
    if (is === undefined) return [flawOf({ symbol, header }, `the constant ${symbol} is gone`)]
    if (show(is) === show(was) || (isBound(symbol) && Number(show(is)) > Number(show(was)))) return []
    return [flawOf({ symbol, header }, `the constant ${symbol} is ${show(is)}, it was ${show(was)}`)]
  })
}

const show = (value: ConstantValue): string => (typeof value === 'object' ? value.bigint : JSON.stringify(value))

/** It counts the others: a new one raises it, and nobody may take it for a limit. */
const isBound = (name: string): boolean => /(^|_)(MAX|LAST|NUM|CNT|COUNT|END|NR)$|^_*(NUM|NR)_/.test(name)

const syscallBreaks = (before: AbiDescription, after: AbiDescription): Flaw[] =>
  Object.entries(before.syscalls).flatMap(([name, was]) => {
    const is = after.syscalls[name]
    const where = { symbol: `__NR_${name}`, header: 'asm/unistd.h' }
    if (is === was) return []
    return [flawOf(where, is === undefined ? `${name}() has no number any more` : `${name}() is ${is}, it was ${was}`)]
  })

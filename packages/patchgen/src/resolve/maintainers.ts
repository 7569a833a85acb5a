import { insertAt, lineEnd } from './spans.ts'
import { impossible, type Target, theOne } from './target.ts'

// The order of a record's lines as scripts/parse-maintainers.pl and checkpatch have it.
const letters = 'MRLSWQBCPTFXNK'

interface Record {
  readonly title: string
  readonly start: number
  readonly end: number
}

const recordsOf = (text: string): Record[] => {
  const heads = [...text.matchAll(/^([^\s].*)\n(?=[A-Z]:[ \t])/gm)].filter(
    ({ 1: title }) => !/^[A-Z]:[ \t]/.test(title ?? ''),
  )
  return heads.map(({ 1: title = '', index }, at) => {
    const whole = text.slice(index, heads[at + 1]?.index ?? text.length)
    return { title, start: index, end: index + whole.replace(/\n\s*$/, '\n').length }
  })
}

/** Adds a record where its title belongs. */
export const addRecord = (target: Target, lines: string): string => {
  const { text } = target
  const [title = ''] = lines.trimStart().split('\n')
  const records = recordsOf(text)
  if (records.length === 0) throw impossible(target, 'it holds no records')
  if (records.some(record => record.title === title)) throw impossible(target, `there is a record '${title}' already`)
  // "THE REST" stands last whatever its name.
  const sorted = records.at(-1)?.title === 'THE REST' ? records.slice(0, -1) : records
  const before = records[placeOf(title, sorted)]
  const own = `${lines.trim()}\n`
  return before ? insertAt(text, before.start, `${own}\n`) : insertAt(text, text.length, `\n${own}`)
}

/** The place with the fewest records on the wrong side: a few of the kernel's own are out of order. */
const placeOf = (title: string, records: readonly Record[]): number => {
  let wrong = records.filter(record => record.title < title).length
  let best = { place: 0, wrong }
  records.forEach((record, index) => {
    wrong += record.title < title ? -1 : 1
    if (wrong <= best.wrong) best = { place: index + 1, wrong }
  })
  return best.place
}

/** Adds a line to a record. */
export const addRecordLine = (target: Target, title: string, line: string): string => {
  const { text } = target
  const records = recordsOf(text).filter(one => one.title === title)
  const record = theOne(target, `MAINTAINERS record '${title}'`, records, title)
  const letter = line[0] ?? ''
  const lines: { start: number; end: number; letter: string; text: string }[] = []
  for (let at = lineEnd(text, record.start); at < record.end; at = lineEnd(text, at))
    lines.push({ start: at, end: lineEnd(text, at), letter: text[at] ?? '', text: text.slice(at, lineEnd(text, at)) })
  const alike = lines.filter(one => one.letter === letter)
  if (alike.some(one => one.text === line)) return text
  const next = alike.find(one => one.text > line)
  const isSorted = alike.every((one, index) => one.text <= (alike[index + 1]?.text ?? one.text))
  if (next && isSorted) return insertAt(text, next.start, line)
  const before = lines.findLast(one => letters.indexOf(one.letter) <= letters.indexOf(letter))
  return insertAt(text, before?.end ?? lineEnd(text, record.start), line)
}

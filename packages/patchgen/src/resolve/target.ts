import { AnchorAmbiguous, AnchorNotFound, type Candidate, EditImpossible, type PatchPlace } from '../errors.ts'
import { lineEnd, lineNumber, lineStart, type Span } from './spans.ts'

/** A file's text with what errors must say about it. */
export interface Target {
  readonly file: string
  readonly place: PatchPlace | undefined
  readonly text: string
}

/** The line of each span, for a message. Lines are counted on from the span before: there may be thousands. */
const candidatesAt = (text: string, spans: readonly Span[]): Candidate[] => {
  let [line, at] = [1, 0]
  return spans
    .toSorted((a, b) => a.start - b.start)
    .map(({ start }) => {
      line += lineNumber(text.slice(at, start), start - at) - 1
      at = start
      return { line, text: text.slice(lineStart(text, start), lineEnd(text, start)).trimEnd() }
    })
}

/**
 * The one of several.
 * @param what - what was looked for, for the message: "member 'ops' of struct af_alg_type".
 * @param likely - the text that was looked for, to name the nearest lines if there is none; or those lines.
 * @throws AnchorNotFound, AnchorAmbiguous.
 */
export const theOne = <T extends Span>(
  target: Target,
  what: string,
  found: readonly T[],
  likely: string | readonly Span[],
  within?: Span,
): T => {
  const [first, ...others] = found
  if (first === undefined) {
    const near = typeof likely === 'string' ? nearest(target.text, likely, within) : candidatesAt(target.text, likely)
    throw new AnchorNotFound(target.file, what, near, target.place)
  }
  if (others.length > 0) throw new AnchorAmbiguous(target.file, what, candidatesAt(target.text, found), target.place)
  return first
}

/** An edit that cannot be done at all. */
export const impossible = (target: Target, why: string): EditImpossible =>
  new EditImpossible(target.file, why, target.place)

/** The few lines most like a text, best first: shares of common letter pairs (Dice's coefficient). */
export const nearest = (text: string, likely: string, within?: Span): Candidate[] => {
  const wanted = pairs(likely)
  const from = within ? lineNumber(text, within.start) : 1
  return (within ? text.slice(within.start, within.end) : text)
    .split('\n')
    .map((content, index) => ({
      line: from + index,
      content: content.trimEnd(),
      score: likeness(wanted, pairs(content)),
    }))
    .filter(({ score }) => score > 0.4)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, 4)
    .map(({ line, content }) => ({ line, text: content }))
}

const pairs = (value: string): Set<string> => {
  const plain = value.trim().toLowerCase().replaceAll(/\s+/g, ' ')
  const found = new Set<string>()
  for (let at = 0; at + 1 < plain.length; at++) found.add(plain.slice(at, at + 2))
  return found
}

const likeness = (one: Set<string>, two: Set<string>) =>
  one.size + two.size === 0 ? 0 : (2 * one.intersection(two).size) / (one.size + two.size)

/** ", did you mean x?" of the path most like one; nothing if none is alike. */
export const nearestPaths = (path: string, others: readonly string[]): string => {
  const best = others
    .map(other => ({ other, score: likeness(pairs(path), pairs(other)) }))
    .filter(({ score, other }) => score > 0.7 && other !== path)
    .toSorted((a, b) => b.score - a.score)[0]
  return best ? `; did you mean ${best.other}?` : ''
}

import type { SeriesProblem } from '../errors.ts'

/** A commit message or a cover letter. */
export interface Message {
  readonly subject: string
  /** Without a line break at its end. */
  readonly body: string
}

const width = 75

/**
 * Reads `subject, blank line, body` and checks what the kernel (Documentation/process/submitting-patches.rst) and git am
 * ask of it.
 * @param path - of the file, for the problems.
 * @param kind - a commit's subject needs its "area: "; both need a body.
 */
export const parseMessage = (
  source: string,
  path: string,
  kind: 'commit' | 'cover',
): { readonly message: Message; readonly problems: readonly SeriesProblem[] } => {
  const [first = '', second = '', ...rest] = source.replaceAll(/[ \t]+$/gm, '').split('\n')
  const subject = first.trim()
  const body = rest.join('\n').replace(/^\n+/, '').trimEnd()
  const wrong = [
    ...subjectProblems(subject, kind),
    ...(subject !== '' && second !== '' ? ['its second line must be blank'] : []),
    ...(body === '' ? ['it must have a body that says why'] : []),
    ...bodyProblems(body, kind, 3),
  ]
  return { message: { subject, body }, problems: wrong.map(message => ({ path, message })) }
}

const subjectProblems = (subject: string, kind: 'commit' | 'cover'): string[] => {
  if (subject === '') return ['it must begin with a subject line']
  return [
    ...(subject.length > width ? [`its subject must have at most ${width} columns: it has ${subject.length}`] : []),
    ...(subject.endsWith('.') ? ['its subject must not end with a full stop'] : []),
    ...(subject.startsWith('[') ? ['its subject must not begin with [: [PATCH …] is added'] : []),
    ...(subject.startsWith('#') ? ['its subject must not begin with #: this is no Markdown heading'] : []),
    ...(kind === 'commit' && !/^\S.*?: \S/.test(subject)
      ? [`its subject must name the area: "crypto: …", not "${subject}"`]
      : []),
  ]
}

/** @param first - the number of the body's first line. */
export const bodyProblems = (body: string, kind: 'commit' | 'cover', first = 1): string[] =>
  body.split('\n').flatMap((line, index) => {
    const at = `line ${index + first}`
    // https://git-scm.com/docs/git-mailinfo: from such a line on git am takes the text for the patch.
    if (/^(---(\s|$)|diff -|Index: )/.test(line))
      return [`${at} must not begin with "${line.slice(0, 10)}": git am would cut there`]
    if (index === 0 && /^(From|Subject|Date): /i.test(line)) return [`${at} would be taken for a mail header`]
    if (kind === 'commit' && /^Signed-off-by:/i.test(line))
      return [`${at}: Signed-off-by is added from git's identity; leave it out`]
    const mayBeLong = /^[\s>]|^[\w-]+: |^\S+$|https?:\/\//.test(line)
    return line.length > width && !mayBeLong ? [`${at} must have at most ${width} columns: it has ${line.length}`] : []
  })

/** A body with more trailers: in its last paragraph if that is trailers already. */
export const addTrailers = (body: string, trailers: readonly string[]): string => {
  if (trailers.length === 0) return body
  const last = body.slice(body.lastIndexOf('\n\n') + 1).trim()
  const isTrailers = body !== '' && last.split('\n').every(line => /^[A-Z][\w-]*: \S|^\s+\S|^\[.*\]$/.test(line))
  return `${body}${isTrailers && body.includes('\n\n') ? '\n' : '\n\n'}${trailers.join('\n')}`
}

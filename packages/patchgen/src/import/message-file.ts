import { type Message, parseMessage } from '../series/message.ts'
import { visible } from './visible.ts'

const WIDTH = 75

/**
 * A commit's message as the text of message.md or cover.md, which has rules of its own (see parseMessage): no sign-off, lines
 * and subject of at most 75 columns, a body. What breaks them is put right.
 * @returns the text, and whether more than sign-offs was changed.
 */
export const messageFile = (
  message: Message,
  kind: 'commit' | 'cover',
): { readonly text: string; readonly changed: boolean } => {
  const [subject, body] = [visible(message.subject), visible(message.body)]
  const unsigned = body
    .split('\n')
    .filter(line => !/^Signed-off-by:/i.test(line))
    .join('\n')
    .trim()
  const plain = `${subject}\n\n${unsigned}\n`
  if (parseMessage(plain, '', kind).problems.length === 0)
    return { text: plain, changed: subject !== message.subject || body !== message.body }
  const [short, rest] = shortened(subject.replace(/^[[#]+/, '').replace(/\.+$/, ''), kind)
  const lines = `${rest}${unsigned === '' ? subject : unsigned}`.split('\n').flatMap(wrapped).map(harmless)
  return { text: `${short}\n\n${lines.join('\n')}\n`, changed: true }
}

/** "area: what it does" */
const withArea = (subject: string, kind: 'commit' | 'cover') =>
  kind === 'cover' || /^\S.*?: \S/.test(subject) ? subject : `treewide: ${subject}`

/** A subject that fits, and what did not, as a first paragraph. */
const shortened = (subject: string, kind: 'commit' | 'cover'): [string, string] => {
  const whole = withArea(subject, kind)
  if (whole.length <= WIDTH) return [whole, '']
  const cut = whole.lastIndexOf(' ', WIDTH - 2)
  return [`${whole.slice(0, cut > WIDTH / 2 ? cut : WIDTH - 2)} …`, `${subject}\n\n`]
}

/** Prose in lines that are short enough; what is indented, quoted, a trailer or one long word stays as it is. */
const wrapped = (line: string): string[] => {
  if (line.length <= WIDTH || /^[\s>]|^[\w-]+: |^\S+$|https?:\/\//.test(line)) return [line]
  const lines: string[] = []
  let current = ''
  for (const word of line.split(/\s+/)) {
    const longer = current === '' ? word : `${current} ${word}`
    if (longer.length > WIDTH && current !== '') {
      lines.push(current)
      current = word
    } else current = longer
  }
  return [...lines, current]
}

/** Lines that git am would take for the end of the message, or for a header of the mail, are indented. */
const harmless = (line: string, index: number): string =>
  /^(---(\s|$)|diff -|Index: |Signed-off-by:)/i.test(line) || (index === 0 && /^(From|Subject|Date): /i.test(line))
    ? ` ${line}`
    : line

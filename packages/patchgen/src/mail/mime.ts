// What a server may cut (RFC 5322, 2.1.1), lose (a CR) or change ("From " begins a mail in an mbox, and gets a > there).
const mustBeQuoted = /\r|\0|^>*From |[^\n]{999}/m

/**
 * A body as it travels, with the headers that say how: as it is if that is safe, else in quoted-printable. So a mail has no
 * line that an mbox would escape: readers of all kinds of mbox find the same.
 */
export const encodeBody = (body: Uint8Array): { readonly headers: readonly string[]; readonly body: Uint8Array } => {
  // One character a byte.
  const bytes = Buffer.from(body).toString('latin1')
  const isQuoted = mustBeQuoted.test(bytes)
  if (!isQuoted && /^[\0-\x7f]*$/.test(bytes)) return { headers: [], body }
  return {
    headers: [
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=UTF-8',
      `Content-Transfer-Encoding: ${isQuoted ? 'quoted-printable' : '8bit'}`,
    ],
    body: isQuoted ? Buffer.from(bytes.split('\n').map(quoteLine).join('\n'), 'latin1') : body,
  }
}

/** RFC 2045, 6.7: lines of at most 76 characters, nothing but printable ASCII, no blank at a line's end. */
const quoteLine = (line: string): string => {
  // "From " anywhere: a break may come before it.
  const quoted = line.replaceAll(/[^\t\x20-\x3c\x3e-\x7e]|[ \t]$|F(?=rom )/g, hex)
  const lines: string[] = []
  let current = ''
  for (const unit of quoted.match(/=[0-9A-F]{2}|./g) ?? []) {
    if (current.length + unit.length > 75) {
      lines.push(`${current}=`)
      current = ''
    }
    current += unit
  }
  return [...lines, current].join('\n')
}

const hex = (character: string) => `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`

/**
 * A header's value for mail: as it is when it is ASCII, else its words in RFC 2047's Q encoding, as git format-patch does.
 * A line holds at most 75 columns of encoded text.
 */
export const encodeHeader = (value: string): string => {
  if (/^[\x20-\x7e]*$/.test(value)) return value
  const words: string[] = []
  let word = ''
  for (const char of value) {
    const encoded = /^[A-Za-z0-9]$/.test(char)
      ? char
      : char === ' '
        ? '_'
        : [...Buffer.from(char)].map(byte => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
    if (word.length + encoded.length > 63) {
      words.push(word)
      word = ''
    }
    word += encoded
  }
  return [...words, word].map(one => `=?UTF-8?q?${one}?=`).join('\n ')
}

/** An address with its name encoded: 'Name <mail>'. */
export const encodeAddress = (address: string): string => {
  const [, name = '', mail = address] = /^(.*?)\s*<([^>]*)>$/.exec(address) ?? []
  if (name === '') return address
  const shown =
    /^[\x20-\x7e]*$/.test(name) && /[()<>@,;:\\".[\]]/.test(name)
      ? `"${name.replaceAll(/["\\]/g, '\\$&')}"`
      : encodeHeader(name)
  return `${shown} <${mail}>`
}

/** A long header, folded before the words that would pass column 78. */
export const foldHeader = (name: string, value: string): string => {
  const lines: string[] = []
  let line = `${name}:`
  for (const word of value.split(' ')) {
    if (line.length + 1 + word.length > 78 && line !== `${name}:`) {
      lines.push(line)
      line = ''
    }
    line += ` ${word}`
  }
  return [...lines, line].join('\n')
}

/** A mail's Date, in UTC: 'Thu, 1 Jan 1970 00:00:00 +0000'. */
export const mailDate = (seconds: number): string => new Date(seconds * 1000).toUTCString().replace(/GMT$/, '+0000')

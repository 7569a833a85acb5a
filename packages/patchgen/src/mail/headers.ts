// RFC 2047 gives a line with encoded words 76 columns, and a word must fit beside the name of its header: "Subject: ".
const width = 76
const wordWidth = width - 'Subject: '.length - '=?UTF-8?q??='.length

/**
 * A header's value for mail: as it is when it is ASCII, else as words in RFC 2047's Q encoding, as git format-patch does.
 * Between the words are spaces, which readers drop; foldHeader() breaks there.
 */
export const encodeHeader = (value: string): string => {
  if (isPlain(value)) return value
  const words: string[] = []
  let word = ''
  for (const char of value) {
    const encoded = /^[A-Za-z0-9]$/.test(char)
      ? char
      : char === ' '
        ? '_'
        : [...Buffer.from(char)].map(byte => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
    if (word.length + encoded.length > wordWidth) {
      words.push(word)
      word = ''
    }
    word += encoded
  }
  return [...words, word].map(one => `=?UTF-8?q?${one}?=`).join(' ')
}

// What looks encoded must be encoded, or it would be decoded.
const isPlain = (value: string) => /^[\x20-\x7e]*$/.test(value) && !value.includes('=?')

/** An address with its name, quoted or not, encoded: 'Name <mail>'. */
export const encodeAddress = (address: string): string => {
  const [, name = '', mail = address] = /^"?(.*?)"?\s*<([^>]*)>$/.exec(address) ?? []
  if (name === '') return address
  const shown =
    isPlain(name) && /[()<>@,;:\\".[\]]/.test(name) ? `"${name.replaceAll(/["\\]/g, '\\$&')}"` : encodeHeader(name)
  return `${shown} <${mail}>`
}

/** A header, folded before the words that would pass its width. */
export const foldHeader = (name: string, value: string): string => {
  const lines: string[] = []
  let line = `${name}:`
  // An empty word could become an empty line, where the headers end; mail knows no runs of blanks anyway.
  for (const word of value.split(/ +/)) {
    if (line.length + 1 + word.length > width && line !== `${name}:`) {
      lines.push(line)
      line = ''
    }
    line += ` ${word}`
  }
  return [...lines, line].join('\n')
}

/** A mail's Date, in UTC: 'Thu, 1 Jan 1970 00:00:00 +0000'. */
export const mailDate = (seconds: number): string => new Date(seconds * 1000).toUTCString().replace(/GMT$/, '+0000')

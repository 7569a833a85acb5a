/**
 * Text of strangers as a terminal may show it: control characters (escape sequences begin with one), and characters that turn
 * the direction of writing or are not to be seen, come out as `\u{1b}`.
 */
export const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, one => `\\u{${one.codePointAt(0)?.toString(16)}}`)

const encoder = new TextEncoder()
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Text of an array of char: UTF-8 up to the first NUL or the end. Bytes that are no UTF-8 become the lone surrogates
 * U+DC80 to U+DCFF, and those become the bytes again in `encodeText`, so that nothing is lost (as Python does, PEP 383).
 */
export const decodeText = (bytes: Uint8Array): string => {
  const nul = bytes.indexOf(0)
  const text = nul === -1 ? bytes : bytes.subarray(0, nul)
  return tryDecode(text) ?? decodePieces(text)
}

/** The bytes of `decodeText`'s result, without a NUL behind. */
export const encodeText = (text: string): Uint8Array => {
  if (text.isWellFormed()) return encoder.encode(text)
  const parts = [...text].map(char => {
    const code = char.charCodeAt(0)
    return char.length === 1 && code >= 0xdc80 && code <= 0xdcff ? Uint8Array.of(code & 0xff) : encoder.encode(char)
  })
  return new Uint8Array(Buffer.concat(parts))
}

const tryDecode = (bytes: Uint8Array): string | undefined => {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

const decodePieces = (bytes: Uint8Array): string => {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0
    const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
    const piece = at + length <= bytes.length ? tryDecode(bytes.subarray(at, at + length)) : undefined
    text += piece ?? String.fromCharCode(0xdc00 | lead)
    at += piece === undefined ? 1 : length
  }
  return text
}

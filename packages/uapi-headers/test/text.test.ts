import test from 'ava'
import * as fc from 'fast-check'
import { decodeText, encodeText } from '../src/codec/text.ts'

test('bytes without NUL survive as text, whatever they are', t => {
  fc.assert(
    fc.property(
      fc.uint8Array({ min: 1, maxLength: 40 }).filter(bytes => !bytes.includes(0)),
      bytes => {
        t.deepEqual(encodeText(decodeText(bytes)), bytes)
      },
    ),
  )
  // Overlong, cut, and encoded surrogates are no UTF-8.
  for (const hex of ['c080', 'e282', 'eda080', 'f8888080', 'fffe', '61c3b0ff62', 'efbbbf61']) {
    const bytes = new Uint8Array(Buffer.from(hex, 'hex'))
    t.deepEqual(encodeText(decodeText(bytes)), bytes.slice(0, bytes.includes(0) ? bytes.indexOf(0) : undefined), hex)
  }
})

test('text survives as bytes', t => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      const clean = text.replaceAll('\0', '')
      t.is(decodeText(encodeText(clean)), clean)
    }),
  )
  t.is(decodeText(new Uint8Array([0x61, 0, 0x62])), 'a')
})

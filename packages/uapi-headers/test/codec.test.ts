import test from 'ava'
import {
  type AbiDescription,
  type MemberLayout,
  type RecordLayout,
  ShortBuffer,
  structOf,
  type TypeLayout,
  UnionConflict,
  UnknownMember,
  UnknownStruct,
  ValueOutOfRange,
} from '../src/index.ts'

/** Layouts by hand, so that what is expected can be counted on fingers. The other tests take them from compilers. */
const u8: TypeLayout = { kind: 'int', size: 1, signed: false, c: '__u8' }
const s8: TypeLayout = { kind: 'int', size: 1, signed: true, c: '__s8' }
const char: TypeLayout = { kind: 'int', size: 1, signed: true, c: 'char', char: true }
const bool: TypeLayout = { kind: 'int', size: 1, signed: false, c: '_Bool', bool: true }
const u16: TypeLayout = { kind: 'int', size: 2, signed: false, c: '__u16' }
const s32: TypeLayout = { kind: 'int', size: 4, signed: true, c: '__s32' }
const u32: TypeLayout = { kind: 'int', size: 4, signed: false, c: '__u32' }
const u64: TypeLayout = { kind: 'int', size: 8, signed: false, c: '__u64' }
const size_t: TypeLayout = { kind: 'int', size: 4, signed: false, c: 'size_t', word: true }
const pointer: TypeLayout = { kind: 'pointer', size: 4, c: 'void *' }
const colour: TypeLayout = { kind: 'enum', size: 4, signed: false, c: 'enum colour' }
const array = (of: TypeLayout, count: number): TypeLayout => ({ kind: 'array', of, count })
const flexible = (of: TypeLayout): TypeLayout => ({ kind: 'array', of, count: 0, flexible: true })
const at = (name: string, offset: number, type: TypeLayout): MemberLayout => ({ name, offset, type })
const bits = (name: string, first: number, width: number, type: TypeLayout): MemberLayout => ({
  name,
  offset: first >> 3,
  type,
  bits: { at: first, width },
})

const makeAbi = (
  records: Record<string, Pick<RecordLayout, 'size' | 'members'> & { kind?: 'union' }>,
  littleEndian = true,
): AbiDescription => ({
  format: 1,
  key: 'test',
  abi: 'arm',
  littleEndian,
  pointerSize: 4,
  compiler: 'none',
  includes: [],
  constants: {},
  syscalls: {},
  records: Object.fromEntries(
    Object.entries(records).map(([name, record]) => [
      name,
      { kind: 'struct', name, c: `struct ${name}`, header: 'test.h', ...record },
    ]),
  ),
})

const abi = makeAbi({
  s: {
    size: 32,
    members: [
      at('small', 0, u8),
      at('half', 2, u16),
      at('word', 4, s32),
      at('wide', 8, u64),
      at('text', 16, array(char, 6)),
      at('bytes', 22, array(u8, 2)),
      at('flag', 24, bool),
      at('size', 28, size_t),
    ],
  },
  arrays: {
    size: 20,
    members: [
      at('halves', 0, array(array(u16, 2), 2)),
      at('signed', 8, array(s8, 3)),
      at('kinds', 12, array(colour, 2)),
    ],
  },
  inner: { size: 8, members: [at('a', 0, u8), at('b', 4, u32)] },
  outer: {
    size: 20,
    members: [
      at('one', 0, { kind: 'record', name: 'inner' }),
      at('two', 8, array({ kind: 'record', name: 'inner' }, 1)),
      at('p', 16, pointer),
    ],
  },
  fields: {
    size: 8,
    members: [
      bits('a', 0, 3, u32),
      bits('b', 3, 13, u32),
      bits('c', 16, 4, s32),
      bits('d', 20, 1, bool),
      bits('e', 30, 34, u64),
    ],
  },
  choice: {
    size: 16,
    members: [
      at('kind', 0, u32),
      at('', 8, {
        kind: 'union',
        size: 8,
        members: [
          at('number', 0, u64),
          at('', 0, { kind: 'struct', size: 8, members: [at('low', 0, u8), at('high', 4, u32)] }),
          at('raw', 0, array(u8, 3)),
        ],
      }),
    ],
  },
  message: { size: 8, members: [at('length', 0, u32), at('kind', 4, u8), at('data', 5, flexible(u8))] },
  list: { size: 8, members: [at('count', 0, u64), at('items', 8, flexible({ kind: 'record', name: 'inner' }))] },
  holder: { size: 12, members: [at('before', 0, u32), at('last', 4, { kind: 'record', name: 'message' })] },
  middle: { size: 12, members: [at('first', 0, { kind: 'record', name: 'message' }), at('after', 8, u32)] },
})

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const encode = (name: string, value: object, description = abi) =>
  hex(structOf<object>(description, name).encode(value))
const decode = (name: string, text: string, description = abi) =>
  structOf<Record<string, unknown>>(description, name).decode(Buffer.from(text, 'hex'))

test('members are put in place; what is not given is zero, padding too', t => {
  t.is(structOf(abi, 's').size, 32)
  t.is(encode('s', {}), '00'.repeat(32))
  t.is(hex(structOf(abi, 's').encode()), '00'.repeat(32))
  t.is(
    encode('s', { small: 1, half: 0x0203, word: -2, wide: 3n, text: 'hi', bytes: [4, 5], flag: true, size: 6n }),
    '01000302feffffff030000000000000068690000000004050100000006000000',
  )
  t.is(encode('s', { small: undefined, half: 1 }), encode('s', { half: 1 }))
})

test('and taken from there', t => {
  t.deepEqual(decode('s', '01ff0302feffffff0300000000000000686900000000040501ffffff06000000'), {
    small: 1,
    half: 0x0203,
    word: -2,
    wide: 3n,
    text: 'hi',
    bytes: new Uint8Array([4, 5]),
    flag: true,
    size: 6n,
  })
  const bytes = new Uint8Array(40)
  bytes[4 + 4] = 9
  t.is(structOf<{ word: number }>(abi, 's').decode(bytes.subarray(4)).word, 9, 'a view into a larger buffer')
  t.is(structOf<{ word: number }>(abi, 's').decode(bytes.slice(4).buffer).word, 9, 'an ArrayBuffer')
})

test('big-endian ABIs', t => {
  const big = makeAbi(abi.records as Parameters<typeof makeAbi>[0], false)
  t.is(encode('s', { half: 0x0102, word: -2, wide: 3n }, big), `00000102fffffffe0000000000000003${'00'.repeat(16)}`)
  t.is(decode('s', `00000102fffffffe0000000000000003${'00'.repeat(16)}`, big)['word'], -2)
  // The first field is the most significant one of the first byte.
  t.is(encode('fields', { a: 5, b: 1, d: true }, big), 'a001080000000000')
  t.deepEqual(decode('fields', 'a001080000000001', big), { a: 5, b: 1, c: 0, d: true, e: 1n })
})

test('text and bytes are interchangeable; text may fill its array to the last byte', t => {
  t.is(encode('s', { text: new Uint8Array([104, 105]) }), encode('s', { text: 'hi' }))
  t.is(encode('s', { bytes: 'hi' }), encode('s', { bytes: [104, 105] }))
  t.is(decode('s', encode('s', { text: 'abcdef' }))['text'], 'abcdef')
  t.is(decode('s', encode('s', { text: 'é€' }))['text'], 'é€')
  const odd = new Uint8Array([0xff, 0x61, 0xc3, 0xe2, 0x82])
  const text = decode('s', encode('s', { text: odd }))['text']
  t.is(text, '\udcffa\udcc3\udce2\udc82', 'bytes that are no UTF-8 are kept')
  t.is(encode('s', { text }), encode('s', { text: odd }))
  t.is(decode('s', encode('s', { text: '\0abs' }))['text'], '', 'text ends at NUL')
})

test('arrays: of arrays, of signed bytes, of enums, shorter than they could be', t => {
  t.is(
    encode('arrays', { halves: [[1, 2], [3]], signed: [-1], kinds: [7] }),
    '0100020003000000ff0000000700000000000000',
  )
  t.deepEqual(decode('arrays', '0100020003000000ff7f800007000000ffffffff'), {
    halves: [
      [1, 2],
      [3, 0],
    ],
    signed: [-1, 127, -128],
    kinds: [7, 0xffffffff],
  })
  t.is(encode('arrays', { signed: Int8Array.of(-1, -2) }), encode('arrays', { signed: [-1, -2] }))
})

test('structs in structs, pointers', t => {
  const value = { one: { a: 1, b: 2 }, two: [{ a: 3, b: 4 }], p: 0xfffff000n }
  t.is(encode('outer', value), '0100000002000000030000000400000000f0ffff')
  t.deepEqual(decode('outer', '0100000002000000030000000400000000f0ffff'), value)
  t.is(encode('outer', { p: 0xfffff000 }), encode('outer', { p: 0xfffff000n }))
})

test('bitfields leave each other alone', t => {
  t.is(encode('fields', { a: 7 }), '0700000000000000')
  t.is(encode('fields', { b: 0x1fff }), 'f8ff000000000000')
  t.is(encode('fields', { c: -1, d: true }), '00001f0000000000')
  t.is(encode('fields', { e: (1n << 34n) - 1n }), '000000c0ffffffff')
  t.deepEqual(decode('fields', 'f8ff0f0001000000'), { a: 0, b: 0x1fff, c: -1, d: false, e: 4n })
})

test('unions: any member is written, all are read', t => {
  t.is(encode('choice', { kind: 1, number: 0x0102n }), '01000000000000000201000000000000')
  t.is(encode('choice', { low: 5, high: 6 }), '00000000000000000500000006000000')
  const all = decode('choice', '01000000000000000201000006000000')
  t.deepEqual(all, { kind: 1, number: 0x600000102n, low: 2, high: 6, raw: new Uint8Array([2, 1, 0]) })
  t.is(encode('choice', all), '01000000000000000201000006000000', 'a decoded value encodes again')
})

test('members of a union that differ are refused, in whatever order they come', t => {
  const value = { number: 1n, low: 2 }
  const error = t.throws(() => encode('choice', value), { instanceOf: UnionConflict })
  t.is(error?.member, 'choice.low')
  t.regex(error?.message ?? '', /'choice.low' together with 'number'/)
  t.throws(() => encode('choice', { low: 2, number: 1n }), { instanceOf: UnionConflict })
  t.notThrows(() => encode('choice', { number: 0x100n, low: 0, high: 0 }), 'a difference in padding is none')
  t.is(encode('choice', { low: 0, number: 0x100n }), encode('choice', { number: 0x100n, low: 0 }))
})

test('flexible arrays: as long as the data, at least as long as the struct', t => {
  t.is(encode('message', { length: 2, kind: 3 }), '0200000003000000')
  t.is(encode('message', { kind: 3, data: 'a' }), '0000000003610000')
  t.is(encode('message', { kind: 3, data: 'abcdef' }), '0000000003616263646566')
  t.deepEqual(decode('message', '0000000003616263646566')['data'], new TextEncoder().encode('abcdef'))
  t.deepEqual(decode('message', '0000000003616200')['data'], new Uint8Array([0x61, 0x62, 0]))
  t.is(encode('list', { count: 2, items: [{ a: 1 }, { b: 2 }] }), '020000000000000001000000000000000000000002000000')
  t.deepEqual(decode('list', '02000000000000000100000000000000')['items'], [{ a: 1, b: 0 }])
  t.is(encode('holder', { before: 1, last: { kind: 2, data: 'abcd' } }), '01000000000000000261626364')
  t.deepEqual(decode('holder', '01000000000000000261626364')['last'], {
    length: 0,
    kind: 2,
    data: new TextEncoder().encode('abcd'),
  })
})

test('flexible data has no room where something follows it', t => {
  t.is(encode('middle', { first: { kind: 1, data: 'abc' }, after: 2 }), '000000000161626302000000')
  const error = t.throws(() => encode('middle', { first: { data: 'abcd' } }), { instanceOf: ValueOutOfRange })
  t.is(error?.member, 'middle.first')
})

const refused: readonly (readonly [string, string, object, string])[] = [
  ['too large', 's', { small: 256 }, "'s.small' as it must be an integer from 0 to 255: it is 256"],
  ['negative', 's', { small: -1 }, "'s.small' as it must be an integer from 0 to 255: it is -1"],
  ['a fraction', 's', { half: 1.5 }, "'s.half' as it must be an integer from 0 to 65535: it is 1.5"],
  ['no number', 's', { word: '7' }, "'s.word' as it must be an integer from -2147483648 to 2147483647: it is '7'"],
  ['NaN', 's', { word: Number.NaN }, "'s.word' as it must be an integer from -2147483648 to 2147483647: it is NaN"],
  ['null', 's', { word: null }, "'s.word' as it must be an integer from -2147483648 to 2147483647: it is null"],
  [
    'a bigint too large',
    's',
    { word: 1n << 31n },
    "'s.word' as it must be an integer from -2147483648 to 2147483647: it is 2147483648n",
  ],
  [
    'past 64 bits',
    's',
    { wide: 1n << 64n },
    "'s.wide' as it must be an integer from 0 to 18446744073709551615: it is 18446744073709551616n",
  ],
  [
    'a number that lost digits',
    's',
    { wide: 2 ** 53 },
    "'s.wide' as it must be an integer from 0 to 18446744073709551615: it is 9007199254740992",
  ],
  [
    'past a 32-bit size_t',
    's',
    { size: 1n << 32n },
    "'s.size' as it must be an integer from 0 to 4294967295: it is 4294967296n",
  ],
  ['text too long', 's', { text: 'abcdefg' }, "'s.text' as it must be at most 6 bytes: it is 'abcdefg'"],
  ['bytes too many', 's', { bytes: [1, 2, 3] }, "'s.bytes' as it must be at most 2 bytes: it is [ 1, 2, 3 ]"],
  ['a byte that is none', 's', { bytes: [1, 256] }, "'s.bytes[1]' as it must be an integer from 0 to 255: it is 256"],
  ['no bytes at all', 's', { bytes: 7 }, "'s.bytes' as it must be text, a Uint8Array or a list of bytes: it is 7"],
  ['no truth value', 's', { flag: 2 }, "'s.flag' as it must be true or false: it is 2"],
  [
    'too many elements',
    'arrays',
    { signed: [1, 2, 3, 4] },
    "'arrays.signed' as it must be a list of at most 3: it is [ 1, 2, 3, 4 ]",
  ],
  [
    'deep in arrays',
    'arrays',
    { halves: [[], [0, 65536]] },
    "'arrays.halves[1][1]' as it must be an integer from 0 to 65535: it is 65536",
  ],
  ['no list', 'arrays', { kinds: 3 }, "'arrays.kinds' as it must be a list: it is 3"],
  [
    'deep in structs',
    'outer',
    { two: [{ b: -1 }] },
    "'outer.two[0].b' as it must be an integer from 0 to 4294967295: it is -1",
  ],
  ['no struct', 'outer', { one: 3 }, "'outer.one' as it must be an object with members of struct inner: it is 3"],
  [
    'a list for a struct',
    'outer',
    { one: [1] },
    "'outer.one' as it must be an object with members of struct inner: it is [ 1 ]",
  ],
  ['a bitfield too large', 'fields', { a: 8 }, "'fields.a' as it must be an integer from 0 to 7: it is 8"],
  ['a signed bitfield', 'fields', { c: 8 }, "'fields.c' as it must be an integer from -8 to 7: it is 8"],
  [
    'in flexible data',
    'list',
    { items: [{}, { a: 300 }] },
    "'list.items[1].a' as it must be an integer from 0 to 255: it is 300",
  ],
  [
    'in a union',
    'choice',
    { kind: 1, low: 300, high: 1 },
    "'choice.low' as it must be an integer from 0 to 255: it is 300",
  ],
]

for (const [what, name, value, message] of refused) {
  test(`a value that does not fit: ${what}`, t => {
    const error = t.throws(() => encode(name, value), { instanceOf: ValueOutOfRange })
    t.is(error?.message, `Cannot encode ${message}`)
    t.true(message.startsWith(`'${error?.member}'`))
  })
}

test('an unknown member is named, with those there are', t => {
  const error = t.throws(() => encode('outer', { one: { c: 1 } }), { instanceOf: UnknownMember })
  t.is(error?.member, 'outer.one.c')
  t.is(error?.message, "Cannot encode 'outer.one.c': struct inner has no such member; it has a, b")
  t.throws(() => encode('list', { itmes: [] }), { instanceOf: UnknownMember, message: /'list.itmes'/ })
  t.throws(() => encode('list', { items: [{ c: 1 }] }), { instanceOf: UnknownMember, message: /'list.items\[0\].c'/ })
  t.throws(() => encode('s', { ['__proto__x']: 1 }), { instanceOf: UnknownMember })
})

test('bytes that are too few', t => {
  const error = t.throws(() => decode('s', '00'.repeat(31)), { instanceOf: ShortBuffer })
  t.is(error?.message, "Cannot decode 's' from 31 bytes: it needs 32")
  t.is(error?.needed, 32)
  t.throws(() => decode('list', '00'.repeat(8 + 12)), {
    instanceOf: ShortBuffer,
    message: "Cannot decode 'list' from 20 bytes: it needs 24, as its elements have 8 bytes and the last one 4",
  })
  t.throws(() => decode('holder', '00'.repeat(11)), { instanceOf: ShortBuffer })
  t.notThrows(() => decode('s', '00'.repeat(50)), 'more than needed is fine')
})

test('offsetof goes into structs and arrays', t => {
  const outer = structOf(abi, 'outer')
  t.is(outer.offsetof('p'), 16)
  t.is(outer.offsetof('two[0].b'), 12)
  t.is(structOf(abi, 'choice').offsetof('high'), 12)
  t.is(structOf(abi, 'list').offsetof('items[3].b'), 36)
  t.throws(() => outer.offsetof('three'), { instanceOf: UnknownMember, message: /'outer.three'.*one, two, p/ })
  t.throws(() => outer.offsetof('two[1]'), { instanceOf: UnknownMember })
  t.throws(() => structOf(abi, 'fields').offsetof('a'), { instanceOf: UnknownMember })
})

test('a struct that is not there', t => {
  t.throws(() => structOf(abi, 'messages'), { instanceOf: UnknownStruct, message: /'messages' in the headers of arm/ })
  t.is(t.throws(() => structOf(abi, 'mess_age'), { instanceOf: UnknownStruct })?.hint?.includes('message'), true)
})

test('an encode takes microseconds', t => {
  const struct = structOf<object>(abi, 's')
  const value = { small: 1, half: 0x0203, word: -2, wide: 3n, text: 'secure', bytes: [4, 5], flag: true, size: 6n }
  const rounds = 2000
  const times = Array.from({ length: 15 }, () => {
    const start = performance.now()
    for (let round = 0; round < rounds; round++) struct.encode(value)
    return ((performance.now() - start) * 1000) / rounds
  }).toSorted((a, b) => a - b)
  // Two to four on an idle machine; the best of 15 keeps out what the others do to it.
  t.true((times[0] ?? 99) < 25, `${times[0]} µs`)
})

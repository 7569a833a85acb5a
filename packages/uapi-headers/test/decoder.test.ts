/**
 * A C program as judge: what we encode, a program compiled against the same headers decodes to the same values, and what
 * it sees in the bytes we see too. On this machine for the ABIs it can run; for the others the program is compiled.
 */

import { run } from '@kseries/host'
import test from 'ava'
import * as fc from 'fast-check'
import { codecsOf } from '../src/codec/compile.ts'
import {
  type AbiDescription,
  type AbiName,
  buildDecoder,
  DecoderFailed,
  decoderProof,
  differences,
  emitDecoderC,
  encodeRecords,
  leavesOf,
  parseDecoded,
  structOf,
  UnknownStruct,
  valuesOf,
} from '../src/index.ts'
import { holds } from './support/holds.ts'
import { describeFor, type Inputs } from './support/inputs.ts'

const native: readonly AbiName[] = process.arch === 'x64' ? ['x86_64', 'i386'] : []
const foreign: readonly AbiName[] = process.env['KSERIES_TEST_TREE'] ? ['arm64', 'arm'] : []

const described = new Map(
  await Promise.all([...native, ...foreign].map(async abi => [abi, await describeFor(abi)] as const)),
)

const structsOf = (description: AbiDescription) => Object.keys(description.records)

const decoderFor = async (inputs: Inputs, description: AbiDescription) =>
  await buildDecoder({ ...inputs, description, structs: structsOf(description) })

const decodeAll = async (
  program: string,
  description: AbiDescription,
  pairs: readonly (readonly [string, Uint8Array])[],
) => {
  const structs = structsOf(description)
  const records = pairs.map(([name, bytes]) => ({ struct: structs.indexOf(name), bytes }))
  const { stdout } = await run(program, [], { input: encodeRecords(description, records), timeout: 60_000 })
  return parseDecoded(stdout)
}

/** Text ends at its NUL, for us; the program prints what is behind it too, which other members of a union may have put there. */
const isSame = (ours: string | undefined, theirs: string): boolean => {
  if (ours === theirs) return true
  if (ours === undefined) return false
  const text = /^x((?:..)*?)(?:00)*$/.exec(ours)?.[1]
  return text !== undefined && theirs.startsWith(`x${text}00`)
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Whether a struct is without text (what is behind its NUL is lost), truth values and floats (NaNs). */
const losesNothing = (description: AbiDescription, name: string): boolean => {
  const layout = JSON.stringify(description.records[name])
  if (/"(char|bool)":true|"kind":"float"/.test(layout)) return false
  return [...layout.matchAll(/"kind":"record","name":"(\w+)"/g)].every(([, inner = '']) =>
    losesNothing(description, inner),
  )
}

for (const abi of native) {
  const found = described.get(abi) ?? ''
  if (typeof found === 'string') {
    test.skip(`${abi}: ${found}`, t => t.fail())
    continue
  }
  const { inputs, description } = found

  test(`${abi}: a C program decodes what we encode, for every struct`, async t => {
    const program = await decoderFor(inputs, description)
    const values = fc
      .constantFrom(...structsOf(description))
      .chain(name => valuesOf(fc, description, name).map(value => [name, value] as const))
    await holds(
      t,
      fc.asyncProperty(fc.array(values, { minLength: 200, maxLength: 400 }), async pairs => {
        const encoded = pairs.map(([name, value]) => [name, structOf<object>(description, name).encode(value)] as const)
        const decoded = await decodeAll(program, description, encoded)
        if (decoded.length !== pairs.length) throw new Error(`${decoded.length} of ${pairs.length} came back`)
        for (const [index, [name, value]] of pairs.entries()) {
          const seen = decoded[index]?.leaves ?? new Map<string, string>()
          const wrong = differences(leavesOf(description, name, value), seen)
          if (wrong.length > 0) throw new Error(`${name}: ${wrong.join(', ')}`)

          const bytes = encoded[index]?.[1] ?? new Uint8Array()
          const ours = leavesOf(description, name, structOf(description, name).decode(bytes))
          for (const [path, theirs] of seen) {
            if (!isSame(ours.get(path), theirs)) throw new Error(`${name}.${path}: C ${theirs}, we ${ours.get(path)}`)
          }
          if (ours.size !== seen.size) throw new Error(`${name}: C has ${seen.size} values, we ${ours.size}`)
        }
      }),
      { numRuns: 15, endOnFailure: true },
    )
  })

  test(`${abi}: random bytes mean the same to C and to us, and encode again to what meant something`, async t => {
    const program = await decoderFor(inputs, description)
    // A NaN may come back as another NaN: floats have the test before.
    const names = structsOf(description).filter(name => name !== 'nasty_floats')
    const inputBytes = fc.constantFrom(...names).chain(name => {
      const size = description.records[name]?.size ?? 0
      return fc.uint8Array({ minLength: size, maxLength: size }).map(bytes => [name, bytes] as const)
    })
    await holds(
      t,
      fc.asyncProperty(fc.array(inputBytes, { minLength: 200, maxLength: 300 }), async pairs => {
        const decoded = await decodeAll(program, description, pairs)
        for (const [index, [name, bytes]] of pairs.entries()) {
          const ours = leavesOf(description, name, structOf(description, name).decode(bytes))
          for (const [path, theirs] of decoded[index]?.leaves ?? []) {
            // A byte other than 0 and 1 is no _Bool; C reads it as it is.
            if (/(^|\.)(b|flags\[\d+\])$/.test(path) && ours.get(path) === '1' && theirs !== '0') continue
            if (!isSame(ours.get(path), theirs)) throw new Error(`${name}.${path}: C ${theirs}, we ${ours.get(path)}`)
          }
          if (losesNothing(description, name)) {
            const again = structOf<object>(description, name).encode(structOf<object>(description, name).decode(bytes))
            const { mask } = codecsOf(description)(name)
            // Padding is lost, unless flexible data reaches into it.
            const isKept =
              again.length === bytes.length &&
              again.every((byte, at) => ((byte ^ (bytes[at] ?? 0)) & (mask[at] ?? 0)) === 0)
            if (!isKept) throw new Error(`${name}: ${hex(bytes)} came back as ${hex(again)}`)
          }
        }
      }),
      { numRuns: 6, endOnFailure: true },
    )
  })

  test(`${abi}: a decoder made from a layout that is wrong in one byte is found out`, async t => {
    const program = await decoderFor(inputs, description)
    const name = 'nasty_integers'
    const record = description.records[name]
    if (!record) return t.fail('the fixture is not described')
    const value = {
      u8: 1,
      s8: -2,
      u16: 3,
      s16: -4,
      u32: 5,
      s32: -6,
      u64: 7n,
      s64: -8n,
      c: 9,
      sc: -10,
      uc: 11,
      l: 12n,
      b: true,
    }
    for (const wrong of record.members.filter(({ name: member }) => member in value)) {
      const members = record.members.map(one => (one === wrong ? { ...one, offset: one.offset + 1 } : one))
      const shifted = { ...description, records: { ...description.records, [name]: { ...record, members } } }
      const bytes = structOf<object>(shifted, name).encode({ [wrong.name]: value[wrong.name as 'u8'] })
      const [seen] = await decodeAll(program, description, [[name, bytes]])
      t.not(differences(leavesOf(description, name, value), seen?.leaves ?? new Map()).length, 0, wrong.name)
      t.regex(
        differences(
          leavesOf(description, name, { [wrong.name]: value[wrong.name as 'u8'] }),
          seen?.leaves ?? new Map(),
        ).join(),
        new RegExp(`^${wrong.name}: given `),
      )
    }
  })

  test(`${abi}: a proof finds what another program would see otherwise`, async t => {
    const structs = ['sockaddr_alg', 'nasty_bits', 'nasty_flexible_structs']
    const program = await buildDecoder({ ...inputs, description, structs })
    const proof = decoderProof(fc, description, { structs, each: 50, seed: 7 })
    t.is(proof.count, 150)
    t.deepEqual(decoderProof(fc, description, { structs, each: 50, seed: 7 }).input, proof.input)
    const { stdout } = await run(program, [], { input: proof.input })
    t.deepEqual(proof.check(stdout), [])

    const changed = stdout.replaceAll(/^salg_mask=(\d+)$/gm, 'salg_mask=1$1')
    t.regex(proof.check(changed).join('\n'), /^sockaddr_alg #\d+ salg_mask: given \d+, decoded 1\d+$/m)
    t.throws(() => proof.check(stdout.replace(/#149 [^]*?#end/, '#end')), { message: /149 of 150 records/ })
    t.regex(
      proof.check(stdout.replace('#3 sockaddr_alg', '#3 nasty_bits')).join(),
      /#3: given sockaddr_alg, decoded nasty_bits/,
    )
    const short = proof.input.slice(0, -1)
    const result = await run(program, [], { input: short, okCodes: [1] })
    t.throws(() => proof.check(result.stdout), { instanceOf: DecoderFailed, message: /ends too soon/ })
  })

  test(`${abi}: the program reads a file, and says what is wrong with a record`, async t => {
    const program = await decoderFor(inputs, description)
    const short = encodeRecords(description, [
      { struct: structsOf(description).indexOf('sockaddr_alg'), bytes: new Uint8Array(3) },
    ])
    const result = await run(program, [], { input: short, okCodes: [1] })
    t.is(result.stdout, '#error a record is shorter than its struct')
    t.throws(() => parseDecoded(result.stdout), { instanceOf: DecoderFailed, message: /shorter than its struct/ })
    const unknown = encodeRecords(description, [{ struct: 100_000, bytes: new Uint8Array() }])
    t.is((await run(program, [], { input: unknown, okCodes: [1] })).stdout, '#error no such struct')
    const cut = encodeRecords(description, [{ struct: 0, bytes: new Uint8Array(1000) }]).subarray(0, 500)
    t.is((await run(program, [], { input: cut, okCodes: [1] })).stdout, '#error a record ends too soon')
    t.is((await run(program, ['/dev/null'])).stdout, '#end')
    t.is((await run(program, ['/no/such/file'], { okCodes: [1] })).stdout, '#error cannot open the file')
  })
}

for (const abi of foreign) {
  const found = described.get(abi) ?? ''
  if (typeof found === 'string') {
    test.skip(`${abi}: ${found}`, t => t.fail())
    continue
  }
  test(`${abi}: the program compiles against nolibc`, async t => {
    const program = await decoderFor(found.inputs, found.description)
    const { stdout } = await run('od', ['-An', '-tx1', '-N4', program])
    t.is(stdout.trim(), '7f 45 4c 46')
  })
}

test('a decoder cannot be made for a struct that is not there', t => {
  const found = [...described.values()].find(one => typeof one !== 'string')
  if (!found) return t.pass()
  t.throws(() => emitDecoderC(found.description, ['no_such']), { instanceOf: UnknownStruct, message: /'no_such'/ })
})

test("output that is cut, or is not a decoder's, is refused", t => {
  t.throws(() => parseDecoded('#0 a\nx=1\n'), { instanceOf: DecoderFailed, message: /ends too soon/ })
  t.throws(() => parseDecoded('x=1\n#end\n'), { instanceOf: DecoderFailed, message: /printed 'x=1'/ })
  t.throws(() => parseDecoded('#1 a\n#end\n'), { instanceOf: DecoderFailed, message: /came as number 0/ })
  t.deepEqual(parseDecoded('#0 a\nx[1].y=-3\n#end\n'), [{ struct: 'a', leaves: new Map([['x[1].y', '-3']]) }])
})

/**
 * The compiler as judge, for every ABI, without running anything: what we encode is what it makes of the same value as an
 * initialiser; and it agrees with every offset, size and sign. A layout that is off by one must not pass.
 */
import test from 'ava'
import * as fc from 'fast-check'
import { CompilerRun, findCompiler } from '../src/compiler.ts'
import { readElf } from '../src/elf.ts'
import {
  type AbiDescription,
  type AbiName,
  emitLayoutAssertsC,
  type MemberLayout,
  type RecordLayout,
  structOf,
  valuesOf,
} from '../src/index.ts'
import { includeLines } from '../src/verify.ts'
import { holds } from './support/holds.ts'
import { initialiser, withoutFlexible } from './support/initialiser.ts'
import { describeFor, type Inputs } from './support/inputs.ts'

interface Target {
  readonly name: string
  readonly abi: AbiName
  readonly compiler?: readonly string[]
}

const targets: readonly Target[] = [
  { name: 'x86_64', abi: 'x86_64' },
  { name: 'i386', abi: 'i386' },
  { name: 'arm64', abi: 'arm64' },
  { name: 'arm', abi: 'arm' },
  // No kernel of ours is big-endian, but the headers compile, and the codecs say that they can.
  { name: 'arm64, big-endian', abi: 'arm64', compiler: ['aarch64-linux-gnu-gcc', '-mbig-endian'] },
  { name: 'arm, big-endian', abi: 'arm', compiler: ['arm-linux-gnueabi-gcc', '-mbig-endian'] },
]

const open = async ({ abi, compiler }: Target, { includeDirs, headers }: Inputs) =>
  await CompilerRun.open(await findCompiler({ abi, compiler }), [...includeDirs, headers])

/** A member whose move the compiler notices: named, not a bitfield. */
const isPlain = (member: MemberLayout) => member.name !== '' && !member.bits

const failures = async (session: CompilerRun, source: string): Promise<readonly string[]> => {
  const result = await session.compile(source)
  return result instanceof Uint8Array ? [] : result.map(({ message }) => message)
}

const compileValues = async (
  session: CompilerRun,
  description: AbiDescription,
  pairs: readonly (readonly [RecordLayout, unknown])[],
): Promise<readonly Uint8Array[]> => {
  const lines = pairs.map(
    ([record, value], index) =>
      `const ${record.c} kseries_${index} __attribute__((section(".kseries.${index}"))) = ${initialiser(description, record.name, value)};`,
  )
  const object = await session.compile(`${includeLines(description)}${lines.join('\n')}\n`)
  if (!(object instanceof Uint8Array))
    throw new Error(object.map(({ line, message }) => `${line}: ${message}`).join('\n'))
  const { sections } = readElf(object)
  return pairs.map((_pair, index) => sections.get(`.kseries.${index}`) ?? new Uint8Array())
}

/** In hexadecimal; flexible data without the zeros behind it, of which the compiler may write some. */
const trimmed = (bytes: Uint8Array | undefined, size: number): string =>
  Buffer.from(bytes ?? [])
    .toString('hex')
    .replace(new RegExp(`^(.{${size * 2}}.*?)(00)*$`), '$1')

const show = (value: unknown) =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item))

// Before the first test is declared: ava takes no declaration later.
const descriptions = await Promise.all(targets.map(({ abi, compiler }) => describeFor(abi, compiler)))

for (const [place, target] of targets.entries()) {
  const described = descriptions[place] ?? ''
  const define = typeof described === 'string' ? test.skip : test
  const because = typeof described === 'string' ? ` (${described})` : ''
  const { inputs, description } = (typeof described === 'string' ? {} : described) as {
    inputs: Inputs
    description: AbiDescription
  }

  define(`${target.name}: the compiler agrees with all layouts${because}`, async t => {
    await using session = await open(target, inputs)
    t.deepEqual(await failures(session, emitLayoutAssertsC(description)), [])
  })

  define(`${target.name}: a layout changed in one place is refused${because}`, async t => {
    await using session = await open(target, inputs)
    const records = Object.values(description.records).filter(({ members }) => members.some(isPlain))
    await holds(
      t,
      fc.asyncProperty(
        fc
          .constantFrom(...records)
          .chain(record => fc.tuple(fc.constant(record), fc.constantFrom(...record.members.filter(isPlain)))),
        fc.constantFrom(-1, 1, 4),
        async ([record, member], shift) => {
          const moved = { ...member, offset: member.offset + shift }
          const members = record.members.map(one => (one === member ? moved : one))
          const wrong = { ...description, records: { ...description.records, [record.name]: { ...record, members } } }
          const errors = await failures(session, emitLayoutAssertsC(wrong, [record.name]))
          if (errors.length === 0) throw new Error(`${record.name}.${member.name} moved by ${shift} is taken`)
        },
      ),
      { numRuns: 8 },
    )
  })

  define(`${target.name}: every struct is encoded as the compiler does${because}`, async t => {
    await using session = await open(target, inputs)
    const values = fc
      .constantFrom(...Object.values(description.records))
      .chain(record =>
        valuesOf(fc, description, record.name).map(
          value => [record, withoutFlexible(description, record.name, value)] as const,
        ),
      )
    await holds(
      t,
      fc.asyncProperty(fc.array(values, { minLength: 150, maxLength: 300 }), async pairs => {
        const compiled = await compileValues(session, description, pairs)
        for (const [index, [record, value]] of pairs.entries()) {
          const ours = structOf<object>(description, record.name).encode(value)
          if (trimmed(ours, record.size) === trimmed(compiled[index], record.size)) continue
          throw new Error(
            `${record.name} ${show(value)}\n${trimmed(ours, record.size)}, but the compiler:\n${trimmed(compiled[index], record.size)}`,
          )
        }
      }),
      { numRuns: 5, endOnFailure: true },
    )
  })
}

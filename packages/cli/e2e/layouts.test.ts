/**
 * For every struct of the series' exported headers: what we encode, a C program decodes in the guest, and it comes back
 * equal. For the guest's own ABI and for its 32-bit one.
 */
import { readFile } from 'node:fs/promises'
import type { Artefacts } from '@kseries/kernel'
import { buildAgent, serveSession, sysAbi, sysIncludes } from '@kseries/kselftest-ts'
import {
  type AbiName,
  buildDecoder,
  describeAbi,
  differences,
  encodeRecords,
  leavesOf,
  parseDecoded,
  structOf,
  valuesOf,
} from '@kseries/uapi-headers'
import test from 'ava'
import * as fc from 'fast-check'
import { bootGuest } from '../src/run/guest.ts'
import { kseries, lastEvent, scratch } from './kseries.ts'

const includes = [
  'linux/if_alg.h',
  'linux/securekey.h',
  'linux/dma-heap.h',
  'linux/dma-buf.h',
  'linux/udmabuf.h',
  'linux/tee.h',
]

test('x86_64 and i386 in one guest', async t => {
  const built = await kseries(['build', '--json'])
  t.is(built.exitCode, 0, built.stderr)
  const artefacts = lastEvent(built.stdout, 'artefacts') as unknown as Artefacts
  const { headers, sources: tree } = artefacts
  const describe = (abi: AbiName) => describeAbi({ headers, tree, includes: [...sysIncludes, ...includes], abi })
  const native = await describe('x86_64')

  const { machine, guest } = await bootGuest({
    artefacts,
    agent: await buildAgent({ tree, headers, abi: 'x86_64' }),
    options: { transport: 'virtio', noise: 0, profile: 'fast' },
    logDir: await scratch(),
    signal: AbortSignal.timeout(300_000),
    report: () => {},
  })
  await using _machine = machine
  await using session = await serveSession({ guest, abi: sysAbi(native) })
  const { service: sys } = await session.link()

  for (const abi of ['x86_64', 'i386'] as const) {
    const description = abi === 'x86_64' ? native : await describe(abi)
    const structs = Object.keys(description.records)
    t.true(structs.includes('sockaddr_alg') && structs.includes('securekey_params'), structs.join(' '))
    const decoder = await readFile(await buildDecoder({ description, structs, headers, tree }))
    const anyStruct = fc
      .constantFrom(...structs)
      .chain(name => valuesOf(fc, description, name).map(value => [name, value] as const))
    const pairs = [
      ...structs.flatMap(name => fc.sample(valuesOf(fc, description, name), 5).map(value => [name, value] as const)),
      ...fc.sample(anyStruct, 200),
    ]
    const records = pairs.map(([name, value]) => ({
      struct: structs.indexOf(name),
      bytes: structOf<object>(description, name).encode(value),
    }))
    const { exitCode, stdout } = await sys.exec({ file: decoder, stdin: encodeRecords(description, records) })
    t.is(exitCode, 0)
    const decoded = parseDecoded(Buffer.from(stdout).toString())
    t.is(decoded.length, pairs.length)
    for (const [index, [name, value]] of pairs.entries()) {
      t.deepEqual(
        differences(leavesOf(description, name, value), decoded[index]?.leaves ?? new Map()),
        [],
        `${abi} ${name}`,
      )
    }
  }
})

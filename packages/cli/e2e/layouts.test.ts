/**
 * For every struct of the series' exported headers: what we encode, a C program decodes in the guest, and it comes back
 * equal. For the guest's own ABI and for its 32-bit one.
 */
import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, run } from '@kseries/host'
import type { Artefacts } from '@kseries/kernel'
import { buildAgent, serveSession, sysAbi, sysIncludes } from '@kseries/kselftest-ts'
import { type AbiName, buildDecoder, decoderProof, describeAbi } from '@kseries/uapi-headers'
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

/** Unlike i386's, the headers of arm are not those of its 64-bit kernel. */
const exportHeaders = async (arch: string) => {
  const output = await scratch()
  const linux = cachePath('work', 'securekey-afalg-7.3', 'linux')
  await run('make', ['-s', '-C', linux, `O=${output}`, `ARCH=${arch}`, 'headers'])
  return join(output, 'usr/include')
}

const guests = [
  { arch: 'x86_64', abis: ['x86_64', 'i386'] },
  { arch: 'arm64', abis: ['arm64', 'arm'] },
] as const

for (const { arch, abis } of guests) {
  test(`${abis.join(' and ')} in one guest`, async t => {
    const built = await kseries(['build', '--json', '--arch', arch])
    t.is(built.exitCode, 0, built.stderr)
    const artefacts = lastEvent(built.stdout, 'artefacts') as unknown as Artefacts
    const { sources: tree } = artefacts
    const headersOf = async (abi: AbiName) => (abi === 'arm' ? await exportHeaders('arm') : artefacts.headers)
    const describe = async (abi: AbiName, headers: string) =>
      await describeAbi({ headers, tree, includes: [...sysIncludes, ...includes], abi })
    const native = await describe(arch, artefacts.headers)

    const { machine, guest } = await bootGuest({
      artefacts,
      agent: await buildAgent({ tree, headers: artefacts.headers, abi: arch }),
      options: { transport: 'virtio', noise: 0, profile: 'fast' },
      logDir: await scratch(),
      signal: AbortSignal.timeout(300_000),
      report: () => {},
    })
    await using _machine = machine
    await using session = await serveSession({ guest, abi: sysAbi(native) })
    const { service: sys } = await session.link()

    for (const abi of abis) {
      const headers = await headersOf(abi)
      const description = abi === arch ? native : await describe(abi, headers)
      const structs = Object.keys(description.records)
      t.true(structs.includes('sockaddr_alg') && structs.includes('securekey_params'), structs.join(' '))
      const decoder = await readFile(await buildDecoder({ description, structs, headers, tree }))
      const seed = randomInt(2 ** 31)
      t.log(`${abi}: seed ${seed}`)
      const proof = decoderProof(fc, description, { structs, each: 10, seed })
      const { exitCode, stdout } = await sys.exec({ file: decoder, stdin: proof.input })
      t.is(exitCode, 0)
      t.true(proof.count >= 10 * structs.length)
      t.deepEqual(proof.check(Buffer.from(stdout).toString()), [], abi)
    }
  })
}

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { cachePath, contentKey, exists, folderKey, makeDirAtomic, run, withLock } from '@kseries/host'
import { ABIS, type AbiDescription, type AbiName, CompilerMissing, describeAbi } from '../../src/index.ts'

const fixture = (path: string) => fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url))

export const nastyDir = fixture('include')
export const tinyTree = fixture('tree')

/** The headers of the property tests. */
export const includes = [
  'kseries/nasty.h',
  'linux/dma-buf.h',
  'linux/dma-heap.h',
  'linux/if_alg.h',
  'linux/keyctl.h',
  'linux/tee.h',
  'linux/udmabuf.h',
]

export const allAbis: readonly AbiName[] = ['x86_64', 'i386', 'arm64', 'arm']

/** Where exported headers of an ABI are: of the kernel tree in KSERIES_TEST_TREE, else those Debian has for its libc. */
export interface Inputs {
  readonly abi: AbiName
  readonly headers: string
  readonly includeDirs: readonly string[]
  readonly tree: string
  readonly libc?: string
}

const debianHeaders: Readonly<Record<AbiName, readonly [string, ...string[]]>> = {
  x86_64: ['/usr/include', '/usr/include/x86_64-linux-gnu'],
  i386: ['/usr/include', '/usr/include/x86_64-linux-gnu'],
  arm64: ['/usr/aarch64-linux-gnu/include'],
  arm: ['/usr/arm-linux-gnueabi/include'],
}

/** Inputs of an ABI, or why this machine cannot have them. */
export const inputsFor = async (abi: AbiName): Promise<Inputs | string> => {
  const tree = process.env['KSERIES_TEST_TREE']
  if (tree) return { abi, headers: await exportedHeaders(tree, abi), includeDirs: [nastyDir], tree }
  const [headers, ...asm] = debianHeaders[abi]
  if (!(await exists(`${headers}/linux/if_alg.h`))) {
    return `no exported headers for ${abi}: neither KSERIES_TEST_TREE is set nor is ${headers}/linux there (Debian: linux-libc-dev)`
  }
  return { abi, headers, includeDirs: [nastyDir, ...asm], tree: tinyTree, libc: fixture('tiny-libc.h') }
}

const exportedHeaders = async (tree: string, abi: AbiName): Promise<string> => {
  const { makeArch } = ABIS[abi]
  const parts = [`${tree}/include/uapi`, `${tree}/arch/${makeArch}/include/uapi`, `${tree}/scripts/syscall.tbl`]
  const keys = await Promise.all(parts.map(part => folderKey(part).catch(() => readFile(part, 'utf8'))))
  const folder = cachePath('test', `headers-${makeArch}-${contentKey(keys)}`)
  await withLock(`test-headers-${makeArch}`, async () => {
    await makeDirAtomic(folder, async temporary => {
      await run('make', ['-s', '-C', tree, `O=${temporary}`, `ARCH=${makeArch}`, 'headers'], { timeout: 10 * 60_000 })
    })
  })
  return `${folder}/usr/include`
}

/** The description of the property tests' headers for an ABI, or why there is none: only what the machine lacks. */
export const describeFor = async (
  abi: AbiName,
  compiler?: readonly string[],
): Promise<{ readonly inputs: Inputs; readonly description: AbiDescription } | string> => {
  const inputs = await inputsFor(abi)
  if (typeof inputs === 'string') return inputs
  try {
    return { inputs, description: await describeAbi({ ...inputs, includes, compiler }) }
  } catch (error) {
    if (error instanceof CompilerMissing) return `${error.message}; ${error.hint}`
    throw error
  }
}

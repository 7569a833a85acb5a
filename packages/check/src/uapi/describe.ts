import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { exists, run } from '@kseries/host'
import {
  ABIS,
  type AbiDescription,
  type AbiName,
  CompilerMissing,
  describeAbi,
  findCompiler,
} from '@kseries/uapi-headers'
import pMap from 'p-map'
import { sandboxed } from '../sandbox/sandbox.ts'
import type { Batches } from './batches.ts'
import type { HeaderTree } from './header-tree.ts'

/** What the headers of one commit say. */
export interface Described {
  /** None where a compiler is missing. */
  readonly abis: ReadonlyMap<AbiName, AbiDescription>
  /** Headers that no program can include for themselves, with the compiler's words. */
  readonly rejected: ReadonlyMap<string, string>
}

export interface DescribeJob {
  readonly isSandboxed: boolean
  readonly signal?: AbortSignal | undefined
  readonly onMissing: (error: CompilerMissing) => void
  readonly batches: Batches
}

/**
 * Describes headers for each ABI there is a compiler for, as the tree has them now.
 * @param includes - by ABI: a header below arch/ is that of its own architecture.
 */
export const describeHeaders = async (
  tree: HeaderTree,
  includes: ReadonlyMap<AbiName, ReadonlySet<string>>,
  { isSandboxed, signal, onMissing, batches }: DescribeJob,
): Promise<Described> => {
  const there: AbiName[] = []
  for (const abi of includes.keys()) if (await hasCompiler(abi, onMissing)) there.push(abi)
  const exported = new Map<string, string>()
  for (const arch of new Set(there.map(abi => ABIS[abi].makeArch))) exported.set(arch, await tree.exportFor(arch))
  const dummies = (await exists(tree.dummies)) ? [tree.dummies] : []
  const rejected = new Map<string, string>()
  const describeOne = async (abi: AbiName) => {
    const headers = exported.get(ABIS[abi].makeArch) ?? ''
    const runIn = isSandboxed
      ? (folder: string) => sandboxed({ readable: [headers, ...dummies], writable: [folder] })
      : () => run
    const found: string[] = []
    for (const name of includes.get(abi) ?? []) if (await exists(join(headers, name))) found.push(name)
    const description = await batches.describe(
      found,
      headers,
      its => describeAbi({ headers, includes: its, includeDirs: dummies, abi, signal, runIn }),
      (name, words) => rejected.set(name, words),
    )
    return [abi, description] as const
  }
  const abis = await pMap(there, describeOne, { concurrency: availableParallelism(), ...(signal && { signal }) })
  return { abis: new Map(abis), rejected }
}

const hasCompiler = async (abi: AbiName, onMissing: DescribeJob['onMissing']): Promise<boolean> => {
  try {
    await findCompiler({ abi })
    return true
  } catch (error) {
    if (!(error instanceof CompilerMissing)) throw error
    onMissing(error)
    return false
  }
}

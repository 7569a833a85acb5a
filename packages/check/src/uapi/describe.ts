import { join } from 'node:path'
import { exists, run } from '@kseries/host'
import {
  ABIS,
  type AbiDescription,
  type AbiName,
  CompilerMissing,
  describeAbi,
  findCompiler,
  HeadersRejected,
} from '@kseries/uapi-headers'
import { sandboxed } from '../sandbox/sandbox.ts'
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
}

/**
 * Describes headers for each ABI there is a compiler for, as the tree has them now.
 * @param includes - by ABI: a header below arch/ is that of its own architecture.
 */
export const describeHeaders = async (
  tree: HeaderTree,
  includes: ReadonlyMap<AbiName, ReadonlySet<string>>,
  { isSandboxed, signal, onMissing }: DescribeJob,
): Promise<Described> => {
  const abis = new Map<AbiName, AbiDescription>()
  const rejected = new Map<string, string>()
  const exported = new Map<string, string>()
  for (const [abi, names] of includes) {
    if (!(await hasCompiler(abi, onMissing))) continue
    const arch = ABIS[abi].makeArch
    const headers = exported.get(arch) ?? (await tree.exportFor(arch))
    exported.set(arch, headers)
    const dummies = (await exists(tree.dummies)) ? [tree.dummies] : []
    const runIn = isSandboxed
      ? (folder: string) => sandboxed({ readable: [headers, ...dummies], writable: [folder] })
      : () => run
    const describe = (its: readonly string[]) =>
      describeAbi({ headers, includes: its, includeDirs: dummies, abi, signal, runIn })
    const found = []
    for (const name of names) if (await exists(join(headers, name))) found.push(name)
    abis.set(abi, await describeAccepted(found, describe, rejected))
  }
  return { abis, rejected }
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

/** One that does not compile must not hide the others: they are halved until it is alone. */
const describeAccepted = async (
  names: readonly string[],
  describe: (names: readonly string[]) => Promise<AbiDescription>,
  rejected: Map<string, string>,
): Promise<AbiDescription> => {
  try {
    return await describe(names)
  } catch (error) {
    const [only = ''] = names
    if (!(error instanceof HeadersRejected) || names.length === 0) throw error
    if (names.length === 1) {
      rejected.set(only, error.errors[0]?.message ?? error.message)
      return await describe([])
    }
    const middle = names.length >> 1
    return together([
      await describeAccepted(names.slice(0, middle), describe, rejected),
      await describeAccepted(names.slice(middle), describe, rejected),
    ])
  }
}

const together = (each: readonly AbiDescription[]): AbiDescription => {
  const [first, ...others] = each
  if (!first) throw new TypeError('Cannot put no descriptions together')
  return others.reduce(
    (all, one) => ({
      ...all,
      records: { ...all.records, ...one.records },
      constants: { ...all.constants, ...one.constants },
    }),
    first,
  )
}

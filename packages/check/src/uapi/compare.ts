import { ABIS, type AbiName } from '@kseries/uapi-headers'
import { identityOf, newProblems, type Problem } from '../model/finding.ts'
import type { FileChange } from '../text/changes.ts'
import { breaksBetween } from './breaks.ts'
import type { Described } from './describe.ts'
import type { Flaw } from './flaw.ts'
import { flawsOf, widthFlaws } from './flaws.ts'
import { headerOf } from './touched.ts'

/** The ABI of 32 bits that a kernel of each has for programs. */
const pairs = [
  ['x86_64', 'i386'],
  ['arm64', 'arm'],
] as const

/** What a commit does to the interface: from what its headers said before, and what they say after it. */
export const compareHeaders = (
  before: Described,
  after: Described,
  changes: readonly FileChange[],
): readonly Problem[] => {
  const touched = new Set(changes.flatMap(({ path }) => headerOf(path)?.name ?? []))
  const perAbi = [...after.abis].map(([abi, now]) => {
    const was = before.abis.get(abi)
    const old = was ? flawsOf(was, touched) : []
    const broken = was ? breaksBetween(was, now, comparable(touched, before, after)) : []
    return [abi, [...broken, ...newProblems(old, flawsOf(now, touched))]] as const
  })
  const between = pairs.flatMap(([wide, narrow]) => {
    const flaws = ({ abis }: Described) => {
      const [a, b] = [abis.get(wide), abis.get(narrow)]
      return a && b ? widthFlaws(a, b, touched) : []
    }
    // One field that has another size moves all behind it.
    const said = new Set<string | undefined>()
    return newProblems(flaws(before), flaws(after)).filter(({ symbol }) => !said.has(symbol) && said.add(symbol))
  })
  const rejected = [...after.rejected]
    .filter(([header]) => !before.rejected.has(header))
    .map(
      ([header, words]): Flaw => ({
        tool: 'uapi',
        header,
        text: `no program can include it for itself: ${words}`,
        blocks: true,
      }),
    )
  return [...merge(perAbi), ...between, ...rejected].map(flaw => place(flaw, changes))
}

/** A header that could not be read, on one side or the other, says nothing of what went. */
const comparable = (touched: ReadonlySet<string>, before: Described, after: Described): ReadonlySet<string> =>
  new Set([...touched].filter(name => !before.rejected.has(name) && !after.rejected.has(name)))

/** What is so everywhere is said once; `config` says where, if not. */
const merge = (perAbi: readonly (readonly [AbiName, readonly Flaw[]])[]): Flaw[] => {
  const all = perAbi.flatMap(([abi, flaws]) => flaws.map(flaw => ({ abi, flaw })))
  return [...Map.groupBy(all, ({ flaw }) => identityOf(flaw)).values()].flatMap(same => {
    const [first] = same
    if (!first) return []
    const abis = [...new Set(same.map(({ abi }) => abi))]
    return [abis.length === perAbi.length ? first.flaw : { ...first.flaw, config: abis.join(', ') }]
  })
}

/** The header in the tree, and the line that has the name. */
const place = ({ header, ...problem }: Flaw, changes: readonly FileChange[]): Problem => {
  const change = changes.find(({ path }) => {
    const found = headerOf(path)
    return found?.name === header && (found.arch === undefined || inArch(problem.config, found.arch))
  })
  if (!change) return problem
  const { path, after } = change
  const name = problem.symbol?.split(' ').at(-1)
  const line = name === undefined ? 0 : after.split('\n').findIndex(text => definition(name).test(text)) + 1
  return { ...problem, file: path, ...(line > 0 && { line }) }
}

const inArch = (config: string | undefined, arch: string): boolean =>
  config === undefined || config.split(', ').some(abi => ABIS[abi as AbiName].makeArch === arch)

const definition = (name: string) =>
  new RegExp(`(struct|union)\\s+${name}\\s*\\{|#\\s*define\\s+${name}\\b|^\\s*${name}\\b|^\\s*\\}\\s*${name}\\s*;`)

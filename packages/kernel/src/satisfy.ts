import type { Arch } from './arch.ts'
import { ARCHES } from './arch.ts'
import { type ConfigureJob, makeConfig } from './configure.ts'
import type { ConfigOption } from './fragment.ts'
import { type Definition, findDefinitions, findSelectors } from './kconfig.ts'
import { type ConfigValues, type Expression, evaluate, parseExpression } from './kconfig-expression.ts'

/** Each round may uncover the next dependency; the kernel's chains are shorter. */
const ROUNDS = 8

/**
 * Turns on what options need, as far as their `depends on` can be read: of an `or` what is cheapest to have, COMPILE_TEST first.
 * @param names - options to have, without CONFIG_.
 * @param job - the configuration they are to be had in; its build folder is used.
 * @returns wishes that makeConfig() takes on top of `job.options`: the options themselves and what they need.
 */
export const completeWishes = async (job: ConfigureJob, names: readonly string[]): Promise<ConfigOption[]> => {
  const wishes = new Map(names.map(name => [name, wish(name, 'y')]))
  const firm = new Set(job.options.map(({ name }) => name))
  for (let round = 0; round < ROUNDS; round++) {
    const options = [...job.options, ...wishes.values()]
    const values = await makeConfig({ ...job, options })
    const lost = [...wishes.values()].filter(({ name, value }) => value !== 'n' && !values.has(name))
    const before = wishes.size
    for (const { name } of lost) {
      for (const [needed, value] of await needsOf(job, name, values))
        if (!wishes.has(needed) && !firm.has(needed)) wishes.set(needed, wish(needed, value))
    }
    if (wishes.size === before) break
  }
  return [...wishes.values()]
}

const wish = (name: string, value: string): ConfigOption => ({ name, value, file: 'the diff', line: 0, wish: true })

type Assignments = ReadonlyMap<string, 'y' | 'n'>

const needsOf = async ({ workTree, arch, signal }: ConfigureJob, name: string, values: ConfigValues) => {
  const tree = { path: workTree.path, srcArch: srcArchOf(arch), signal }
  const definitions = await findDefinitions(tree, name)
  for (const { conditions, prompt } of definitions.toSorted(byPrompt)) {
    const needed = conditions.map(text => {
      const expression = parseExpression(text)
      return expression ? satisfy(expression, values, true) : new Map<string, 'y' | 'n'>()
    })
    if (needed.some(one => one === undefined)) continue
    const all = new Map(needed.flatMap(one => [...(one ?? [])]))
    if (all.size > 0) return all
    if (!prompt) {
      // Only a select turns it on.
      const [selector] = await findSelectors(tree, name)
      return new Map<string, 'y' | 'n'>(selector === undefined ? [] : [[selector, 'y']])
    }
  }
  return new Map<string, 'y' | 'n'>()
}

const srcArchOf = (arch: Arch) => ARCHES[arch].srcArch

const byPrompt = (a: Definition, b: Definition) => Number(b.prompt) - Number(a.prompt)

/** What to set so that the expression holds, or does not; undefined if that cannot be told or had. */
export const satisfy = (expression: Expression, values: ConfigValues, wanted: boolean): Assignments | undefined => {
  if (evaluate(expression, values) > 0 === wanted) return new Map()
  switch (expression.kind) {
    case 'symbol':
      // Architectures and what they have cannot be chosen.
      if (wanted && /^(ARCH_|HAVE_|ARM|ARM64|X86|PPC|RISCV|S390|MIPS|SPARC|BROKEN$)/.test(expression.name))
        return undefined
      return new Map([[expression.name, wanted ? 'y' : 'n']])
    case 'not':
      return satisfy(expression.of, values, !wanted)
    case 'and':
    case 'or': {
      const left = satisfy(expression.left, values, wanted)
      const right = satisfy(expression.right, values, wanted)
      if ((expression.kind === 'and') === wanted) return left && right && new Map([...left, ...right])
      if (left?.has('COMPILE_TEST') || !right) return left
      if (right.has('COMPILE_TEST') || !left) return right
      return left.size <= right.size ? left : right
    }
    case 'compare': {
      const { left, right, operator } = expression
      if (left.kind !== 'symbol' || right.kind !== 'literal' || !/^[yn]$/.test(right.value)) return undefined
      const isOn = (right.value === 'y') === ((operator === '=') === wanted)
      return operator === '=' || operator === '!=' ? new Map([[left.name, isOn ? 'y' : 'n']]) : undefined
    }
    case 'literal':
    case 'macro':
      return undefined
  }
}

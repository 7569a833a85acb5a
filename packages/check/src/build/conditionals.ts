/** A branch of conditional compilation: from #if, #elif or #else to what ends it. */
export interface Branch {
  /** As it is written: '#ifdef CONFIG_X', '#else of #ifdef CONFIG_X'. */
  readonly condition: string
  /** Lines with code, from 1, that are in it and in no branch inside of it. */
  readonly lines: readonly number[]
  /** Options that are to be on for it and for those around it, without CONFIG_, as far as the conditions name them. */
  readonly options: readonly string[]
}

/**
 * The branches of a C file that have code of their own. What keeps a header from being read twice is none, nor is what only other
 * compilers than the kernel's see.
 */
export const branchesOf = (text: string): Branch[] => {
  const lines = directivesAndCode(text)
  const found: Open[] = []
  const open: Open[] = []
  for (const [index, { line, code, verb, rest }] of lines.entries()) {
    const top = open.at(-1)
    if (verb === undefined) {
      if (code) open.findLast(({ isOne }) => isOne)?.lines.push(line)
    } else if (verb === 'endif') open.pop()
    else if (verb.startsWith('el')) {
      if (!top) continue
      open.pop()
      const condition = verb === 'else' ? `#else of ${top.first}` : `#${verb} ${rest}`
      const options = verb === 'else' ? top.optionsOtherwise : optionsOf(verb, rest).on
      open.push(begin(open, { condition, first: top.first, isOne: top.isOne, optionsOtherwise: [] }, options))
    } else if (verb.startsWith('if')) {
      const condition = `#${verb} ${rest}`
      const next = lines.slice(index + 1).find(other => other.verb !== undefined)
      const isGuard = next?.verb === 'define' && new RegExp(`\\b${/^\w+/.exec(next.rest)?.[0]}\\b`).test(rest)
      const isOne = !isGuard && !/\b(__cplusplus|__ASSEMBL(Y|ER)__|__KERNEL__)\b/.test(rest)
      const { on, off } = optionsOf(verb, rest)
      open.push(
        begin(open, { condition, first: condition, isOne, optionsOtherwise: /&&|\|\|/.test(rest) ? [] : off }, on),
      )
    }
    const last = open.at(-1)
    if (last && !found.includes(last)) found.push(last)
  }
  return found
    .filter(branch => branch.isOne && branch.lines.length > 0)
    .map(({ condition, lines: its, options }) => ({ condition, lines: its, options }))
}

interface Open {
  readonly condition: string
  /** The #if that its branches begin with. */
  readonly first: string
  /** Whether its code is counted for it, not for what is around it. */
  readonly isOne: boolean
  readonly lines: number[]
  readonly options: readonly string[]
  /** Those that an #else behind it wants on. */
  readonly optionsOtherwise: readonly string[]
}

const begin = (
  around: readonly Open[],
  branch: Pick<Open, 'condition' | 'first' | 'isOne' | 'optionsOtherwise'>,
  options: readonly string[],
): Open => ({ ...branch, lines: [], options: [...new Set([...(around.at(-1)?.options ?? []), ...options])] })

/** Those that a condition wants on, and those that it wants off. */
const optionsOf = (verb: string, condition: string): { readonly on: string[]; readonly off: string[] } => {
  const names = [...condition.matchAll(/(!\s*(?:defined\s*\(?\s*|IS_[A-Z]+\s*\(\s*)?)?\bCONFIG_(\w+)/g)].map(
    ([, not, name = '']) => ({ name, isOn: (not === undefined) !== verb.endsWith('ndef') }),
  )
  return {
    on: names.filter(({ isOn }) => isOn).map(({ name }) => name),
    off: names.filter(({ isOn }) => !isOn).map(({ name }) => name),
  }
}

interface Line {
  readonly line: number
  /** Whether the compiler sees something of it, unless a branch that it is in is left out. */
  readonly code: boolean
  /** Of a directive, which may go on over the lines behind it. */
  readonly verb?: string
  readonly rest: string
}

const directivesAndCode = (text: string): Line[] => {
  const lines = withoutComments(text).split('\n')
  const found: Line[] = []
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1
    const [, verb, first = ''] = /^\s*#\s*(\w+)\s*(.*)$/.exec(lines[index] ?? '') ?? []
    if (verb === undefined) {
      found.push({ line, code: (lines[index] ?? '').trim() !== '', rest: '' })
      continue
    }
    let rest = first
    while (rest.endsWith('\\')) rest = `${rest.slice(0, -1).trim()} ${(lines[++index] ?? '').trim()}`
    found.push({ line, code: false, verb, rest: rest.trim() })
  }
  return found
}

/** With as many lines. */
const withoutComments = (text: string): string =>
  text.replaceAll(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\*[^]*?\*\/|\/\/.*$/gm, found =>
    found.startsWith('/') ? found.replaceAll(/[^\n]/g, ' ') : found,
  )

/** A Kconfig expression, see Documentation/kbuild/kconfig-language.rst of the kernel. */
export type Expression =
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: string }
  /** `$(cc-option,…)` and the like: what it gives cannot be told from the .config. */
  | { readonly kind: 'macro'; readonly text: string }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: Expression; readonly right: Expression }

/** Values of a configuration by name without `CONFIG_`; what is not in it is off. */
export type ConfigValues = ReadonlyMap<string, string>

/**
 * Parses an expression as it stands behind `depends on`.
 * @returns undefined for text that is none.
 */
export const parseExpression = (text: string): Expression | undefined => {
  const tokens = text.match(/\$\([^)]*\)|"[^"]*"|'[^']*'|&&|\|\||!=|<=|>=|[!()=<>]|[\w$.-]+/g) ?? []
  let at = 0
  const take = (...wanted: readonly string[]) => (wanted.includes(tokens[at] ?? '') ? tokens[at++] : undefined)
  const or = (): Expression | undefined => chain('or', '||', and)
  const and = (): Expression | undefined => chain('and', '&&', unary)
  const chain = (kind: 'and' | 'or', operator: string, next: () => Expression | undefined) => {
    let left = next()
    while (left && take(operator)) {
      const right = next()
      left = right && { kind, left, right }
    }
    return left
  }
  const unary = (): Expression | undefined => {
    if (take('!')) {
      const of = unary()
      return of && { kind: 'not', of }
    }
    if (take('(')) {
      const inner = or()
      return take(')') ? inner : undefined
    }
    const left = leaf()
    const operator = left && take('=', '!=', '<', '>', '<=', '>=')
    if (!left || !operator) return left
    const right = leaf()
    return right && { kind: 'compare', operator, left, right }
  }
  const leaf = (): Expression | undefined => {
    const token = tokens[at]
    if (token === undefined || /^([!()=<>]|&&|\|\||[!<>]=)$/.test(token)) return undefined
    at++
    if (token.startsWith('$')) return { kind: 'macro', text: token }
    if (/^["']/.test(token)) return { kind: 'literal', value: token.slice(1, -1) }
    if (/^([ymn]|-?\d+|0x[\da-fA-F]+)$/.test(token)) return { kind: 'literal', value: token }
    return { kind: 'symbol', name: token }
  }
  const whole = or()
  return at === tokens.length ? whole : undefined
}

/** 0 is off, 1 module, 2 on. */
export const evaluate = (expression: Expression, values: ConfigValues): 0 | 1 | 2 => {
  switch (expression.kind) {
    case 'symbol':
    case 'literal':
      return { y: 2, m: 1 }[valueOf(expression, values)] === 2 ? 2 : valueOf(expression, values) === 'm' ? 1 : 0
    case 'macro':
      return 2
    case 'not':
      return (2 - evaluate(expression.of, values)) as 0 | 1 | 2
    case 'and':
      return Math.min(evaluate(expression.left, values), evaluate(expression.right, values)) as 0 | 1 | 2
    case 'or':
      return Math.max(evaluate(expression.left, values), evaluate(expression.right, values)) as 0 | 1 | 2
    case 'compare':
      return compare(expression.operator, valueOf(expression.left, values), valueOf(expression.right, values)) ? 2 : 0
  }
}

/**
 * Why an expression is less than `wanted`, a phrase for each symbol to blame: "NET is off", "SLUB_TINY is on".
 */
export const blame = (expression: Expression, values: ConfigValues, wanted: 1 | 2 = 1): string[] => {
  if (evaluate(expression, values) >= wanted) return []
  switch (expression.kind) {
    case 'symbol':
      return [`${expression.name} is ${values.get(expression.name) === 'm' ? 'a module' : 'off'}`]
    case 'not':
      return expression.of.kind === 'symbol' ? [`${expression.of.name} is on`] : [`'${print(expression.of)}' holds`]
    case 'and':
    case 'or':
      return [...new Set([...blame(expression.left, values, wanted), ...blame(expression.right, values, wanted)])]
    case 'compare':
      return [`${print(expression.left)} is ${valueOf(expression.left, values) || 'not set'}`]
    case 'literal':
    case 'macro':
      return [`${print(expression)} is off`]
  }
}

const print = (expression: Expression): string => {
  switch (expression.kind) {
    case 'symbol':
      return expression.name
    case 'literal':
      return expression.value
    case 'macro':
      return expression.text
    case 'not':
      return `!${print(expression.of)}`
    case 'and':
      return `${print(expression.left)} && ${print(expression.right)}`
    case 'or':
      return `(${print(expression.left)} || ${print(expression.right)})`
    case 'compare':
      return `${print(expression.left)}${expression.operator}${print(expression.right)}`
  }
}

const valueOf = (expression: Expression, values: ConfigValues): string => {
  switch (expression.kind) {
    case 'symbol':
      return (values.get(expression.name) ?? 'n').replace(/^"(.*)"$/, '$1')
    case 'literal':
      return expression.value
    default:
      return ''
  }
}

const compare = (operator: string, left: string, right: string): boolean => {
  const order =
    Number.isNaN(Number(left)) || Number.isNaN(Number(right)) ? left.localeCompare(right) : Number(left) - Number(right)
  switch (operator) {
    case '=':
      return left === right
    case '!=':
      return left !== right
    case '<':
      return order < 0
    case '>':
      return order > 0
    case '<=':
      return order <= 0
    default:
      return order >= 0
  }
}

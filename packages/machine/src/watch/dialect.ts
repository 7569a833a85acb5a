import { type PrintkLine, parsePrintkLine } from './printk-line.ts'
import { type Rule, ruleFor } from './rules.ts'
import { parseSecureLine, secureRuleFor } from './secure-world.ts'

/** How those who speak on a console do it. */
export interface Dialect {
  parse(line: string): PrintkLine
  /** The rule that a message begins a report by, if any. */
  ruleFor(message: string): Rule | undefined
  /** Whether "cut here", lines of "=" and stacks alone begin reports, too. */
  readonly hasBlocks: boolean
}

/** Linux. */
export const kernelDialect: Dialect = { parse: parsePrintkLine, ruleFor, hasBlocks: true }

/** OP-TEE and TF-A. */
export const secureDialect: Dialect = { parse: parseSecureLine, ruleFor: secureRuleFor, hasBlocks: false }

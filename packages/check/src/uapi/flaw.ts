import type { RecordLayout } from '@kseries/uapi-headers'
import type { Problem } from '../model/finding.ts'

/** What is wrong with something that a header says to user space. */
export interface Flaw extends Problem {
  /** As one writes it in #include. */
  readonly header: string
}

export const flawOf = (where: { symbol: string; header: string }, text: string, blocks = true): Flaw => ({
  tool: 'uapi',
  text,
  blocks,
  ...where,
})

export const ofRecord = ({ c, header }: RecordLayout) => ({ symbol: c, header })

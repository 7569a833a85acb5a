/** A hunk, on the text as it is when its turn comes. */
export interface Change {
  readonly file: string
  readonly text: string
  /** Of the text. */
  readonly lines: readonly string[]
  /** The line, from 0, before or from which lines change. */
  readonly start: number
  /** How many lines go away. */
  readonly count: number
  readonly added: readonly string[]
}

/** Where in the text the change begins. */
export const offsetOf = ({ lines, start }: Change): number => lines.slice(0, start).join('').length

/** Whether a file has functions and structs to look into. */
export const isC = (file: string): boolean => /\.[chS]$/.test(file)

import type { Problem } from '../model/finding.ts'
import type { TextCheck } from './bench.ts'
import type { FileChange } from './changes.ts'

/** Added #include lines that are there twice, or out of the order that their neighbours keep. */
export const includes: TextCheck = {
  tools: ['includes'],
  look: async ({ changes }) => changes.filter(({ path }) => /\.[chS]$/.test(path)).flatMap(includeProblems),
}

interface Include {
  readonly line: number
  readonly name: string
  readonly isAdded: boolean
}

export const includeProblems = ({ path, after, added }: Pick<FileChange, 'path' | 'after' | 'added'>): Problem[] => {
  const isNew = new Set(added.map(({ line }) => line))
  const blocks = blocksOf(after, isNew)
  const all = blocks.flat()
  return [
    ...all.flatMap((one, at): Problem[] =>
      all.some((other, where) => other.name === one.name && (where < at || (!other.isAdded && where > at))) &&
      one.isAdded
        ? [{ tool: 'includes', file: path, line: one.line, text: `${one.name} is included twice`, blocks: true }]
        : [],
    ),
    ...blocks.flatMap(block => orderProblems(path, block)),
  ]
}

/** Runs of includes of one kind, with nothing between them: between others order may matter. Conditional ones stand apart. */
const blocksOf = (text: string, isNew: ReadonlySet<number>): Include[][] => {
  const blocks: Include[][] = []
  let kind = ''
  for (const [index, line] of text.split('\n').entries()) {
    const name = /^#\s*include\s+(<[^>]+>|"[^"]+")/.exec(line)?.[1]
    const its = name === undefined ? '' : `${name[0]}${/^<(\w+)\//.exec(name)?.[1] ?? ''}`
    if (name !== undefined) {
      if (its !== kind) blocks.push([])
      blocks.at(-1)?.push({ line: index + 1, name, isAdded: isNew.has(index + 1) })
    }
    kind = its
  }
  return blocks
}

const orderProblems = (file: string, block: readonly Include[]): Problem[] => {
  const old = block.filter(({ isAdded }) => !isAdded)
  // Where the others keep no order there is none to keep.
  if (!isSorted(old)) return []
  return block.flatMap((one, at): Problem[] => {
    const before = block[at - 1]
    const after = block[at + 1]
    const isLate = before !== undefined && before.name > one.name
    const isEarly = after !== undefined && !after.isAdded && after.name < one.name
    return one.isAdded && (isLate || isEarly)
      ? [{ tool: 'includes', file, line: one.line, text: `${one.name} is out of order`, blocks: false }]
      : []
  })
}

const isSorted = (block: readonly Include[]) =>
  block.every(({ name }, at) => at === 0 || (block[at - 1]?.name ?? '') <= name)

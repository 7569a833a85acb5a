import { readFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { anchored } from '../model/anchored.ts'
import type { Problem } from '../model/finding.ts'
import { unqualified } from './sparse.ts'

/** smatch is made of sparse, and knows of __typeof_unqual__ as much. Without --succeed make stops at what it finds. */
export const smatchCommand = (program: string): string => `${program} -p=kernel --succeed ${unqualified}`

/**
 * Reads smatch's `file:line function() warn: text`. A warn is a guess, an error is none. What it cannot parse, and sparse's words that it
 * repeats, are no findings.
 */
export const readSmatch = async (
  lines: readonly string[],
  source: string,
  output: string,
): Promise<readonly Problem[]> => {
  const texts = new Map<string, string>()
  const problems: Problem[] = []
  for (const said of new Set(lines)) {
    const [, path, line, symbol = '', kind, text = ''] =
      /^(\S+?):(\d+) (\S*?)\(\) (?:\[smatch\.\w+\] )?(warn|error): (.*)$/.exec(said) ?? []
    if (path === undefined) continue
    const file = relative(source, resolve(output, path))
    const code = texts.get(file) ?? (await readFile(join(source, file), 'utf8').catch(() => ''))
    texts.set(file, code)
    problems.push({
      tool: 'smatch',
      file,
      line: Number(line),
      ...(/^\w+$/.test(symbol) && { symbol }),
      text: anchored(text, code),
      blocks: kind === 'error',
    })
  }
  return problems
}

import { treePath } from '@kseries/kernel'
import { sourceOf } from './state.ts'

/**
 * What was said while each C file was compiled or checked. With --output-sync=target, what a recipe says stands behind its line
 * ("  CC  x.o", "  CHECK  x.c"), whatever else runs.
 * @param lines - of make.
 * @param source - the tree.
 * @param output - O=
 */
export const saidBySource = (
  lines: readonly string[],
  source: string,
  output: string,
): ReadonlyMap<string, readonly string[]> => {
  const inTree = treePath(source, output)
  const said = new Map<string, string[]>()
  let its: string[] | undefined
  for (const line of lines) {
    const [, verb, name = ''] = /^ {2}([A-Z][A-Z0-9_]*)(?: \[M\])?\s+(\S+)/.exec(line) ?? []
    if (verb !== undefined) {
      const path = verb === 'CHECK' ? inTree(name) : sourceOf(name)
      its = said.get(path) ?? []
      said.set(path, its)
    }
    its?.push(line)
  }
  return said
}

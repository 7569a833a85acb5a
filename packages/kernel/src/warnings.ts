import { treePath } from './make.ts'

/** What a compiler, sparse, objtool, modpost or Kconfig warns of. */
export interface BuildWarning {
  readonly tool: 'gcc' | 'sparse' | 'objtool' | 'modpost' | 'kconfig'
  /** Relative to the tree, or the name of an object. */
  readonly file: string
  readonly line?: number
  /** The function it is in. */
  readonly symbol?: string
  /** Without the flag. */
  readonly text: string
  /** '-Wunused-variable' */
  readonly flag?: string
  /** The object that was being made, below O=; none for what is not of one. */
  readonly object?: string
  /** sparse calls some of what it finds errors; make does not stop for it. */
  readonly isError?: true
}

/** What a run of make did, and what was said meanwhile. */
export interface MakeOutput {
  readonly warnings: readonly BuildWarning[]
  /** What was made: objects, and whatever else stands behind a verb. */
  readonly made: readonly string[]
}

/**
 * Picks the warnings out of make's output. With --output-sync=target, what a recipe says stands behind its line ("  CC  x.o"),
 * whatever else runs.
 */
export const parseWarnings = (lines: readonly string[], source: string, output: string): MakeOutput => {
  const inTree = treePath(source, output)
  const found: BuildWarning[] = []
  const made = new Set<string>()
  let object: string | undefined
  let isChecking = false
  let around: { file: string; symbol: string } | undefined
  for (const line of lines) {
    const step = /^ {2}([A-Z][A-Z0-9_]*)(?: \[M\])?\s+(\S+)/.exec(line)
    if (step) {
      isChecking = step[1] === 'CHECK'
      // CHECK names the source, and belongs to the object before it.
      if (!isChecking) {
        object = step[2] ?? ''
        made.add(object)
      }
      around = undefined
      continue
    }
    const inFunction = /^(\S[^:]*): In function '([^']+)':$/.exec(line)
    if (inFunction) around = { file: inFunction[1] ?? '', symbol: inFunction[2] ?? '' }
    else if (/^\S[^:]*: At top level:$/.test(line)) around = undefined
    const its = { ...(object !== undefined && { object }) }
    const objtool =
      /^(\S+\.o): warning: objtool: (?:([\w.]+?)(?:\.(?:isra|part|constprop|cold)[\w.]*)?(?:\+0x[\da-f]+)?(?:\(\))?: )?(.*)$/.exec(
        line,
      )
    if (objtool) {
      const [, file = '', symbol, text = ''] = objtool
      found.push({ tool: 'objtool', file: inTree(file), ...(symbol && { symbol }), text, ...its })
      continue
    }
    const compiler = /^(\S[^:]*):(\d+):(?:\d+:)? ?(warning|error): (.*?)(?: \[(-W[^\]]+)\])?$/.exec(line)
    if (compiler) {
      const [, file = '', at, kind, text = '', flag] = compiler
      // gcc's errors are parseBuildErrors()'s.
      if (kind === 'error' && !isChecking) continue
      const isKconfig = /Kconfig[^/]*$/.test(file)
      const symbol = around?.file === file ? around.symbol : undefined
      found.push({
        tool: isKconfig ? 'kconfig' : isChecking ? 'sparse' : 'gcc',
        file: inTree(file),
        line: Number(at),
        ...(symbol !== undefined && { symbol }),
        text,
        ...(flag && { flag }),
        ...(kind === 'error' && { isError: true as const }),
        ...(isKconfig ? {} : its),
      })
      continue
    }
    const modpost = /^WARNING: modpost: (?:(\S+?): )?(.*)$/.exec(line)
    if (modpost) found.push({ tool: 'modpost', file: modpost[1] ?? '', text: modpost[2] ?? '', ...its })
    const unmet = /^WARNING: unmet direct dependencies detected for (\w+)/.exec(line)
    if (unmet)
      found.push({
        tool: 'kconfig',
        file: 'Kconfig',
        symbol: unmet[1] ?? '',
        text: 'it is selected while its dependencies are not met',
      })
  }
  return { warnings: found, made: [...made] }
}

import { join } from 'node:path'
import { exists, type RunResult } from '@kseries/host'
import { newProblems, type Problem } from '../model/finding.ts'
import type { Bench, TextCheck } from './bench.ts'
import { surroundings } from './checkpatch.ts'

/** Debian's own comes first: others have been seen that lack modules. */
const python = '/usr/bin/python3'

/** kernel-doc -none of the base on the touched C files, before and after: what is new. */
export const kernelDoc: TextCheck = {
  tools: ['kernel-doc'],
  look: async bench => {
    const files = bench.changes.filter(({ path, kind }) => kind !== 'D' && /\.[ch]$/.test(path))
    const after = await look(
      bench,
      bench.root,
      files.map(({ path }) => path),
    )
    // Nothing to compare: saves a run.
    if (after.length === 0) return []
    const old = files.filter(({ kind }) => kind === 'M').map(({ path }) => path)
    return newProblems(await look(bench, bench.before, old), after)
  },
}

const look = async (bench: Bench, folder: string, files: readonly string[]): Promise<Problem[]> => {
  if (files.length === 0) return []
  const command = await commandOf(bench.root)
  if (!command) return []
  const [program, ...args] = command
  const result = await bench.run(program, [...args, '-none', ...files], {
    ...surroundings(bench),
    cwd: folder,
    // It counts its warnings in its exit status.
    okCodes: Array.from({ length: 128 }, (_, code) => code),
    env: { ...surroundings(bench).env, PYTHONDONTWRITEBYTECODE: '1' },
  })
  return parseKernelDoc(result)
}

/** Since 6.19 it is Python, under tools/docs; before, Perl or Python under scripts. */
const commandOf = async (root: string): Promise<[string, ...string[]] | undefined> => {
  for (const path of ['tools/docs/kernel-doc', 'scripts/kernel-doc.py', 'scripts/kernel-doc'])
    if (await exists(join(root, path)))
      return [path === 'scripts/kernel-doc' ? '/usr/bin/perl' : python, join(root, path)]
  return undefined
}

/** Reads `Warning: file:line text`, as kernel-doc of either language says it. */
export const parseKernelDoc = ({ stdout, stderr }: Pick<RunResult, 'stdout' | 'stderr'>): Problem[] =>
  [...new Set(`${stdout}\n${stderr}`.split('\n'))].flatMap((entry): Problem[] => {
    const match =
      /^(?:Warning|Error|WARNING|ERROR):? ((?:[\w.+-]+\/)*[\w.+-]+\.[chS]):(\d+):? (.*)$/.exec(entry) ??
      /^((?:[\w.+-]+\/)*[\w.+-]+\.[chS]):(\d+): (?:warning|error): (.*)$/.exec(entry)
    if (!match) return []
    const [, file = '', line, text = ''] = match
    const symbol = /'(\w+)'\s*$/.exec(text)?.[1]
    return [{ tool: 'kernel-doc', file, line: Number(line), ...(symbol && { symbol }), text, blocks: true }]
  })

import { join } from 'node:path'
import { exists } from '@kseries/host'
import type { Problem } from '../model/finding.ts'
import type { TextCheck } from './bench.ts'
import { surroundings } from './checkpatch.ts'

/**
 * There is somebody to send the commit to, other than the list that gets everything. scripts/get_maintainer.pl, which takes a second,
 * is asked only where no record names one of the files.
 */
export const getMaintainer: TextCheck = {
  tools: ['get-maintainer'],
  look: async bench => {
    const records = recordsOf(bench.maintainers).filter(({ hasPerson }) => hasPerson)
    if (bench.changes.some(({ path }) => records.some(record => covers(record, path)))) return []
    if (!(await exists(join(bench.root, 'scripts/get_maintainer.pl')))) return []
    const { stdout, stderr } = await bench.run(
      '/usr/bin/perl',
      ['scripts/get_maintainer.pl', '--nogit', '--nogit-fallback', '--norolestats', '--no-tree', bench.mail],
      { ...surroundings(bench), okCodes: [0, 1, 2, 255] },
    )
    const found = stdout
      .split('\n')
      .filter(line => line.includes('@') && !line.includes('linux-kernel@vger.kernel.org'))
    if (found.length > 0) return []
    const words = stderr.trim().split('\n')[0]
    const text = `it finds nobody to send this to${words ? `: ${words}` : ''}`
    return [{ tool: 'get-maintainer', text, blocks: true }]
  },
}

/** Each new file is in a record of MAINTAINERS, at the latest at the end of the series. */
export const coverage: TextCheck = {
  tools: ['maintainers'],
  look: async ({ changes, maintainers }) => {
    const records = recordsOf(maintainers)
    return changes
      .filter(({ kind, path }) => kind === 'A' && !records.some(record => covers(record, path)))
      .map(
        ({ path }): Problem => ({
          tool: 'maintainers',
          file: path,
          text: 'no record of MAINTAINERS covers this new file',
          blocks: true,
        }),
      )
  },
}

interface Rules {
  readonly hasPerson: boolean
  readonly files: readonly RegExp[]
  readonly not: readonly RegExp[]
}

/** The patterns of each record but THE REST: F:, X: and N: as the head of MAINTAINERS describes them. */
const recordsOf = (text: string): Rules[] =>
  text
    .split(/\n{2,}/)
    .filter(record => /^[FN]:\s/m.test(record) && !/^\s*THE REST\b/m.test(record))
    .map(record => ({
      hasPerson: /^[MRL]:\s/m.test(record),
      files: [
        ...[...record.matchAll(/^F:\s+(\S+)/gm)].map(([, pattern = '']) => globOf(pattern)),
        ...[...record.matchAll(/^N:\s+(\S+)/gm)].flatMap(([, pattern = '']) => regexOf(pattern)),
      ],
      not: [...record.matchAll(/^X:\s+(\S+)/gm)].map(([, pattern = '']) => globOf(pattern)),
    }))

const covers = ({ files, not }: Rules, path: string): boolean =>
  files.some(pattern => pattern.test(path)) && !not.some(pattern => pattern.test(path))

/** `dir/` is all below it, `dir/*` what is in it and not below; ** is any depth. */
const globOf = (pattern: string): RegExp => {
  const parts = pattern
    .split(/(\*\*|\*|\?)/)
    .map(part => ({ '**': '.*', '*': '[^/]*', '?': '[^/]' })[part] ?? RegExp.escape(part))
  // A folder may be named without its slash.
  return new RegExp(`^${parts.join('')}${pattern.endsWith('/') ? '' : /[*?]/.test(pattern) ? '$' : '(/.*)?$'}`)
}

const regexOf = (pattern: string): RegExp[] => {
  try {
    return [new RegExp(pattern)]
  } catch {
    return []
  }
}

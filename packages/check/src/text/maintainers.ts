import { basename, join } from 'node:path'
import { exists } from '@kseries/host'
import type { Problem } from '../model/finding.ts'
import { aside, getMaintainerScript, type TextCheck } from './bench.ts'
import { surroundings } from './checkpatch.ts'
import { covers } from './owners.ts'

/**
 * There is somebody to send the commit to, other than the list that gets everything. scripts/get_maintainer.pl, which takes a second,
 * is asked only where no record names one of the files.
 */
export const getMaintainer: TextCheck = {
  tools: ['get-maintainer'],
  look: async bench => {
    const records = bench.owners().filter(({ hasPerson }) => hasPerson)
    if (bench.changes.some(({ path }) => records.some(record => covers(record, path)))) return []
    if (!(await exists(join(bench.root, script)))) return []
    const { stdout, stderr } = await bench.run(
      '/usr/bin/perl',
      [script, '--nogit', '--nogit-fallback', '--norolestats', '--no-tree', bench.mail],
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

const script = join(aside, basename(getMaintainerScript))

/** Each new file is in a record of MAINTAINERS, at the latest at the end of the series. */
export const coverage: TextCheck = {
  tools: ['maintainers'],
  look: async ({ changes, owners }) =>
    changes
      .filter(({ kind, path }) => kind === 'A' && !owners().some(record => covers(record, path)))
      .map(
        ({ path }): Problem => ({
          tool: 'maintainers',
          file: path,
          text: 'no record of MAINTAINERS covers this new file',
          blocks: true,
        }),
      ),
}

/** What checkpatch says of them, which would ask get_maintainer about each file. */
export const obsolete: TextCheck = {
  tools: ['obsolete'],
  look: async ({ changes, owners }) => {
    const records = owners().filter(({ isObsolete }) => isObsolete)
    return changes
      .filter(({ path }) => records.some(record => covers(record, path)))
      .map(({ path }) => ({
        tool: 'obsolete',
        file: path,
        text: 'MAINTAINERS has it as obsolete: no change that need not be',
        blocks: true,
      }))
  },
}

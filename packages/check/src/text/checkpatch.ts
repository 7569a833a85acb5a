import type { Problem } from '../model/finding.ts'
import type { Bench, TextCheck } from './bench.ts'

/** Other checks here say these better, or know what checkpatch cannot: the lines around the patch, the whole series. */
const elsewhere = ['COMMIT_LOG_LONG_LINE', 'MISSING_SIGN_OFF', 'NO_AUTHOR_SIGN_OFF', 'TYPO_SPELLING']

/** scripts/checkpatch.pl --strict of the base; for its --codespell see spelling.ts. */
export const checkpatch: TextCheck = {
  tools: ['checkpatch'],
  look: async bench => {
    const { stdout } = await bench.run(
      '/usr/bin/perl',
      [
        'scripts/checkpatch.pl',
        '--strict',
        '--no-summary',
        '--terse',
        '--showfile',
        '--show-types',
        '--color=never',
        `--ignore=${elsewhere.join(',')}`,
        bench.mail,
      ],
      { ...surroundings(bench), okCodes: [0, 1] },
    )
    return parseCheckpatch(stdout, bench.mail)
  },
}

/** For the tree's scripts: no repository of a folder above, no language. */
export const surroundings = ({ root, signal }: Bench) => ({
  cwd: root,
  signal,
  timeout: 120_000,
  env: { LC_ALL: 'C.UTF-8', GIT_DIR: '/nonexistent', PERL5OPT: undefined },
})

/** Reads `checkpatch --terse --showfile --show-types`: `file:line: LEVEL:TYPE: text`. */
export const parseCheckpatch = (output: string, mail: string): Problem[] =>
  output.split('\n').flatMap((entry): Problem[] => {
    const match = /^(.*?):(\d+)?:? ?(ERROR|WARNING|CHECK):([A-Z_]+): (.*)$/.exec(entry)
    if (!match) return []
    const [, file = '', line, level, type = '', text = ''] = match
    const inTree = file !== '' && file !== mail && line !== undefined
    return [
      {
        tool: 'checkpatch',
        ...(inTree && { file, line: Number(line) }),
        text: `${type}: ${text}`,
        // A CHECK is a matter of taste by checkpatch's own words.
        blocks: level !== 'CHECK',
      },
    ]
  })

import { clangPackage, findCheckers, installedClangs } from '@kseries/check'
import type { Finding } from './doctor.ts'

/** What `kseries check` uses where it is there, and does without. */
export const optionalTools = async (signal?: AbortSignal): Promise<Finding[]> => {
  const [[clang], debian, checkers] = await Promise.all([
    installedClangs(false, signal),
    clangPackage(signal),
    findCheckers(false, signal),
  ])
  const smatch = checkers.find(({ tool }) => tool === 'smatch')
  const isOlder =
    debian !== undefined && Number(debian.replace('clang-', '')) > Number.parseInt(clang?.version ?? '0', 10)
  return [
    {
      what: 'clang',
      state: clang && !isOlder ? 'ok' : 'note',
      found: clang ? `${clang.program} ${clang.version}` : 'none: `kseries check` builds with gcc alone',
      ...(isOlder && {
        remedy: `apt-get install ${debian}, 250 MB; what a kernel takes, its scripts/min-tool-version.sh says`,
      }),
    },
    smatch
      ? { what: 'smatch', state: 'ok', found: smatch.version }
      : {
          what: 'smatch',
          state: 'note',
          found: 'none: `kseries check` does without',
          remedy: 'Debian has no package; build it from https://repo.or.cz/smatch.git, and put it on PATH',
        },
  ]
}

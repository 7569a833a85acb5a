import { clangPackage, findCheckers, installedClangs } from '@kseries/check'
import type { Finding } from './doctor.ts'

/** What `kseries check` uses where it is there, and does without. */
export const optionalTools = async (signal?: AbortSignal): Promise<Finding[]> => {
  const [[clang], checkers] = await Promise.all([installedClangs(false, signal), findCheckers(false, signal)])
  const smatch = checkers.find(({ tool }) => tool === 'smatch')
  return [
    clang
      ? {
          what: 'clang',
          state: 'ok',
          found: `${clang.program} ${clang.version}; a kernel that wants a newer one says so`,
        }
      : {
          what: 'clang',
          state: 'note',
          found: 'none: `kseries check` builds with gcc alone',
          remedy: `apt-get install ${(await clangPackage(signal)) ?? 'clang'}, 250 MB`,
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

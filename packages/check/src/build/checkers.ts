import { stat } from 'node:fs/promises'
import { parseWarnings } from '@kseries/kernel'
import type { Problem } from '../model/finding.ts'
import { programsOnPath, versionOf } from '../model/programs.ts'
import { problemsOfWarnings } from './problems.ts'
import { readSmatch, smatchCommand } from './smatch.ts'
import { sparseCommand } from './sparse.ts'

/** What Kbuild runs on sources beside the compiler. */
export interface Checker {
  readonly tool: 'sparse' | 'smatch'
  /** CHECK= of make. */
  readonly command: string
  readonly version: string
  /** Of this very program: smatch is built of a repository whose version hardly changes. */
  readonly id: string
  /**
   * Picks what it says out of the lines of make.
   * @param source - the tree, whose files are as they were when it ran.
   * @param output - O=
   */
  readonly read: (lines: readonly string[], source: string, output: string) => Promise<readonly Problem[]>
}

/** Those that are installed. */
export const findCheckers = async (isSandboxed: boolean, signal?: AbortSignal): Promise<readonly Checker[]> => {
  const [smatch] = await programsOnPath(/^smatch$/, isSandboxed)
  const [sparseVersion, smatchVersion] = await Promise.all([
    versionOf('sparse', signal),
    smatch === undefined ? undefined : versionOf(smatch, signal),
  ])
  const checkers: Checker[] = []
  if (sparseVersion !== undefined)
    checkers.push({
      tool: 'sparse',
      command: sparseCommand,
      version: sparseVersion,
      id: sparseVersion,
      read: readSparse,
    })
  if (smatch !== undefined && smatchVersion !== undefined) {
    const { size, mtimeMs } = await stat(smatch)
    const id = [smatchVersion, size, mtimeMs].join(' ')
    checkers.push({ tool: 'smatch', command: smatchCommand(smatch), version: smatchVersion, id, read: readSmatch })
  }
  return checkers
}

const readSparse: Checker['read'] = async (lines, source, output) =>
  problemsOfWarnings(parseWarnings(lines, source, output).warnings.filter(({ tool }) => tool === 'sparse'))

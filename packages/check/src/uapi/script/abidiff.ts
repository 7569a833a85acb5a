import { compareVersions, versionOf } from '../../model/programs.ts'

/** The script of a tree, and the abidiff for it. */
export interface ReadyScript {
  /** scripts/check-uapi.sh */
  readonly text: string
  /** '2.6.0' */
  readonly abidiff: string
}

/**
 * Whether a tree's check-uapi.sh can run on this machine.
 * @returns why not, as a sentence with the next step, where it cannot.
 */
export const readyScript = async (text: string, signal: AbortSignal | undefined): Promise<ReadyScript | string> => {
  const needed = /abidiff_min_version="([\d.]+)"/.exec(text)?.[1] ?? '2.4'
  const next = `it needs abidiff ${needed}: install abigail-tools, which is new enough from Debian 13 on (Debian 12 has 2.2)`
  const said = await versionOf('abidiff', signal)
  if (!said) return `scripts/check-uapi.sh is not run, for abidiff is not installed; ${next}`
  const abidiff = said.split(' ')[1] ?? ''
  return compareVersions(abidiff, needed) < 0
    ? `scripts/check-uapi.sh is not run, for abidiff is ${abidiff}; ${next}`
    : { text, abidiff }
}

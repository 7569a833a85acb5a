import { CommandFailed } from '@kseries/host'
import { git } from './repository.ts'

/** By whom commits are. */
export interface Identity {
  /** 'Name <mail>' */
  readonly name: string
  /** Whether a person is configured: their sign-off is added, and the result may be sent. */
  readonly configured: boolean
}

/** Of nobody: for trying out, never for sending. */
export const nobody: Identity = { name: 'kseries <kseries@localhost>', configured: false }

/**
 * The identity that git's configuration, of the repository or of the user, and GIT_AUTHOR_NAME and _EMAIL give. One that git
 * would have to guess from the machine's name counts as none.
 */
export const configuredIdentity = async (gitDir: string, signal?: AbortSignal): Promise<Identity> => {
  try {
    const { stdout } = await git(gitDir, ['-c', 'user.useConfigOnly=true', 'var', 'GIT_AUTHOR_IDENT'], { signal })
    const name = /^(.*<[^>]+>) \d+ [+-]\d+$/.exec(stdout.trim())?.[1]
    return name === undefined ? nobody : { name, configured: true }
  } catch (error) {
    if (
      error instanceof CommandFailed &&
      /tell me who you are|no (email|name) was given|empty ident|auto-detection is disabled/i.test(error.stderr)
    )
      return nobody
    throw error
  }
}

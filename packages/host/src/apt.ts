import { KseriesError } from './errors.ts'
import { withLock } from './lock.ts'
import { CommandFailed, CommandMissing, run } from './run.ts'

/**
 * Which of the Debian packages are not installed.
 * @returns the missing names, in the order given; all of them on a system without dpkg.
 */
export const aptMissing = async (packages: readonly string[], signal?: AbortSignal): Promise<string[]> => {
  try {
    const { stdout } = await run(
      'dpkg-query',
      ['--show', '--showformat', '${Package} ${db:Status-Status}\n', ...packages],
      { okCodes: [0, 1], ...(signal && { signal }) },
    )
    const installed = new Set(
      stdout.split('\n').flatMap(line => (line.endsWith(' installed') ? [line.split(' ')[0]] : [])),
    )
    return packages.filter(name => !installed.has(name))
  } catch (error) {
    if (error instanceof CommandMissing) return [...packages]
    throw error
  }
}

/** What dpkg may need to end by itself what it has begun. Torn, it refuses all work until somebody repairs it. */
const GENTLE = 5 * 60_000

/**
 * Installs Debian packages, without what they merely recommend. Uses sudo when we are not root. An abort waits for dpkg to
 * finish, for apt ignores a hang-up while it runs.
 * @param onLine - apt's own output.
 * @throws AptFailed with apt's last words, or with the command for a person to run when sudo wants a password.
 */
export const aptInstall = async (
  packages: readonly string[],
  options: { readonly signal?: AbortSignal | undefined; readonly onLine?: (line: string) => void } = {},
): Promise<void> => {
  const { signal } = options
  const prefix = await becomeRoot(packages, signal)
  const asRoot = async (...command: readonly string[]) => {
    const [file = '', ...args] = [...prefix, ...command]
    await run(file, args, {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
      timeout: 20 * 60_000,
      gentle: GENTLE,
      signal,
      onLine: line => options.onLine?.(line),
    })
  }
  const flags = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=600']
  const install = () => asRoot('apt-get', ...flags, 'install', '--no-install-recommends', ...packages)
  const repair = async (error: unknown) => {
    if (!(error instanceof CommandFailed && /dpkg --configure -a/.test(error.stderr))) throw error
    // Somebody's dpkg was killed, and apt says what to do about it. Unlike apt, dpkg minds a hang-up.
    await asRoot('nohup', 'dpkg', '--configure', '-a')
    await install()
  }
  await withLock(
    'apt',
    async () => {
      try {
        await asRoot('apt-get', ...flags, 'update')
        await install().catch(repair)
      } catch (error) {
        if (error instanceof CommandFailed) throw new AptFailed(packages, error)
        throw error
      }
    },
    { signal },
  )
}

/**
 * What to put before a command that needs root. A password cannot be asked for: what we start has no terminal. sudo clears
 * the environment, so the frontend is named behind it.
 */
const becomeRoot = async (packages: readonly string[], signal: AbortSignal | undefined): Promise<string[]> => {
  if (process.getuid?.() === 0) return []
  await run('sudo', ['-n', 'true'], { signal }).catch((error: unknown) => {
    if (!(error instanceof CommandFailed || error instanceof CommandMissing)) throw error
    const install = `apt-get install --no-install-recommends ${packages.join(' ')}`
    throw new AptFailed(packages, error, `Run \`sudo apt-get update && sudo ${install}\`, then the same command again.`)
  })
  return ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive']
}

/** apt could not install something: no network, no such package, a broken dpkg state, no right to do so. */
export class AptFailed extends KseriesError {
  constructor(
    packages: readonly string[],
    cause: CommandFailed | CommandMissing,
    hint = 'Check the network and `apt-get update`, then run the same command again; nothing else was changed.',
  ) {
    super(`Cannot install ${packages.join(' ')}: ${cause.message}`, { hint, cause })
  }
}

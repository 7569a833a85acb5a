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

/**
 * Installs Debian packages, without what they merely recommend. Uses sudo when we are not root.
 * @param onLine - apt's own output.
 * @throws AptFailed with apt's last words.
 */
export const aptInstall = async (
  packages: readonly string[],
  options: { readonly signal?: AbortSignal | undefined; readonly onLine?: (line: string) => void } = {},
): Promise<void> => {
  const apt = async (...args: string[]) => {
    const [file, ...rest] = [...(process.getuid?.() === 0 ? [] : ['sudo']), 'apt-get', ...args]
    await run(file ?? 'apt-get', rest, {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
      timeout: 20 * 60_000,
      ...(options.signal && { signal: options.signal }),
      onLine: line => options.onLine?.(line),
    })
  }
  await withLock(
    'apt',
    async () => {
      try {
        await apt('-q', '-o', 'DPkg::Lock::Timeout=600', 'update')
        await apt('-q', '-y', '-o', 'DPkg::Lock::Timeout=600', 'install', '--no-install-recommends', ...packages)
      } catch (error) {
        if (error instanceof CommandFailed) throw new AptFailed(packages, error)
        throw error
      }
    },
    { signal: options.signal },
  )
}

/** apt could not install something: no network, no such package, a broken dpkg state. */
export class AptFailed extends KseriesError {
  constructor(packages: readonly string[], cause: CommandFailed) {
    super(`Cannot install ${packages.join(' ')}: ${cause.message}`, {
      hint: 'Check the network and `apt-get update`, then run the same command again; nothing else was changed.',
      cause,
    })
  }
}

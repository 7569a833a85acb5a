import { type RunOptions, run } from '@kseries/host'

/** What git may use, and in how much time, when strangers wrote what it reads. */
export const bounds = { megabytes: 512, milliseconds: 60_000 } as const

/**
 * Runs git by nothing of the person's configuration, on a minute and 512 MB of memory: a patch of a hundred bytes can ask for
 * gigabytes (`delta`, `literal`). What git maps of the repository does not count.
 */
export const boundedGit = (args: readonly string[], { env, ...options }: RunOptions) =>
  run('prlimit', [`--data=${bounds.megabytes << 20}`, '--', 'git', ...args], {
    ...options,
    timeout: bounds.milliseconds,
    env: { ...env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C.UTF-8' },
  })

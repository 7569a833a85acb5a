import { lstat, mkdir, readlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CommandFailed, CommandMissing, run as hostRun } from '@kseries/host'
import { SandboxUnavailable } from './errors.ts'

/** What a sandboxed program may reach, apart from the system's programs and libraries. */
export interface Reach {
  /** Files and folders it may read. */
  readonly readable: readonly string[]
  /** Folders it may write into. */
  readonly writable: readonly string[]
}

/** How much a sandboxed program may take. */
export interface Limits {
  /** Processes and threads, all together. */
  readonly processes: number
  /** Bytes of memory of each process, and of each file that it writes. */
  readonly memory: number
  /** Milliseconds. */
  readonly time: number
}

/** Enough for a kernel's make on many cores. */
export const buildLimits: Limits = { processes: 1024, memory: 4 * 2 ** 30, time: 60 * 60_000 }

/** Somebody who owns nothing on the machine: root's processes are not counted, so that root's builds run as this. */
const nobody = 1_802_726_002

const isRoot = () => process.getuid?.() === 0

/**
 * host's `run` for programs of a tree that is not trusted, by bubblewrap: no network, no home, no environment of ours, no process
 * but its own, a small /tmp of its own; of the disk it sees the system and what `reach` names. It dies with us.
 *
 * A sandbox of namespaces keeps out what wants to get out by system calls as they are meant; it is no guard against holes in the
 * kernel itself, and the sum of memory and disk is not limited.
 */
export const sandboxed = (reach: Reach, limits: Limits = buildLimits): typeof hostRun => {
  const sandboxedRun: typeof hostRun = async (file, args, options = {}) => {
    const { env = {}, cwd, timeout = limits.time, ...rest } = options
    for (const folder of reach.writable) {
      await mkdir(folder, { recursive: true })
      if (isRoot()) await hostRun('chown', ['-R', '-h', `${nobody}:${nobody}`, folder], { signal: options.signal })
    }
    const inside = [
      ...(isRoot() ? becomeNobody : []),
      'prlimit',
      `--nproc=${limits.processes}`,
      `--as=${limits.memory}`,
      `--fsize=${limits.memory}`,
      '--core=0',
      '--',
    ]
    const variables = Object.entries({ PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/nonexistent', ...env })
    const argv = [
      ...(await system()),
      // bubblewrap gives folders above a mount the rights that they have outside, which may be only for us.
      ...[...reach.readable, ...reach.writable].flatMap(path =>
        foldersAbove(path).flatMap(folder => ['--perms', '0755', '--dir', folder]),
      ),
      ...reach.readable.flatMap(path => ['--ro-bind', path, path]),
      ...reach.writable.flatMap(path => ['--bind', path, path]),
      '--chdir',
      cwd ?? '/',
      '--clearenv',
      ...variables.flatMap(([name, value]) => (value === undefined ? [] : ['--setenv', name, value])),
    ]
    try {
      return await hostRun('bwrap', [...argv, '--', ...inside, file, ...args], { ...rest, timeout })
    } catch (error) {
      if (error instanceof CommandMissing) throw new SandboxUnavailable('bubblewrap is not installed', error)
      if (error instanceof CommandFailed && /^bwrap: /m.test(error.stderr) && !/^bwrap: execvp /m.test(error.stderr))
        throw new SandboxUnavailable(reasonOf(error), error)
      throw error
    }
  }
  return sandboxedRun
}

/**
 * Tries the sandbox out.
 * @throws SandboxUnavailable where the machine has none
 */
export const proveSandbox = async (signal?: AbortSignal): Promise<void> => {
  await sandboxed({ readable: [], writable: [] })('true', [], { signal, timeout: 30_000 })
}

const becomeNobody = [
  'setpriv',
  `--reuid=${nobody}`,
  `--regid=${nobody}`,
  '--clear-groups',
  '--no-new-privs',
  '--inh-caps=-all',
  '--bounding-set=-all',
  '--',
]

/** A machine with nothing in it but programs. */
const system = async (): Promise<string[]> => {
  const links = await Promise.all(['/bin', '/sbin', '/lib', '/lib32', '/lib64'].map(asItIs))
  return [
    '--unshare-ipc',
    '--unshare-pid',
    '--unshare-net',
    '--unshare-uts',
    '--unshare-cgroup-try',
    // Root needs no user namespace to make the others, and could not become nobody in one.
    ...(isRoot()
      ? ['--cap-drop', 'ALL', ...['CAP_SETUID', 'CAP_SETGID', 'CAP_SETPCAP'].flatMap(name => ['--cap-add', name])]
      : ['--unshare-user']),
    '--die-with-parent',
    '--new-session',
    '--hostname',
    'sandbox',
    '--ro-bind',
    '/usr',
    '/usr',
    ...links.flat(),
    '--perms',
    '0755',
    '--dir',
    '/etc',
    ...['/etc/alternatives', '/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/ld.so.conf.d'].flatMap(path => [
      '--ro-bind-try',
      path,
      path,
    ]),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--perms',
    '1777',
    '--size',
    `${2 ** 30}`,
    '--tmpfs',
    '/tmp',
  ]
}

const foldersAbove = (path: string): string[] => {
  const folder = dirname(path)
  return folder === '/' ? [] : [...foldersAbove(folder), folder]
}

const asItIs = async (path: string): Promise<string[]> => {
  const found = await lstat(path).catch(() => undefined)
  if (!found) return []
  return found.isSymbolicLink() ? ['--symlink', await readlink(path), path] : ['--ro-bind', path, path]
}

const reasonOf = ({ stderr }: CommandFailed): string => {
  const words = /^bwrap: (.*)$/m.exec(stderr)?.[1] ?? ''
  return /namespace|Operation not permitted|Permission denied|setting up uid map/i.test(words)
    ? `this machine, or the container it is, does not let us make namespaces (${words})`
    : words
}

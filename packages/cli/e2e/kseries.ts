import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RunOptions, run, spawnDaemon } from '@kseries/host'

/** The root of the repository. */
export const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Any exit code is an answer here: the tests judge it. */
const anyCode = Array.from({ length: 256 }, (_, code) => code)

/** Runs the real command as a person would; gives exit code, output, and seconds of wall time. */
export const kseries = async (args: readonly string[], options: RunOptions = {}) => {
  const started = performance.now()
  const result = await run(join(root, 'kseries'), args, {
    okCodes: anyCode,
    timeout: 45 * 60_000,
    cwd: root,
    ...options,
  })
  return { ...result, seconds: (performance.now() - started) / 1000 }
}

/** Whose the patches are, whatever git is told on this machine. */
export const person = {
  GIT_AUTHOR_NAME: 'A. Person',
  GIT_AUTHOR_EMAIL: 'person@example.org',
  GIT_COMMITTER_NAME: 'A. Person',
  GIT_COMMITTER_EMAIL: 'person@example.org',
}

/** A new empty folder, outside the repository. */
export const scratch = () => mkdtemp(join(tmpdir(), 'kseries-e2e-'))

/** A copy of the series folders that a test may break; inside the repository, where its tests find their packages. */
export const copyOfSeries = async () => {
  await mkdir(join(root, 'test-results'), { recursive: true })
  const folder = await mkdtemp(join(root, 'test-results', 'series-'))
  await cp(join(root, 'kernel-patches'), folder, { recursive: true })
  return folder
}

/** Events of `--json`, one object a line. */
export const events = (stdout: string): Record<string, unknown>[] =>
  stdout.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []))

/** The last event of a type, or a failure that shows what was printed. */
export const lastEvent = (stdout: string, type: string) => {
  const found = events(stdout).findLast(event => event['type'] === type)
  if (found === undefined) throw new Error(`no event '${type}' in: ${stdout.slice(-2000)}`)
  return found
}

export const text = (path: string) => readFile(path, 'utf8')

/** Changes a file of a copy; fails if there is nothing to change, so that a test never passes for that reason. */
export const edit = async (path: string, change: (old: string) => string) => {
  const old = await text(path)
  const now = change(old)
  if (now === old) throw new Error(`nothing to change in ${path}`)
  await writeFile(path, now)
}

/** An event of `--json`. */
type Event = Readonly<Record<string, unknown>> & { readonly type: string }

/** A `kseries watch` of the tests with such a title, and its events as they come; `next` fails when it has ended. */
export const watching = (series: string, titles: string) => {
  const came: Event[] = []
  const bell = new EventTarget()
  const daemon = spawnDaemon(
    process.execPath,
    [join(root, 'packages/cli/src/main.ts'), 'watch', series, '--json', '--test', titles],
    {
      onLine: (line, stream) => {
        if (stream === 'stdout' && line.startsWith('{')) came.push(JSON.parse(line) as Event)
        bell.dispatchEvent(new Event('came'))
      },
    },
  )
  /** Waits for the next event of one of the types; those before it are passed over. */
  const next = async (...types: readonly string[]): Promise<Event> => {
    for (;;) {
      const event = came.shift()
      if (event && types.includes(event.type)) return event
      if (event) continue
      await Promise.race([once(bell, 'came'), daemon.exited.then(({ stderr }) => Promise.reject(new Error(stderr)))])
    }
  }
  return { ...daemon, next }
}

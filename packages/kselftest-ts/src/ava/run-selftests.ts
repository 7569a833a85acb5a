import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { contentKey, ExitCode, Interrupted, KseriesError, run } from '@kseries/host'
import type { TestResult } from '../results/result.ts'
import type { Session } from '../session/server.ts'
import { Collector } from './collector.ts'
import { type AvaEvent, EVENT_PREFIX } from './events.ts'
import { Titles } from './titles.ts'

export interface RunSelftestsOptions {
  /** Test files; results come in this order. */
  readonly files: readonly string[]
  readonly session: Session
  /** Added to the environment of the tests: KSERIES_ABI, with the path of the ABI's description. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Names of files in results are relative to it. @default the folder that all files are in */
  readonly root?: string | undefined
  /** Only tests whose title matches one of these, as ava's --match: '*close*'. */
  readonly match?: readonly string[] | undefined
  /** Called when a test has ended; once more if a report of the kernel turns out to be its. */
  readonly onResult?: ((result: TestResult) => void) | undefined
  /** What tests print. */
  readonly onOutput?: ((text: string, file: string | undefined) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const config = fileURLToPath(new URL('selftests.config.js', import.meta.url))

/**
 * Runs test files with ava, in the session's guest. ava is started at once; the guest may still be booting.
 *
 * Every test that was asked for is in what comes back, also those that a crash of their file kept from running; a file that
 * cannot be loaded is a failed test of its own. Reports of the kernel outside of any test are `strayResults`'.
 * @throws Interrupted; AvaFailed if ava itself does not run; NoSuchTest if `match` matches none.
 */
export const runSelftests = async (options: RunSelftestsOptions): Promise<readonly TestResult[]> => {
  const { session, onResult = () => {}, signal, match = [], env = {} } = options
  const all = options.files.map(file => resolve(file))
  if (all.length === 0) return []
  const titles = await Titles.of(all, contentKey(env))
  const files = match.length > 0 ? await titles.withMatch(match) : all
  if (files.length === 0) throw new NoSuchTest(match)
  const collector = new Collector(files, options.root ?? commonFolder(all), session, onResult)
  let stop = new AbortController()
  session.onLate = record => collector.late(record)
  session.onStuck = record => {
    collector.stuck(record)
    stop.abort()
  }
  try {
    // A file that keeps its process busy is ended together with ava; the others are begun anew.
    for (let left: readonly string[] = files; left.length > 0; ) {
      stop = new AbortController()
      const ended = await runAva(left, options, collector, AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]))
      if (ended.kind === 'done' && ended.exitCode !== 0 && collector.empty) throw new AvaFailed(ended.stderr)
      if (ended.kind === 'aborted' && signal?.aborted) throw ended.error
      if (ended.kind === 'done' && left === files) await titles.learn(collector.titles)
      left = ended.kind === 'aborted' ? collector.unfinished : []
    }
  } finally {
    session.onLate = undefined
    session.onStuck = () => {}
  }
  const thereAreTests = collector.hasTests || files.length < all.length
  if (match.length > 0 && thereAreTests && collector.noneSelected) throw new NoSuchTest(match)
  return collector.results()
}

type AvaEnd =
  | { readonly kind: 'done'; readonly exitCode: number; readonly stderr: string }
  | { readonly kind: 'aborted'; readonly error: Interrupted }

const runAva = async (
  files: readonly string[],
  { session, env = {}, match = [], onOutput = () => {} }: RunSelftestsOptions,
  collector: Collector,
  signal: AbortSignal,
): Promise<AvaEnd> => {
  let seen = 0
  let over = false
  const onLine = (line: string) => {
    if (over || !line.startsWith(EVENT_PREFIX)) return
    seen++
    const event = parse(line.slice(EVENT_PREFIX.length))
    if (event?.type === 'output') onOutput(event.text, event.file)
    else if (event) collector.came(event)
  }
  const ava = fileURLToPath(new URL('cli.js', import.meta.resolve('ava')))
  const args = [ava, '--config', config, ...match.flatMap(pattern => ['--match', pattern])]
  try {
    const { exitCode, stdout, stderr } = await run(process.execPath, args, {
      cwd: commonFolder(files),
      env: {
        ...env,
        KSERIES_SOCKET: session.socketPath,
        KSERIES_SELFTESTS: JSON.stringify(files),
        KSERIES_DONE: JSON.stringify(collector.done(files)),
        NODE_OPTIONS: undefined,
      },
      okCodes: [0, 1],
      onLine,
      signal,
    })
    // run() may be done before it has told all lines.
    const events = stdout.split('\n').filter(line => line.startsWith(EVENT_PREFIX))
    for (const line of events.slice(seen)) onLine(line)
    return { kind: 'done', exitCode, stderr }
  } catch (error) {
    if (error instanceof Interrupted) return { kind: 'aborted', error }
    throw error
  } finally {
    over = true
  }
}

/** A line that came in pieces is no event; those after it are. */
const parse = (text: string): AvaEvent | undefined => {
  try {
    return JSON.parse(text) as AvaEvent
  } catch {
    return undefined
  }
}

const commonFolder = (files: readonly string[]): string => {
  let folder = dirname(files[0] ?? '/')
  while (files.some(file => relative(folder, file).startsWith('..'))) folder = dirname(folder)
  return folder
}

/** No test has a title like that. */
export class NoSuchTest extends KseriesError {
  constructor(match: readonly string[]) {
    super(`Cannot find a test whose title matches ${match.map(pattern => `'${pattern}'`).join(' or ')}`, {
      hint: "A '*' stands for anything: --test '*EBADMSG*'. Without --test all are run.",
      exitCode: ExitCode.usage,
    })
  }
}

/** ava ended without having run a test. */
export class AvaFailed extends KseriesError {
  constructor(stderr: string) {
    super(`Cannot run the selftests: ava failed\n${stderr.trim().split('\n').slice(-20).join('\n')}`, {
      exitCode: ExitCode.usage,
    })
  }
}

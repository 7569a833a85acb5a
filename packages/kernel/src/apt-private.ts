import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailed, KseriesError, type Report, type RunOptions, run } from '@kseries/host'
import { type AptStanza, findMainArchives, stanzaForSuite } from './apt-sources.ts'

/** Suites that may have the package, the quickest to ask first. A suite that the mirror lacks is passed over. */
export const defaultSuites: readonly string[] = ['trixie-backports', 'forky', 'sid', 'forky-backports']

export interface AptOptions {
  /** @default '/etc/apt' */
  readonly etc?: string
  /** @default defaultSuites */
  readonly suites?: readonly string[]
}

/** What looking through an archive takes besides. */
export interface SuiteOptions {
  readonly signal?: AbortSignal | undefined
  readonly report?: Report
  /** Of source packages or of binary ones. @default 'deb' */
  readonly types?: 'deb' | 'deb-src'
  /** Of another machine than this one: Debian's name of it, 'arm64'. @default this machine's */
  readonly architecture?: string
}

/**
 * Looks for something in the suites of the first archive of this machine that has any of them.
 * @param dir - where sources, lists and caches go.
 * @param look - asks one suite; what it gives ends the search.
 * @returns what was found and where, and all suites that were asked.
 * @throws NoAptSources, NoNetwork, AptRefused
 */
export const searchSuites = async <Found>(
  dir: string,
  { etc, suites = defaultSuites, ...options }: AptOptions & SuiteOptions,
  look: (apt: PrivateApt) => Promise<Found | undefined>,
): Promise<{ readonly found?: Found; readonly apt?: PrivateApt; readonly opened: readonly PrivateApt[] }> => {
  const opened: PrivateApt[] = []
  for (const archive of await findMainArchives(etc)) {
    for (const suite of suites) {
      const apt = await openSuite(dir, archive, suite, options)
      if (!apt) continue
      opened.push(apt)
      const found = await look(apt)
      if (found !== undefined) return { found, apt, opened }
    }
    // One that has none of the suites was not Debian's.
    if (opened.length > 0) break
  }
  return { opened }
}

/** apt with lists and sources of its own for one suite: needs no root and changes nothing of the system. */
export interface PrivateApt {
  readonly suite: string
  get(args: readonly string[], options?: RunOptions): Promise<string>
  cache(args: readonly string[], options?: RunOptions): Promise<string>
}

/**
 * Fetches the index of a suite from an archive this machine uses already.
 * @param dir - where sources, lists and caches go.
 * @returns undefined if the archive has no such suite.
 * @throws NoNetwork, AptRefused
 */
const openSuite = async (
  dir: string,
  stanza: AptStanza,
  suite: string,
  { types = 'deb', architecture, ...options }: SuiteOptions,
): Promise<PrivateApt | undefined> => {
  const parts = [suite, types === 'deb' ? undefined : 'sources', architecture]
  const home = join(dir, parts.filter(part => part !== undefined).join('-'))
  for (const folder of ['lists/partial', 'cache/archives/partial', 'empty']) {
    await mkdir(join(home, folder), { recursive: true })
  }
  await writeFile(join(home, 'suite.sources'), stanzaForSuite(stanza, suite, types, architecture))
  await writeFile(join(home, 'status'), '')
  const apt = privateApt(home, suite, architecture)
  const update = async (checkDates: boolean) => {
    const flags = ['Check-Valid-Until', 'Check-Date'].flatMap(name => ['-o', `Acquire::${name}=${checkDates}`])
    await apt.get(['-q', '-o', 'APT::Update::Error-Mode=any', ...flags, 'update'], { signal: options.signal })
    return apt
  }
  try {
    return await update(true).catch((error: unknown) => {
      if (!(error instanceof CommandFailed) || !/Release file .* (is )?expired|not valid yet/i.test(output(error)))
        throw error
      // Mirrors lag: Release files of forky and sid were found 16 days past their date. The signature still counts.
      options.report?.({
        kind: 'note',
        text: `The mirror's index of ${suite} is past its date; using it all the same.`,
      })
      return update(false)
    })
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    if (isNetworkTrouble(output(error))) throw new NoNetwork(mirrorOf(stanza), error)
    if (/does not have a Release file|404|File not found/i.test(output(error))) return undefined
    throw new AptRefused(suite, error)
  }
}

const privateApt = (home: string, suite: string, architecture: string | undefined): PrivateApt => {
  const settings = {
    'Dir::Etc::SourceList': join(home, 'suite.sources'),
    'Dir::Etc::SourceParts': join(home, 'empty'),
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': join(home, 'empty'),
    'Dir::State': home,
    'Dir::State::Lists': join(home, 'lists'),
    'Dir::State::Status': join(home, 'status'),
    'Dir::Cache': join(home, 'cache'),
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
    'Acquire::http::Timeout': '20',
    'Acquire::https::Timeout': '20',
    // apt, as root, would drop to a user who cannot enter our folder, and then warn that it did not.
    'APT::Sandbox::User': 'root',
    ...(architecture !== undefined && { 'APT::Architecture': architecture, 'APT::Architectures': architecture }),
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const call = async (program: string, args: readonly string[], options: RunOptions = {}) =>
    (await run(program, [...flags, ...args], { ...options, env: { LC_ALL: 'C', ...options.env } })).stdout
  return {
    suite,
    get: (args, options) => call('apt-get', args, options),
    cache: (args, options) => call('apt-cache', args, options),
  }
}

const output = (error: CommandFailed) => `${error.stdout}\n${error.stderr}`

/** What apt's transports say when nobody answers. */
export const isNetworkTrouble = (text: string): boolean =>
  /Temporary failure resolving|Could not resolve|Could not connect|Connection (refused|timed out|failed|reset)|No route to host|Network is unreachable|Unable to connect|Cannot initiate the connection/i.test(
    text,
  )

const mirrorOf = (stanza: AptStanza) => stanza.get('uris')?.split(/\s+/)[0] ?? 'the mirror'

/** The mirror cannot be reached. */
export class NoNetwork extends KseriesError {
  constructor(mirror: string, cause: unknown) {
    super(`Cannot reach ${mirror}: no answer`, {
      hint: 'Check the network, then run the same command again; what was fetched once needs no network.',
      cause,
    })
  }
}

/** apt answers, and refuses: a bad signature, a broken index. Its own words are in the message. */
export class AptRefused extends KseriesError {
  constructor(
    what: string,
    cause: CommandFailed,
    hint = 'Run it again later, or take the sources from git:URL#REF or from a folder.',
  ) {
    const words = output(cause)
      .split('\n')
      .filter(line => /^(E|W|Err):?/.test(line))
      .slice(0, 6)
    super(`Cannot use ${what} of the Debian archive: apt says\n${words.join('\n') || cause.message}`, {
      hint,
      cause,
    })
  }
}

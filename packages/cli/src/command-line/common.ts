import type { ExitCode } from '@kseries/host'
import { Option } from 'commander'
import { parseAddress } from '../mail/options.ts'

// What several commands have in common.

/** Where a command leaves its exit code, and what ends it. */
export interface Session {
  readonly signal: AbortSignal
  readonly ended: (code: ExitCode) => void
}

/** For an option that may be given again. */
export const oneMore = (value: string, before: readonly string[]): string[] => [...before, value]

export const oneAddress =
  (option: string) =>
  (value: string, before: readonly string[]): string[] => [...before, parseAddress(option, value)]

export const examples = (...lines: readonly string[]) =>
  `\nExamples:\n${lines.map(line => `  kseries ${line}`).join('\n')}`

export const arches = () =>
  new Option('--arch <arch...>', 'architectures to care for').choices(['x86_64', 'arm64']).default(['x86_64'])
export const json = () => new Option('--json', 'an event a line on standard output')
export const quiet = () => new Option('-q, --quiet', 'no progress, only what comes of it')

export const baseHelp = 'a version (7.3), git:URL#REF, or a folder with a slash in it (./linux)'
export const seriesHelp = 'series of kernel-patches/ by name, or folders; none: those that no other needs'

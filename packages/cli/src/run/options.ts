import { resolve } from 'node:path'
import { ExitCode, KseriesError } from '@kseries/host'
import type { Arch } from '@kseries/kernel'
import type { Board } from '@kseries/machine'
import type { MachineName } from './machines.ts'

/** What `kseries run` and `kseries build` are told on the command line. */
export interface RunOptions {
  readonly base?: string
  readonly arch: Arch
  readonly board?: Board
  /** Decides arch and board. */
  readonly machine?: MachineName
  /** Folders of trusted applications, on a machine that has them. @default those in qemu/ta */
  readonly ta?: readonly string[]
  /** Debian packages of the guest's architecture that are put into it. */
  readonly guestPackage?: readonly string[]
  /** `debug` adds the sanitizers, `coverage` counts lines as they run; the build takes longer and the guest is slower. */
  readonly profile: 'fast' | 'debug' | 'coverage'
  readonly accel: 'auto' | 'kvm' | 'tcg'
  readonly transport: 'virtio' | 'console'
  /** The share of bytes flipped on the line, both ways: a test of the framing. */
  readonly noise: number
  /** Globs of test titles; none: all. */
  readonly test: readonly string[]
  /** Only these test files, in this order. @default all, by series and name */
  readonly files?: readonly string[]
  readonly fresh: boolean
  readonly results?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

/** What holds unless the command line says otherwise. */
export const runDefaults = { accel: 'auto', transport: 'virtio', noise: 0, test: [], fresh: false } as const

/** The options for one of several runs: its results go to a folder of their own in `--results`, if that was given. */
export const withResultsIn = <Options extends Pick<RunOptions, 'results'>>(
  options: Options,
  folder: string,
): Options => (options.results === undefined ? options : { ...options, results: resolve(options.results, folder) })

/** Reads `--noise`. @throws BadOption */
export const parseNoise = (text: string): number => {
  const share = Number(text)
  if (!(share >= 0 && share <= 0.1)) throw new BadOption('--noise', text, 'a share of bytes from 0 to 0.1')
  return share
}

/** Reads one `--guest-package` after those before. @throws BadOption */
export const parsePackages = (name: string, before: readonly string[] = []): string[] => {
  // deb-control(5); a version or a suite with it would be more than a name.
  if (!/^[a-z0-9][a-z0-9+.-]+$/.test(name)) throw new BadOption('--guest-package', name, "a Debian package's name")
  return [...before, name]
}

/** Reads `--reroll`. @throws BadOption */
export const parseVersion = (text: string): number => {
  const version = Number(text)
  if (!Number.isInteger(version) || version < 1) throw new BadOption('--reroll', text, 'a whole number from 1')
  return version
}

/** An option's value cannot be used. */
export class BadOption extends KseriesError {
  constructor(option: string, value: string, must: string) {
    super(`Cannot use ${option} as it must be ${must}: it is '${value}'`, {
      hint: '`kseries COMMAND --help` has the options.',
      exitCode: ExitCode.usage,
    })
  }
}

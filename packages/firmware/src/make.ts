import { mkdir, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { CommandFailed, ExitCode, explainDiskErrors, KseriesError, run, writeFileAtomic } from '@kseries/host'
import { type BuildError, guardHalfMade, parseBuildErrors, type Toolchain, wordError } from '@kseries/kernel'

export interface MakeJob {
  /** What is built, as people call it: 'OP-TEE'. */
  readonly title: string
  readonly source: string
  /** Where the products go. One that a killed make left behind is emptied first. */
  readonly output: string
  /** Variables and targets. */
  readonly args: readonly string[]
  readonly toolchain: Toolchain
  readonly signal?: AbortSignal | undefined
  readonly update: (text: string) => void
}

/** Milliseconds for one make: OP-TEE takes less than a minute where nothing else runs. */
const DEADLINE = 30 * 60_000

/**
 * Runs make for a part of the firmware, untouched by variables of the person's shell, with Debian's own Python before others: only
 * that has the modules that OP-TEE's scripts import. Everything it says is in OUTPUT/kseries-make.log.
 * @throws FirmwareBuildFailed, CommandMissing, DiskFull, Interrupted
 */
export const make = async ({ title, source, output, args, toolchain, signal, update }: MakeJob): Promise<void> => {
  const log = join(output, 'kseries-make.log')
  const lines: string[] = []
  const onLine = (line: string) => {
    lines.push(line)
    const said = /^ {2}([A-Z][A-Z0-9_]*)\s+(\S+)/.exec(line)
    if (said) update(`${title}: ${said[1]} ${said[2]?.slice(-60)}`)
  }
  const env = { ...cleared(), ...toolchain.env, SOURCE_DATE_EPOCH: '0', PATH: `/usr/bin:${process.env['PATH']}` }
  const all = ['--directory', source, `--jobs=${availableParallelism()}`, ...args]
  await mkdir(output, { recursive: true })
  const work = () => explainDiskErrors(output, () => run('make', all, { env, signal, onLine, timeout: DEADLINE }))
  try {
    await guardHalfMade(output, work, startAnew)
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    await writeFileAtomic(log, `${lines.join('\n')}\n`).catch(() => {})
    throw new FirmwareBuildFailed(title, parseBuildErrors(lines, source, source), log, error)
  }
  await writeFileAtomic(log, `${lines.join('\n')}\n`)
}

const startAnew = async (output: string) => {
  await rm(output, { recursive: true, force: true })
  await mkdir(output, { recursive: true })
}

/** The makefiles take what is in the environment for an answer to `?=`. */
const cleared = (): Record<string, undefined> =>
  Object.fromEntries(
    Object.keys(process.env)
      .filter(name =>
        /^(CFG_|BL\d|TA_|EARLY_TA)|^(O|V|S|E|PLAT|PLATFORM|SPD|DEBUG|COMPILER|LOG_LEVEL|BUILD_\w+|CPPFLAGS|CFLAGS\w*|LIBGCC\w*)$/.test(
          name,
        ),
      )
      .map(name => [name, undefined]),
  )

/** A part of the firmware does not compile. */
export class FirmwareBuildFailed extends KseriesError {
  readonly errors: readonly BuildError[]
  /** Everything make said. */
  readonly log: string

  constructor(title: string, errors: readonly BuildError[], log: string, cause: CommandFailed) {
    const shown = errors.slice(0, 5).map(wordError)
    super(`Cannot build ${title}:\n${shown.join('\n') || lastWords(cause)}`, {
      hint: `The whole output is in ${log}`,
      exitCode: ExitCode.build,
      cause,
    })
    this.errors = errors
    this.log = log
  }
}

const lastWords = ({ stderr, stdout, message }: CommandFailed) =>
  `${stdout}\n${stderr}`
    .split('\n')
    .filter(line => line.trim() && !/^make(\[\d+\])?: (Entering|Leaving)/.test(line))
    .slice(-5)
    .join('\n') || message

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { contentKey, ExitCode, KseriesError, type run, writeFileAtomic } from '@kseries/host'
import { ARCHES, type Arch } from './arch.ts'
import type { Toolchain } from './compiler.ts'
import { type ConfigOption, parseDotConfig } from './fragment.ts'
import { git, splitNul } from './git.ts'
import { explainLoss, findDefinitions } from './kconfig.ts'
import { make } from './make.ts'
import type { WorkTree } from './work-tree.ts'

/** A configuration to be made in a build folder. */
export interface ConfigureJob {
  readonly workTree: WorkTree
  readonly arch: Arch
  readonly options: readonly ConfigOption[]
  /** What all other options are: those of tinyconfig and off, or on, and modules where they can be. @default 'allnoconfig' */
  readonly others?: 'allnoconfig' | 'allmodconfig' | undefined
  readonly toolchain: Toolchain
  /** O= */
  readonly output: string
  readonly signal?: AbortSignal | undefined
  /** See MakeJob. */
  readonly run?: typeof run
}

/**
 * Makes OUTPUT/.config: the kernel's tinyconfig and the options on top, everything else as `others` says; then looks whether each
 * option is there. Does nothing when options, toolchain and the tree's Kconfig files are what they were.
 *
 * @returns the configuration, name without `CONFIG_` to value.
 * @throws OptionsLost, CompileFailed
 */
export const makeConfig = async (job: ConfigureJob): Promise<Map<string, string>> => {
  const { workTree, arch, options, others = 'allnoconfig', toolchain, output, signal, run: runner } = job
  const stamp = join(output, 'kseries-config.json')
  const config = join(output, '.config')
  const isTiny = others === 'allnoconfig'
  const inputs = contentKey([
    options.map(({ name, value }) => [name, value]),
    toolchain.id,
    toolchain.makeArgs,
    ...(isTiny ? [] : [others]),
  ])
  const current = await readFile(config, 'utf8').catch(() => '')
  const before = await readStamp(stamp)
  if (before?.inputs === inputs && before.config === digest(current)) {
    if (!(await kconfigDiffers(before.treeHash, job))) return parseDotConfig(current)
  }

  const asked = join(output, 'kseries-asked.config')
  const tiny = [
    'kernel/configs/tiny-base.config',
    'kernel/configs/tiny.config',
    `arch/${ARCHES[arch].srcArch}/configs/tiny.config`,
  ]
  const parts = await Promise.all(
    (isTiny ? tiny : []).map(file => readFile(join(workTree.path, file), 'utf8').catch(() => '')),
  )
  // The last mention of an option wins in conf, so ours come last. allnoconfig with these is what tinyconfig does in two
  // steps; a third, olddefconfig, would turn on whatever is 'default y' under the options added (150 of them).
  await writeFileAtomic(
    asked,
    [...parts, ...options.map(option => `CONFIG_${option.name}=${option.value}\n`)].join('\n'),
  )
  await make({
    toolchain,
    source: workTree.path,
    output,
    targets: [others],
    env: { KCONFIG_ALLCONFIG: asked },
    signal,
    ...(runner && { run: runner }),
  })
  const text = await readFile(config, 'utf8')
  await verify(job, parseDotConfig(text))
  const now: Stamp = { inputs, config: digest(text), treeHash: workTree.treeHash }
  await writeFileAtomic(stamp, JSON.stringify(now))
  return parseDotConfig(text)
}

/** Compares what was asked for with what is there. */
const verify = async ({ workTree, arch, options, signal }: ConfigureJob, values: Map<string, string>) => {
  const tree = { path: workTree.path, srcArch: ARCHES[arch].srcArch, signal }
  const lost: ConfigOption[] = []
  for (const option of options) {
    if (option.wish) continue
    if (survived(option.value, values.get(option.name) ?? 'n')) continue
    if (option.optional && (await findDefinitions(tree, option.name)).length === 0) continue
    lost.push(option)
  }
  if (lost.length === 0) return
  const explained = await Promise.all(
    lost.map(async option => ({
      ...option,
      actual: values.get(option.name) ?? 'n',
      why: await explainLoss(tree, option.name, option.value, values),
    })),
  )
  throw new OptionsLost(explained)
}

/** A module asked for may be built in, because something built in selects it; numbers may be written in hex. */
const survived = (wanted: string, actual: string) =>
  wanted === actual ||
  (wanted === 'm' && actual === 'y') ||
  (/^(-?\d|0x)/.test(wanted) && Number(wanted) === Number(actual))

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** What the .config of a build folder was made of. */
interface Stamp {
  readonly inputs: string
  readonly config: string
  readonly treeHash: string
}

const readStamp = async (path: string): Promise<Stamp | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Stamp)
}

/** Whether trees differ in what a configuration depends on besides the fragments. */
const kconfigDiffers = async (from: string, { workTree, arch, signal }: ConfigureJob): Promise<boolean> => {
  const { exitCode, stdout } = await git(
    ['diff-tree', '-r', '-z', '--name-only', '--no-renames', from, workTree.treeHash],
    { signal, okCodes: [0, 128] },
  )
  const arches = `arch/${ARCHES[arch].srcArch}`
  const relevant = new RegExp(
    `^(.*Kconfig[^/]*|scripts/[^/]*|scripts/kconfig/.*|(kernel|${arches})/configs/tiny.*|Makefile|${arches}/Makefile)$`,
  )
  return exitCode !== 0 || splitNul(stdout).some(file => relevant.test(file))
}

export interface LostOption extends ConfigOption {
  /** The value it has instead. */
  readonly actual: string
  /** The dependency that is not met, with its place in the tree's Kconfig files. */
  readonly why: string
}

/** Options that were asked for are not in the configuration. */
export class OptionsLost extends KseriesError {
  readonly options: readonly LostOption[]

  constructor(options: readonly LostOption[]) {
    const lines = options.map(
      ({ name, value, file, line, actual, why }) => `${file}:${line}: CONFIG_${name}=${value} became ${actual}: ${why}`,
    )
    super(`Cannot configure the kernel as asked:\n${lines.join('\n')}`, {
      hint: 'Add the missing dependency to the fragment, or drop the option.',
      exitCode: ExitCode.usage,
    })
    this.options = options
  }
}

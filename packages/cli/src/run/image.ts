import { join } from 'node:path'
import { exists, KseriesError, type Report } from '@kseries/host'
import {
  type Artefacts,
  type BuildError,
  type BuildOptions,
  type BuildSpec,
  build,
  CompileFailed,
  findArtefacts,
  findToolchain,
  localChanges,
} from '@kseries/kernel'
import { blameLine, type Generated, pathsOf, type Series } from '@kseries/patchgen'
import { setupStage } from '../commands/setup.ts'
import { nameOf } from '../series.ts'
import type { Stage } from '../ui/stage.ts'
import { type CommitsContext, commitStages } from './commits.ts'
import { machineOf } from './machines.ts'
import type { RunOptions } from './options.ts'

/** What the stages up to a built kernel leave behind. */
export interface ImageContext extends CommitsContext {
  artefacts?: Artefacts
  /** Whether the artefacts were there before. */
  wasBuilt?: boolean
}

/**
 * The stages from a clean machine to a built kernel with the series: packages, tree, commits, build.
 * @param hooks - see BuildOptions.
 */
export const imageStages = (
  chain: readonly Series[],
  options: RunOptions,
  signal: AbortSignal,
  hooks: Pick<BuildOptions, 'onHeaders' | 'onLinking'> = {},
): Stage<ImageContext>[] => {
  // What the build begins with does not wait for the commits.
  const onTree = () => void findToolchain(options.arch, signal).catch(() => {})
  return [
    setupStage([options.arch], signal, { firmware: options.machine !== undefined }),
    ...commitStages(chain, options.base, signal, { onTree }),
    {
      title: `kernel for ${options.arch}`,
      work: async (context, report) => {
        if (!context.generated) return
        const spec = await buildSpec(chain, options)
        const known = await findArtefacts(context.generated.treeHash, spec, signal)
        context.wasBuilt = known !== undefined
        if (known) tellOfEdits(await localChanges(workTreeName(chain, context.generated), signal), report)
        context.artefacts = known ?? (await buildNow(chain, context.generated, spec, { report, signal, ...hooks }))
        return `${context.artefacts.release}${known ? ', built before' : ''}`
      },
    },
  ]
}

/** What is built is the series; edits of its tree are not in it, and a person may think they are. */
const tellOfEdits = (files: readonly string[], report: Report) => {
  if (files.length === 0) return
  const some = `${files.slice(0, 3).join(', ')}${files.length > 3 ? ` and ${files.length - 3} more` : ''}`
  report({
    kind: 'note',
    text: `Your changes of ${some} in the work tree are not in this kernel; kseries fold brings them home.`,
  })
}

/** What is built for a chain: the configuration of each series' own fragments, the machine's and the profile's; their selftests in C. */
export const buildSpec = async (
  chain: readonly Series[],
  { arch, machine, profile }: Pick<RunOptions, 'arch' | 'machine' | 'profile'>,
): Promise<BuildSpec> => ({
  arch,
  fragments: [
    ...(await fragmentsOf(chain, arch)),
    ...(machineOf(machine)?.fragments ?? []),
    ...(profile === 'fast' ? [] : [profile]),
  ],
  selftests: [...new Set(chain.flatMap(({ meta }) => meta.kselftests))],
  ...(profile === 'coverage' && { profiled: pathsOf(chain).filter(isKernelCode) }),
})

/** C of the kernel itself, and no test. */
const isKernelCode = (path: string): boolean =>
  path.endsWith('.c') && !/^(tools|samples|scripts|usr)\/|(^|\/)tests?\/|_(kunit|test)\.c$/.test(path)

/** The fragments that stand in the folders of a chain. */
export const fragmentsOf = async (chain: readonly Series[], arch: string): Promise<string[]> => {
  const own = chain.flatMap(({ folder }) => [join(folder, 'config'), join(folder, `config.${arch}`)])
  const there = await Promise.all(own.map(exists))
  return own.filter((_, index) => there[index])
}

const buildNow = async (
  chain: readonly Series[],
  generated: Generated,
  spec: BuildSpec,
  options: BuildOptions & { readonly signal: AbortSignal },
): Promise<Artefacts> => {
  const { head: commit, treeHash } = generated
  const workTree = { name: workTreeName(chain, generated), commit, treeHash }
  try {
    return await build({ ...spec, workTree }, options)
  } catch (error) {
    if (!(error instanceof CompileFailed)) throw error
    throw new SeriesDoesNotCompile(
      await Promise.all(error.errors.map(one => withPatch(generated, one, options.signal))),
      error,
    )
  }
}

/** The work tree of a chain: one a series and base, kept at the last commit built, so that make stays incremental. */
export const workTreeName = (chain: readonly Series[], { base }: { readonly base: { readonly label: string } }) =>
  `${nameOf(chain)}-${base.label.replaceAll(/[^\w.-]/g, '_').slice(-40)}`

const withPatch = async (generated: Generated, error: BuildError, signal: AbortSignal) => {
  const commit = error.line === undefined ? undefined : await blameLine(generated, error.file, error.line, signal)
  return { ...error, ...(commit && { series: commit.series, patch: commit.patch }) }
}

/** The kernel with the series does not compile. Each error comes with the patch that its line is from, if it is from one. */
export class SeriesDoesNotCompile extends KseriesError {
  readonly errors: readonly (BuildError & { readonly series?: string; readonly patch?: string })[]

  constructor(errors: SeriesDoesNotCompile['errors'], cause: CompileFailed) {
    const lines = errors.slice(0, 10).map(({ file, line, column, message, series, patch }) => {
      const place = [file, line, column].filter(part => part !== undefined && part !== '').join(':')
      return `  ${place}: ${message}${patch ? `\n    from ${series}, patch ${patch}` : ''}`
    })
    const more = errors.length > 10 ? [`  … and ${errors.length - 10} more`] : []
    super(`The kernel does not compile:\n${[...lines, ...more].join('\n') || cause.message}`, {
      exitCode: cause.exitCode,
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
      cause,
    })
    this.errors = errors
  }
}

import { join } from 'node:path'
import { cachePath, ExitCode, KseriesError, type Report } from '@kseries/host'
import { type Artefacts, build } from '@kseries/kernel'
import { buildAgent, type Sys, serveSession, strayResults, sysAbi } from '@kseries/kselftest-ts'
import { describe, exitCode } from '@kseries/machine'
import type { Series } from '@kseries/patchgen'
import { bindAbi } from '@kseries/uapi-headers'
import { setupStage } from '../commands/setup.ts'
import { type CommitsContext, commitStages } from '../run/commits.ts'
import { bootGuest, endOf } from '../run/guest.ts'
import { buildSpec, workTreeName } from '../run/image.ts'
import { layoutsOf } from '../run/layouts.ts'
import type { RunOptions } from '../run/options.ts'
import { paramsOf } from '../run/test-files.ts'
import { nameOf } from '../series.ts'
import type { Stage } from '../ui/stage.ts'
import { type Client, clientsOf } from './clients.ts'
import { bytesCopied } from './copies.ts'
import { type Measured, measure } from './measure.ts'
import { type Reached, reachOf } from './reach.ts'
import { type Refused, refusalsOf } from './refusals.ts'

export interface CompareOptions extends Pick<RunOptions, 'base' | 'arch' | 'json' | 'quiet'> {
  /** Whether there is a second kernel, which counts. */
  readonly counts: boolean
}

/** A kernel that is compared on: in one nothing takes time but what is measured, the other counts, which takes time. */
type Profile = 'fast' | 'coverage'

/** What the stages leave behind. */
export interface CompareContext extends CommitsContext {
  artefacts?: Artefacts | undefined
  /** The kernel that counts. */
  counting?: Artefacts | undefined
  clients?: readonly Client[]
  measured?: ReadonlyMap<Client, readonly Measured[]>
  /** By the names of series. */
  refused?: ReadonlyMap<string, readonly Refused[]>
  copied?: ReadonlyMap<Client, number>
  /** By the names of series. */
  reached?: ReadonlyMap<string, readonly Reached[]>
}

/** The stages from a clean machine to all figures: measured on one kernel, counted on another. */
export const compareStages = (
  chains: readonly (readonly Series[])[],
  { base: asked, arch, counts }: CompareOptions,
  signal: AbortSignal,
): Stage<CompareContext>[] => {
  // Each series once, behind those it needs.
  const chain = [...new Map(chains.flat().map(series => [series.folder, series])).values()]
  const series = chains.flatMap(one => one.slice(-1))
  const logDir = cachePath('results', `compare-${process.pid}`)
  const kernel = async (
    { generated }: CompareContext,
    profile: Profile,
    report: Report,
  ): Promise<Artefacts | undefined> => {
    if (!generated) return undefined
    const spec = await buildSpec(chain, { arch, profile })
    const name = workTreeName(chain, generated).replace(nameOf(chain), `compare-${chains.map(nameOf).join('-')}`)
    const workTree = { name, commit: generated.head, treeHash: generated.treeHash }
    return await build({ ...spec, workTree }, { report, signal })
  }
  const inGuest = async (artefacts: Artefacts, profile: Profile, report: Report, work: (sys: Sys) => Promise<void>) => {
    const { headers, sources: tree } = artefacts
    const [layouts, agent] = await Promise.all([
      layoutsOf(chain, artefacts, signal),
      buildAgent({ tree, headers, abi: arch, signal }),
    ])
    bindAbi(layouts)
    const options = { arch, profile, transport: 'virtio', noise: 0 } as const
    const folder = join(logDir, profile)
    // With two, a probe that was taken away under TCG was seen to be an oops on the other one.
    const cpus = profile === 'coverage' ? 1 : 2
    const { machine, guest } = await bootGuest({ artefacts, agent, cpus, options, logDir: folder, signal, report })
    await using _ = machine
    await using session = await serveSession({
      guest,
      abi: sysAbi(layouts),
      params: paramsOf(chain, undefined),
      signal,
    })
    try {
      await work((await session.link()).service)
    } catch (error) {
      const end = signal.aborted ? undefined : await endOf(machine)
      throw end ? new MeasuringFailed(describe(end), folder, exitCode(end)) : error
    }
    const [stray] = await strayResults(session)
    if (stray)
      throw new MeasuringFailed(`the kernel complained: ${stray.message ?? stray.title}`, folder, ExitCode.verdict)
  }
  const counting: Stage<CompareContext>[] = [
    {
      title: 'kernel that counts',
      work: async (context, report) => {
        context.counting = await kernel(context, 'coverage', report)
        return 'lines that run, bytes that are copied'
      },
    },
    {
      title: 'boot and counts',
      work: async (context, report) => {
        const { counting: artefacts, clients, generated } = context
        if (!artefacts || !clients || !generated) return
        await inGuest(artefacts, 'coverage', report, async sys => {
          context.copied = await bytesCopied(sys, clients, arch)
          const reached = new Map<string, readonly Reached[]>()
          const how = { artefacts, generated, folder: logDir, report, signal }
          for (const one of series) reached.set(one.name, await reachOf(one, sys, how))
          context.reached = reached
        })
        return 'bytes, lines'
      },
    },
  ]
  return [
    setupStage([arch], signal),
    // The branches are those of each series alone.
    ...commitStages(chain, asked, signal, { branches: false }),
    {
      title: `kernel for ${arch}`,
      work: async (context, report) => {
        context.artefacts = await kernel(context, 'fast', report)
        return context.artefacts?.release
      },
    },
    {
      title: 'clients',
      work: async context => {
        const { artefacts } = context
        if (!artefacts) return
        const lists = await Promise.all(series.map(one => clientsOf(one, artefacts, signal)))
        context.clients = lists.flat().toSorted((a, b) => Number(b.isYardstick) - Number(a.isYardstick))
        return context.clients.map(({ name }) => name).join(', ')
      },
    },
    {
      title: 'boot and measurements',
      work: async (context, report) => {
        const { artefacts, clients } = context
        if (!artefacts || !clients) return
        await inGuest(artefacts, 'fast', report, async sys => {
          context.measured = await measure(sys, clients, report)
          const refused = new Map<string, readonly Refused[]>()
          for (const one of series) refused.set(one.name, await refusalsOf(one, sys, report))
          context.refused = refused
        })
        return `${clients.length} clients`
      },
    },
    ...(counts ? counting : []),
  ]
}

/** The kernel reported something while it was measured, or died: then the figures mean nothing. */
class MeasuringFailed extends KseriesError {
  constructor(what: string, folder: string, code: ExitCode) {
    super(`While it was measured ${what}`, {
      hint: `Its console is in ${folder}; the tests of the series should find the cause: kseries run.`,
      exitCode: code,
    })
  }
}

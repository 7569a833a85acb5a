import { cachePath, ExitCode, KseriesError } from '@kseries/host'
import { type Artefacts, build, findArtefacts } from '@kseries/kernel'
import { buildAgent, serveSession, strayResults, sysAbi } from '@kseries/kselftest-ts'
import type { Series } from '@kseries/patchgen'
import { bindAbi } from '@kseries/uapi-headers'
import { type Client, clientsOf } from '../compare/clients.ts'
import { diffstatOf } from '../compare/diffstat.ts'
import { measure } from '../compare/measure.ts'
import { type Refused, refusalsOf } from '../compare/refusals.ts'
import { type Compared, markdown, refusalRows, rowsOf } from '../compare/table.ts'
import { type CommitsContext, commitStages } from '../run/commits.ts'
import { bootGuest } from '../run/guest.ts'
import { buildSpec, workTreeName } from '../run/image.ts'
import { layoutsOf } from '../run/layouts.ts'
import type { RunOptions } from '../run/options.ts'
import { paramsOf } from '../run/test-files.ts'
import { chainsFor, nameOf, seriesNamed } from '../series.ts'
import { chooseView, runStages, type Stage } from '../ui/stage.ts'
import { setupStage } from './setup.ts'

export type CompareOptions = Pick<RunOptions, 'base' | 'arch' | 'json' | 'quiet'>

interface Context extends CommitsContext {
  artefacts?: Artefacts
  clients?: readonly Client[]
  compared?: readonly Compared[]
}

/**
 * `kseries compare`: what programs pay for the uAPIs of several series, on one kernel that has all of them.
 * @throws NoClients, and what generating, building, booting throw
 */
export const compare = async (
  names: readonly string[],
  options: CompareOptions,
  signal: AbortSignal,
): Promise<ExitCode> => {
  const chains = await chainsFor(await Promise.all(names.map(seriesNamed)))
  const context: Context = {}
  await runStages(stagesFor(chains, options, signal), context, chooseView(options))
  const { compared = [] } = context
  const head = compared.map(({ client }) => client.name)
  const rows = rowsOf(compared)
  const refusals = refusalRows(compared)
  if (options.json)
    for (const { name, cells } of [...rows, ...refusals])
      process.stdout.write(
        `${JSON.stringify({ type: 'row', name, cells: Object.fromEntries(head.map((client, at) => [client, cells[at]])) })}\n`,
      )
  else {
    const tables = [rows, refusals].filter(part => part.length > 0)
    process.stdout.write(`${tables.map(part => markdown(head, part)).join('\n\n')}\n`)
  }
  // What is forbidden and is not refused is no figure to publish.
  return compared.some(({ refused }) => refused.some(({ code }) => code === '')) ? ExitCode.verdict : ExitCode.ok
}

const stagesFor = (
  chains: readonly (readonly Series[])[],
  { base: asked, arch }: CompareOptions,
  signal: AbortSignal,
): Stage<Context>[] => {
  // Each series once, behind those it needs.
  const chain = [...new Map(chains.flat().map(series => [series.folder, series])).values()]
  const series = chains.flatMap(one => one.slice(-1))
  const options = { arch, profile: 'fast', transport: 'virtio', noise: 0 } as const
  return [
    setupStage([arch], signal),
    // The branches are those of each series alone.
    ...commitStages(chain, asked, signal, { branches: false }),
    {
      title: `kernel for ${arch}`,
      work: async (context, report) => {
        const { generated } = context
        if (!generated) return
        const spec = await buildSpec(chain, options)
        const name = workTreeName(chain, generated).replace(nameOf(chain), `compare-${chains.map(nameOf).join('-')}`)
        const workTree = { name, commit: generated.head, treeHash: generated.treeHash }
        const known = await findArtefacts(generated.treeHash, spec, signal)
        context.artefacts = known ?? (await build({ ...spec, workTree }, { report, signal }))
        return `${context.artefacts.release}${known ? ', built before' : ''}`
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
        const { artefacts, clients, generated } = context
        if (!artefacts || !clients || !generated) return
        const { headers, sources: tree } = artefacts
        const [layouts, agent] = await Promise.all([
          layoutsOf(chain, artefacts, signal),
          buildAgent({ tree, headers, abi: arch, signal }),
        ])
        const logDir = cachePath('results', `compare-${process.pid}`)
        const { machine, guest } = await bootGuest({ artefacts, agent, options, logDir, signal, report })
        await using _ = machine
        const params = paramsOf(chain, undefined)
        await using session = await serveSession({ guest, abi: sysAbi(layouts), params, signal })
        const { service: sys } = await session.link()
        const measured = await measure(sys, clients, report)
        bindAbi(layouts)
        const refused = new Map<string, readonly Refused[]>()
        for (const one of series) refused.set(one.name, await refusalsOf(one, sys, report))
        const [stray] = await strayResults(session)
        if (stray) throw new KernelComplained(stray.message ?? stray.title, logDir)
        context.compared = await Promise.all(
          clients.map(async client => ({
            client,
            measured: measured.get(client) ?? [],
            refused: client.isYardstick ? [] : (refused.get(client.series) ?? []),
            diffstat: client.isYardstick ? undefined : await diffstatOf(generated, client.series, signal),
          })),
        )
        return `${clients.length} clients`
      },
    },
  ]
}

/** The kernel reported something while it was measured: then the figures mean nothing. */
class KernelComplained extends KseriesError {
  constructor(what: string, folder: string) {
    super(`The kernel complained while it was measured: ${what}`, {
      hint: `Its console is in ${folder}; the tests of the series should find the cause: kseries run.`,
      exitCode: ExitCode.verdict,
    })
  }
}

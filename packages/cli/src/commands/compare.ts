import { ExitCode } from '@kseries/host'
import { diffstatOf } from '../compare/diffstat.ts'
import { type CompareContext, type CompareOptions, compareStages } from '../compare/stages.ts'
import { type Compared, markdown, refusalRows, rowsOf } from '../compare/table.ts'
import { chainsFor, seriesNamed } from '../series.ts'
import { chooseView, runStages } from '../ui/stage.ts'

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
  const context: CompareContext = {}
  await runStages(compareStages(chains, options, signal), context, chooseView(options))
  const compared = await comparedIn(context, signal)
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

/** What the stages came to, by client. A series' own figures are no yardstick's, which needs no series. */
const comparedIn = async (context: CompareContext, signal: AbortSignal): Promise<Compared[]> => {
  const { clients = [], generated, measured, copied, refused, reached } = context
  return await Promise.all(
    clients.map(async (client): Promise<Compared> => {
      const isOwn = !client.isYardstick
      return {
        client,
        measured: measured?.get(client) ?? [],
        copied: copied?.get(client),
        refused: (isOwn && refused?.get(client.series)) || [],
        reached: (isOwn && reached?.get(client.series)) || [],
        diffstat: isOwn && generated ? await diffstatOf(generated, client.series, signal) : undefined,
      }
    }),
  )
}

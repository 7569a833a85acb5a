import type { CommitPlan } from '../git/fast-import.ts'
import type { Identity } from '../git/identity.ts'
import type { Series } from '../series/load.ts'
import { addTrailers, type Message } from '../series/message.ts'
import { draftRef } from './branches.ts'
import type { Overlay } from './overlay.ts'

export interface PatchPlan extends CommitPlan {
  readonly series: string
  readonly patch: string
  readonly subject: string
}

export interface PlanOptions {
  readonly overlay: Overlay
  readonly identity: Identity
  readonly label: string
  /** The base's time, in seconds since 1970; each commit is a second later than the one before. */
  readonly time: number
  readonly update: (text: string, fraction?: number) => void
}

/**
 * Works out the commits of a chain, one a patch.
 * @throws AnchorNotFound, AnchorAmbiguous, EditImpossible.
 */
export const planCommits = async (
  chain: readonly Series[],
  { overlay, identity, label, time, update }: PlanOptions,
): Promise<PatchPlan[]> => {
  const plans: PatchPlan[] = []
  const total = chain.reduce((sum, { patches }) => sum + patches.length, 0)
  for (const { name: series, patches } of chain)
    for (const patch of patches) {
      update(`${series} ${patch.name}`, plans.length / total)
      const place = { series, patch: patch.name }
      plans.push({
        ...place,
        subject: patch.message.subject,
        changes: await overlay.apply(patch, place),
        ref: draftRef(series, label),
        message: messageText(patch.message, identity),
        identity: identity.name,
        time: time + plans.length + 1,
      })
    }
  return plans
}

const messageText = ({ subject, body }: Message, { name, configured }: Identity): string => {
  const signOff = `Signed-off-by: ${name}`
  return `${subject}\n\n${addTrailers(body, configured && !body.includes(signOff) ? [signOff] : [])}\n`
}

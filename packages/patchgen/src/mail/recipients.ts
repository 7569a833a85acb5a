import type { Recipients } from './compose.ts'

/** Who named an address. */
export type Origin = 'series.ts' | 'get_maintainer.pl' | 'command line'

/** An address that gets mails. */
export interface Recipient {
  readonly address: string
  /** In the cover letter. */
  readonly field: 'To' | 'Cc'
  readonly origins: readonly Origin[]
  /** The mails it gets: 0 is the cover letter, then the patches. */
  readonly mails: readonly number[]
}

/** Who gets which mail of a series. */
export interface Distribution {
  readonly cover: Recipients
  readonly patches: readonly Recipients[]
  readonly table: readonly Recipient[]
}

/**
 * Gives each patch its recipients, those for all mails and its own, and the cover letter all of them. An address is in a mail
 * once, whatever its letters' case and the name beside it, and in To rather than in Cc.
 * @param common - for all mails.
 * @param maintainers - for each patch; none: of the patches nothing is asked.
 */
export const distribute = (
  common: Recipients & { readonly origin: Origin },
  maintainers: readonly Recipients[],
  patches: number,
): Distribution => {
  const own = Array.from({ length: patches }, (_, index) => maintainers[index] ?? { to: [], cc: [] })
  const perPatch = own.map(its => merged([common, its]))
  const cover = merged([common, ...own])
  const row = (address: string, field: Recipient['field']): Recipient => {
    const isIn = ({ to, cc }: Recipients) => [...to, ...cc].some(other => keyOf(other) === keyOf(address))
    return {
      address,
      field,
      origins: [...(isIn(common) ? [common.origin] : []), ...(own.some(isIn) ? (['get_maintainer.pl'] as const) : [])],
      mails: [0, ...perPatch.flatMap((its, index) => (isIn(its) ? [index + 1] : []))],
    }
  }
  const table = [...cover.to.map(address => row(address, 'To')), ...cover.cc.map(address => row(address, 'Cc'))]
  return { cover, patches: perPatch, table }
}

const merged = (parts: readonly Recipients[]): Recipients => {
  const seen = new Set<string>()
  const once = (address: string) => !seen.has(keyOf(address)) && seen.add(keyOf(address))
  const to = parts.flatMap(part => part.to).filter(once)
  return { to, cc: parts.flatMap(part => part.cc).filter(once) }
}

/** The mail address itself. */
const keyOf = (address: string): string => (/<([^>]*)>\s*$/.exec(address)?.[1] ?? address).trim().toLowerCase()

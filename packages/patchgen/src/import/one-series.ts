import { ImportRefused, show } from './errors.ts'
import type { Mail } from './mail.ts'

/** No series has as many patches; a number out of a mail must not make us count for ever. */
const MOST_PATCHES = 999

/** A mail that has tags. */
export type TaggedMail = Mail & { readonly tags: NonNullable<Mail['tags']> }

/**
 * The one series that an mbox must hold, whole.
 * @returns cover letter and patches, in their order; of mails that came twice, one.
 * @throws ImportRefused for no patch, a missing one, two of one number, several versions or series.
 */
export const oneSeries = (name: string, mails: readonly Mail[]): readonly [TaggedMail, ...TaggedMail[]] => {
  const refuse = (why: string, hint?: string) => new ImportRefused(name, why, hint)
  const tagged = mails.filter((mail): mail is TaggedMail => mail.tags !== undefined)
  const own = withoutCopies(tagged.filter(({ tags, isPatch }) => isPatch || tags.number === 0))
  const empty = tagged.filter(mail => !mail.isPatch && mail.tags.number > 0)
  const [first, ...rest] = own.toSorted((a, b) => a.tags.number - b.tags.number)
  if (!first || own.every(({ tags }) => tags.number === 0)) throw refuse(`there is no patch in it${whatElse(mails)}`)
  const different = (key: 'version' | 'total') => [...new Set(own.map(({ tags }) => tags[key]))]
  const versions = different('version')
  if (versions.length > 1)
    throw refuse(`it has patches of versions ${versions.join(' and ')}`, 'Give one version: an mbox of its own thread.')
  const [total = 1, ...others] = different('total')
  if (others.length > 0)
    throw refuse(`it has patches of several series: of ${[total, ...others].join(' and of ')} patches`)
  if (total > MOST_PATCHES) throw new ImportRefused(first, `it is of ${total} patches: at most ${MOST_PATCHES} can be`)
  const beyond = own.find(({ tags }) => tags.number > total)
  if (beyond) throw new ImportRefused(beyond, `${beyond.tags.number}/${total} is more than there are`)
  const byNumber = Map.groupBy(own, ({ tags }) => tags.number)
  for (const [number, [one, other]] of byNumber)
    if (one && other)
      throw refuse(`${number}/${total} is in it twice: ${show(one)} and ${show(other)}`, 'Give an mbox of one series.')
  const missing = Array.from({ length: total }, (_, index) => index + 1).filter(number => !byNumber.has(number))
  if (missing.length > 0) {
    const names = missing.slice(0, 10).map(number => `${number}/${total}`)
    const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : ''
    const why = empty.find(({ tags }) => missing.includes(tags.number))
    throw refuse(
      `${names.join(', ')}${more} ${missing.length > 1 ? 'are' : 'is'} not in it${why ? `: ${show(why)} has no diff${why.suspicion ? `; ${why.suspicion}` : ''}` : ''}`,
    )
  }
  return [first, ...rest]
}

/** The same mail comes twice if it went to two lists. */
const withoutCopies = (mails: readonly TaggedMail[]): TaggedMail[] => {
  const keyOf = ({ tags, subject, body, diff }: TaggedMail) =>
    JSON.stringify([tags, subject, body, Buffer.from(diff).toString('latin1')])
  return [...new Map(mails.toReversed().map(mail => [keyOf(mail), mail])).values()].toReversed()
}

const whatElse = (mails: readonly Mail[]): string => {
  const untagged = mails.find(({ tags, isPatch }) => isPatch && !tags)
  if (untagged) return `: the subject of ${show(untagged)} does not begin with [PATCH …]`
  const tagged = mails.find(({ tags }) => tags)
  if (!tagged) return ''
  return tagged.tags?.number === 0 ? `, only the cover letter ${show(tagged)}` : `: ${show(tagged)} has no diff`
}

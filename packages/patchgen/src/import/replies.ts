import { addTrailers } from '../series/message.ts'
import type { Mail } from './mail.ts'
import { parseSubject } from './subject.ts'
import { visible } from './visible.ts'

/**
 * Reviewed-by and the like that people gave in replies: they belong to the patch that was replied to, or, given to the cover
 * letter, to all. As b4 does, those are taken that the named person sent; of the others a note says that they were left out.
 * @param own - patches and cover letter.
 * @param others - the other mails.
 */
export const withTrailers = (
  own: readonly Mail[],
  others: readonly Mail[],
): { readonly mails: readonly Mail[]; readonly notes: readonly string[] } => {
  const given = new Map<Mail, Set<string>>()
  const notes: string[] = []
  for (const reply of others) {
    const trailers = trailersIn(reply)
    if (trailers.length === 0) continue
    const target = repliedTo(reply, own)
    for (const { text, address } of trailers) {
      if (!target) notes.push(`left out '${text}' of ${reply.source}: it replies to no patch here`)
      else if (address !== reply.sender)
        notes.push(`left out '${text}' of ${reply.source}: it was sent by ${reply.sender || 'nobody'}`)
      else
        for (const mail of target.tags?.number === 0 ? own.filter(({ tags }) => tags?.number !== 0) : [target])
          given.set(mail, (given.get(mail) ?? new Set()).add(text))
    }
  }
  const mails = own.map(mail => {
    const present = mail.body.split('\n')
    const added = [...(given.get(mail) ?? [])].filter(text => !present.includes(text))
    return added.length === 0 ? mail : { ...mail, body: addTrailers(mail.body, added).trim() }
  })
  return { mails, notes }
}

/** Of its own words, not of those that it quotes. Sign-offs are of who sends a patch on. */
const trailersIn = ({ body, diff }: Mail): { readonly text: string; readonly address: string }[] =>
  [
    ...`${body}\n${visible(Buffer.from(diff).toString('utf8'))}`.matchAll(
      /^([A-Z][a-z]+(?:-[a-z]+)*-by): *([^\n]{1,200})$/gim,
    ),
  ]
    .map(([, name = '', person = '']) => ({
      text: `${name}: ${person.trim()}`,
      address: /<([^\s<>]+@[^\s<>]+)>|^(\S+@\S+)$/.exec(person.trim())?.slice(1).find(Boolean)?.toLowerCase() ?? '',
    }))
    .filter(({ text, address }) => address !== '' && !/^Signed-off-by/i.test(text))

/** By its subject, "Re: [PATCH v2 1/4] …", else by what it refers to, the nearest first. */
const repliedTo = (reply: Mail, own: readonly Mail[]): Mail | undefined => {
  const named = parseSubject(reply.subject.replace(/^[^[]*/, ''))
  const isNamed = ({ tags, subject }: Mail) =>
    named?.subject.trim() === subject && tags?.number === named.tags.number && tags.version === named.tags.version
  const byId = () => reply.parents.map(id => own.find(mail => mail.id === id)).find(mail => mail !== undefined)
  return own.find(isNamed) ?? byId()
}

import { createHash } from 'node:crypto'
import type { ThreadPlace } from './compose.ts'

/**
 * The places of a series' mails in their thread: all patches answer the cover letter. Ids are made of the content, so the same
 * mails have the same ones, and any change, be it of a recipient, gives others.
 * @param contents - the cover letter and the patches, with all that tells them from mails sent before.
 * @param stem - what ids begin with: '20261123-securekey-v2'.
 * @param domain - what is behind their @.
 * @param inReplyTo - the message that the cover letter answers.
 */
export const threadPlaces = (
  contents: readonly Uint8Array[],
  stem: string,
  domain: string,
  inReplyTo: string | undefined,
): ThreadPlace[] => {
  const hash = createHash('sha256').update(`${stem}\0${inReplyTo ?? ''}\0`)
  for (const content of contents) hash.update(`${content.length}\0`).update(content)
  const id = hash.digest('hex').slice(0, 12)
  const messageId = (index: number) => `${stem}-${index}-${id}@${domain}`
  const above = inReplyTo === undefined ? [] : [inReplyTo]
  return contents.map((_, index) => ({
    messageId: messageId(index),
    references: index === 0 ? above : [...above, messageId(0)],
  }))
}

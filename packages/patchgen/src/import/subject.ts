/** What the brackets of a subject say: [PATCH RFC v2 1/4]. */
export interface Tags {
  readonly version: number
  readonly rfc: boolean
  /** 0 for a cover letter. */
  readonly number: number
  readonly total: number
}

/**
 * The subject of a mail that is a patch or a cover letter. Several brackets count as one, as in `[RFC][PATCH 1/4]`; all of
 * them are left out of what is left, as by git am.
 * @returns undefined if none says PATCH or RFC: a reply ("Re: …"), or some other mail.
 */
export const parseSubject = (text: string): { readonly tags: Tags; readonly subject: string } | undefined => {
  const [, brackets = '', subject = ''] = /^((?:\[[^\]]*\]\s*)+)(.*)$/.exec(text) ?? []
  if (!/\b(?:PATCH|RFC)(?:\b|v\d)/i.test(brackets)) return undefined
  const [, number = '1', total = '1'] = /\b(\d+)\/(\d+)\b/.exec(brackets) ?? []
  const tags = {
    version: Number(/(?:\b|PATCH|RFC)v(\d{1,4})\b/i.exec(brackets)?.[1] ?? 1),
    rfc: /\bRFC(?:\b|v\d)/i.test(brackets),
    number: Number(number),
    total: Number(total),
  }
  return { tags, subject }
}

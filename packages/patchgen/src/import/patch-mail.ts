import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ImportRefused } from './errors.ts'
import { readMail } from './mail.ts'
import type { MailedPatch } from './mbox.ts'

/**
 * Reads one mail that is a patch, whatever series it is of.
 * @throws ImportRefused for what is none.
 */
export const readPatchMail = async (mail: Uint8Array, signal?: AbortSignal): Promise<MailedPatch> => {
  const folder = await mkdtemp(join(tmpdir(), 'kseries-mail-'))
  try {
    const path = join(folder, 'mail')
    await writeFile(path, mail)
    const { tags, isPatch, subject, body, diff, author, source, suspicion } = await readMail(path, 'the mail', signal)
    if (!tags || !isPatch)
      throw new ImportRefused(
        'the mail',
        'it is no patch: its subject must begin with [PATCH …], and it must have a diff',
      )
    return { subject, body, diff, author, source, suspicion }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

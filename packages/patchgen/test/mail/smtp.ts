import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A mail as it came over the wire. */
export interface ReceivedMail {
  readonly raw: Buffer
  /** Of the envelope. */
  readonly recipients: readonly string[]
}

/** Runs `work` with a mail server on a port of the loopback; gives the mails that it was sent, in their order. */
export const withSmtpServer = async (work: (port: number) => Promise<void>): Promise<ReceivedMail[]> => {
  const mails: ReceivedMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    onData: (stream, session, done) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        mails.push({ raw: Buffer.concat(parts), recipients: session.envelope.rcptTo.map(({ address }) => address) })
        done()
      })
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  try {
    await work((server.server.address() as AddressInfo).port)
  } finally {
    await new Promise<void>(resolve => server.close(resolve))
  }
  return mails
}

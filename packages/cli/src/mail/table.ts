import type { Recipient } from '@kseries/patchgen'

/** Who gets which mail, and who said so, for a person. */
export const recipientTable = (recipients: readonly Recipient[], patches: number): string => {
  const rows = recipients.map(({ field, address, mails, origins }) => [
    field,
    address,
    mails.length > patches ? 'all' : mails.join(' '),
    origins.join(', '),
  ])
  const all = [['', 'address', 'mails', 'named by'], ...rows]
  const widths = [0, 1, 2].map(column => Math.max(...all.map(row => row[column]?.length ?? 0)))
  return all
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map(line => `${line}\n`)
    .join('')
}

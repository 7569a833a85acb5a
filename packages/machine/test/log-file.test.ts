import { execFileSync } from 'node:child_process'
import { constants, open } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { LogFile } from '../src/log-file.ts'
import { temporary } from './helpers.ts'

test('a disk that is slower than the guest holds the guest up, and does not fill our memory', async t => {
  await using folder = await temporary()
  // A pipe that nobody reads yet, for a disk.
  const path = join(folder.path, 'log')
  execFileSync('mkfifo', [path])
  const reader = await open(path, constants.O_RDWR | constants.O_NONBLOCK)
  const log = await LogFile.create(path, () => {})
  const piece = Buffer.alloc(1024 * 1024, 'x')
  let taken = 0
  const writing = (async () => {
    for (let n = 0; n < 20; n++) {
      await log.append(piece)
      taken++
    }
    await log.close()
  })()
  // What can be taken at once is: appending waits for nothing but the disk.
  for (let turn = 0; turn < 100; turn++) await new Promise(resolve => setImmediate(resolve))
  t.true(taken >= 3 && taken <= 5, `${taken} MiB`)

  let length = 0
  const buffer = Buffer.alloc(1024 * 1024)
  while (length < 20 * piece.length) {
    const { bytesRead } = await reader.read(buffer).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EAGAIN') throw error
      return { bytesRead: 0 }
    })
    length += bytesRead
    if (bytesRead === 0) await new Promise(resolve => setImmediate(resolve))
  }
  await writing
  t.is(length, 20 * piece.length)
  await reader.close()
})

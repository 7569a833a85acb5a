import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { scanForLeaks } from '../../src/session/kmemleak.ts'
import { fakeSession } from '../helpers/fake-session.ts'

const leak = (address: string) => `unreferenced object 0x${address} (size 64):
  comm "modprobe", pid 77, jiffies 4294670000
  hex dump (first 32 bytes):
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................
  backtrace (crc 0):
    __kmalloc_cache_noprof+0x1a0/0x350
`

/** A file plays kmemleak: what is written goes to its beginning, which the report leaves free. */
const scanOf = async (report: string | undefined) => {
  const folder = await mkdtemp(join(tmpdir(), 'kseries-leaks-'))
  await using fake = await fakeSession()
  try {
    const path = join(folder, 'kmemleak')
    if (report !== undefined) await writeFile(path, `........\n${report}`)
    await fake.session.link()
    return await scanForLeaks(fake.session, { path, wait: 50 })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('a kernel without kmemleak has no result, nor has a session whose guest is gone', async t => {
  t.deepEqual(await scanOf(undefined), [])
  await using fake = await fakeSession()
  ;(await fake.session.link()).declareDead('by hand')
  t.deepEqual(await scanForLeaks(fake.session), [])
  t.is(fake.guests.length, 1)
})

test('no leak passes', async t => {
  const [result, ...more] = await scanOf('')
  t.like(result, { group: 'session', title: 'memory leaks', verdict: 'pass', findings: [] })
  t.is(more.length, 0)
})

test('each leak is a finding', async t => {
  const [result] = await scanOf(leak('ffff888100a5b000') + leak('ffff888100a5b040'))
  t.like(result, { group: 'session', title: 'memory leaks', verdict: 'splat' })
  t.regex(result?.message ?? '', /^2 suspected memory leaks\nunreferenced object \(size 64\) of modprobe\n/)
  t.deepEqual(
    result?.findings.map(({ kind, text }) => [kind, text.split('\n').length]),
    [
      ['kmemleak', 6],
      ['kmemleak', 6],
    ],
  )
  t.regex(result?.findings[1]?.text ?? '', /^unreferenced object 0xffff888100a5b040/)
})

test('a thousand leaks are counted, and some shown', async t => {
  const [result] = await scanOf(leak('ffff888100a5b000').repeat(1000))
  t.regex(result?.message ?? '', /^1000 suspected/)
  t.is(result?.findings.length, 50)
})

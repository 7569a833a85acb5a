import { realpath, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { qemuIdentity } from '../src/index.ts'
import { fakeProgram, temporary } from './helpers.ts'

test('another QEMU is another identity, and none is none', async t => {
  await using folder = await temporary()
  const path = process.env['PATH']
  process.env['PATH'] = `${join(folder.path, 'no')}:${folder.path}`
  try {
    t.is(await qemuIdentity('x86_64'), 'none')
    await fakeProgram(folder.path, 'qemu-system-x86_64', 'one')
    const program = join(folder.path, 'qemu-system-x86_64')
    await utimes(program, 1, 1)
    const first = await qemuIdentity('x86_64')
    t.is(first, `${await realpath(program)}:3:1000`)
    t.is(await qemuIdentity('arm64'), 'none')
    await utimes(program, 2, 2)
    t.not(await qemuIdentity('x86_64'), first)
  } finally {
    process.env['PATH'] = path
  }
})

import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { CpioEntryInvalid, folderEntries, initramfs } from '../src/index.ts'

test('files, folders and links come with their modes; a link to a folder is a link', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'kseries-entries-'))
  t.teardown(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'usr/lib'), { recursive: true })
  await writeFile(join(folder, 'usr/lib/x'), 'x')
  await chmod(join(folder, 'usr/lib/x'), 0o4755)
  await symlink('usr/lib', join(folder, 'lib'))
  await symlink('nowhere', join(folder, 'usr/dangling'))
  const entries = await folderEntries(folder)
  t.deepEqual(
    entries.map(entry => (entry.kind === 'file' ? { ...entry, data: String(entry.data) } : entry)),
    [
      { kind: 'symlink', path: 'lib', target: 'usr/lib' },
      { kind: 'dir', path: 'usr', mode: 0o755 },
      { kind: 'symlink', path: 'usr/dangling', target: 'nowhere' },
      { kind: 'dir', path: 'usr/lib', mode: 0o755 },
      { kind: 'file', path: 'usr/lib/x', mode: 0o4755, data: 'x' },
    ],
  )
  t.notThrows(() => initramfs(entries))
})

test('what can only be made is refused', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'kseries-entries-'))
  t.teardown(() => rm(folder, { recursive: true }))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  await t.throwsAsync(folderEntries(folder), { instanceOf: CpioEntryInvalid, message: /'pipe'.*none of these/ })
})

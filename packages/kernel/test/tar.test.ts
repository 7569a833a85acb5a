import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as fc from 'fast-check'
import { readTar, TarDamaged } from '../src/tar.ts'
import { writeTree } from './fake.ts'

const long = `${'a-long-folder-name/'.repeat(12)}file-with-a-long-name-${'x'.repeat(120)}.c`

const pack = async (dir: string, format: string): Promise<Buffer> => {
  const tar = spawn('tar', [
    '--create',
    `--format=${format}`,
    '--sort=name',
    '--mtime=@1700000000',
    `--directory=${dir}`,
    '.',
  ])
  const chunks: Buffer[] = []
  for await (const chunk of tar.stdout) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

async function* pieces(data: Buffer, sizes: readonly number[]) {
  for (let at = 0, turn = 0; at < data.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    yield data.subarray(at, at + size)
    at += size
  }
}

const readAll = async (data: Buffer, sizes: readonly number[] = [65_536]) => {
  const entries: { path: string; kind: string; executable: boolean; content: string }[] = []
  for await (const entry of readTar(pieces(data, sizes))) {
    const chunks: Uint8Array[] = []
    for await (const chunk of entry.data) chunks.push(chunk)
    const content = entry.kind === 'link' ? entry.target : Buffer.concat(chunks).toString()
    entries.push({ path: entry.path, kind: entry.kind, executable: (entry.mode & 0o100) !== 0, content })
  }
  return entries.filter(entry => entry.kind !== 'directory')
}

const files = {
  [long]: 'long\n',
  empty: '',
  'exactly-a-block': 'b'.repeat(512),
  link: '->empty',
  'long-link': `->${'t/'.repeat(90)}`,
  'run.sh': '#!/bin/sh\n',
  'ünï.txt': 'name\n',
}

const expected = Object.entries(files)
  .map(([path, content]) => ({
    path: `./${path}`,
    kind: content.startsWith('->') ? 'link' : 'file',
    executable: content.startsWith('->') || content.startsWith('#!'),
    content: content.replace(/^->/, ''),
  }))
  .toSorted((a, b) => (a.path < b.path ? -1 : 1))

const sorted = (entries: typeof expected) => entries.toSorted((a, b) => (a.path < b.path ? -1 : 1))

const withFolder = async (work: (dir: string) => Promise<void>) => {
  const dir = await mkdtemp(join(tmpdir(), 'kseries-tar-'))
  try {
    await work(dir)
  } finally {
    await rm(dir, { recursive: true })
  }
}

for (const format of ['gnu', 'pax'] as const) {
  test(`reads what tar --format=${format} writes, in chunks of any size`, t =>
    withFolder(async dir => {
      await writeTree(dir, files)
      const archive = await pack(dir, format)
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 6 }), async sizes => {
          t.deepEqual(sorted(await readAll(archive, sizes)), expected)
        }),
        { numRuns: 20 },
      )
    }))
}

test('an entry whose data nobody reads is skipped', t =>
  withFolder(async dir => {
    await writeTree(dir, files)
    const paths: string[] = []
    for await (const entry of readTar(pieces(await pack(dir, 'gnu'), [700])))
      if (entry.kind === 'file') paths.push(entry.path)
    t.is(paths.length, 5)
  }))

test('an archive cut anywhere before its end mark is an error', t =>
  withFolder(async dir => {
    await writeTree(dir, { one: 'x'.repeat(2000), two: 'y' })
    const archive = await pack(dir, 'gnu')
    // tar pads to 10 kB; the end mark is the first block of zeros after the last entry.
    const end = 512 * 3 + 2048 + 512
    for (const length of [1, 511, 513, 1030, 2600, end - 1]) {
      await t.throwsAsync(readAll(archive.subarray(0, length)), { instanceOf: TarDamaged }, String(length))
    }
  }))

test('something that is no tar is an error', t =>
  t.throwsAsync(readAll(Buffer.alloc(4096, 'no tar')), { instanceOf: TarDamaged, message: /checksum/ }))

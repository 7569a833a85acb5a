import { gunzipSync } from 'node:zlib'
import test from 'ava'
import { array, assert, dictionary, property, stringMatching, uint8Array } from 'fast-check'
import { CpioEntryInvalid, devConsole, initramfs } from '../src/index.ts'

interface Unpacked {
  readonly name: string
  readonly mode: number
  readonly ino: number
  readonly device: string
  readonly data: Buffer
}

const aligned = (value: number) => (value + 3) & ~3

// A reader of its own, after buffer-format.rst: magic, 13 fields of 8 hexadecimal digits, name, data, each to 4 bytes.
const unpack = (archive: Uint8Array): Unpacked[] => {
  const bytes = Buffer.from(archive)
  const records: Unpacked[] = []
  let at = 0
  for (;;) {
    if (bytes.toString('latin1', at, at + 6) !== '070701') throw new Error(`no header at ${at}`)
    const field = (i: number) => Number.parseInt(bytes.toString('latin1', at + 6 + i * 8, at + 14 + i * 8), 16)
    const nameEnd = at + 110 + field(11)
    const name = bytes.toString('utf8', at + 110, nameEnd - 1)
    const dataAt = aligned(nameEnd)
    if (name === 'TRAILER!!!') return records
    records.push({
      name,
      ino: field(0),
      mode: field(1),
      device: `${field(9)}:${field(10)}`,
      data: bytes.subarray(dataAt, dataAt + field(6)),
    })
    at = aligned(dataAt + field(6))
  }
}

test('packs files, folders, links and devices', t => {
  const archive = initramfs([
    { kind: 'file', path: '/init', mode: 0o755, data: '#!/bin/sh\n' },
    { kind: 'symlink', path: 'bin/sh', target: 'busybox' },
    { kind: 'dir', path: 'tmp/', mode: 0o1777 },
    devConsole,
    { kind: 'device', path: 'dev/sda', type: 'block', major: 8, minor: 0 },
  ])
  t.is(archive.length % 512, 0)
  t.deepEqual(
    unpack(archive).map(({ name, mode, device, data }) => [name, mode.toString(8), device, data.toString()]),
    [
      ['bin', '40755', '0:0', ''],
      ['bin/sh', '120777', '0:0', 'busybox'],
      ['dev', '40755', '0:0', ''],
      ['dev/console', '20600', '5:1', ''],
      ['dev/sda', '60600', '8:0', ''],
      ['init', '100755', '0:0', '#!/bin/sh\n'],
      ['tmp', '41777', '0:0', ''],
    ],
  )
  t.deepEqual(
    unpack(archive).map(({ ino }) => ino),
    [1, 2, 3, 4, 5, 6, 7],
  )
})

test('the order in which things are named does not matter; compressed it is the same archive', t => {
  const entries = [devConsole, { kind: 'file', path: 'init', data: 'x' }, { kind: 'dir', path: 'a/b' }] as const
  t.deepEqual(initramfs(entries), initramfs(entries.toReversed()))
  t.deepEqual(initramfs(entries, { gzip: true }), initramfs(entries.toReversed(), { gzip: true }))
  t.deepEqual(new Uint8Array(gunzipSync(initramfs(entries, { gzip: true }))), new Uint8Array(initramfs(entries)))
})

test('any names and contents come back', t => {
  assert(
    property(dictionary(stringMatching(/^[a-zä]{1,9}(\.[a-z]{1,3})?$/), uint8Array({ maxLength: 70 })), files => {
      const archive = initramfs(Object.entries(files).map(([path, data]) => ({ kind: 'file', path, data })))
      t.deepEqual(Object.fromEntries(unpack(archive).map(({ name, data }) => [name, new Uint8Array(data)])), {
        ...files,
      })
    }),
  )
  assert(
    property(array(stringMatching(/^[ab]$/), { minLength: 1, maxLength: 6 }), parts => {
      const names = unpack(initramfs([{ kind: 'dir', path: parts.join('/') }])).map(({ name }) => name)
      t.deepEqual(
        names,
        parts.map((_, i) => parts.slice(0, i + 1).join('/')),
      )
    }),
  )
})

test('refuses what no kernel would unpack as meant', t => {
  for (const path of ['', '/', '../x', 'a//b', 'a/./b', 'a\0b']) {
    t.throws(() => initramfs([{ kind: 'dir', path }]), { instanceOf: CpioEntryInvalid }, path)
  }
  const file = { kind: 'file', path: 'a', data: '' } as const
  t.throws(() => initramfs([file, { ...file, path: '/a' }]), { instanceOf: CpioEntryInvalid, message: /there twice/ })
  t.throws(() => initramfs([file, { ...file, path: 'a/b' }]), { instanceOf: CpioEntryInvalid, message: /below a file/ })
})

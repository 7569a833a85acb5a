import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'

// "GIT binary patch": https://git-scm.com/docs/diff-generate-patch, and base85.c and diff.c of git.
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~'

/** A diff of a binary file, whole (`literal`); undefined for a file that is not there before. */
export const binaryPatch = (path: string, old: Uint8Array | undefined, now: Uint8Array): string =>
  [
    `diff --git a/${path} b/${path}`,
    ...(old ? [] : ['new file mode 100644']),
    `index ${old ? idOf(old) : '0'.repeat(40)}..${idOf(now)}${old ? ' 100644' : ''}`,
    'GIT binary patch',
    section('literal', now),
    section('literal', old ?? new Uint8Array()),
    '',
  ].join('\n')

/** A delta between blobs, in the same form, that says nothing but the sizes of both. */
export const deltaPatch = (path: string, old: Uint8Array, sizes: readonly [from: number, to: number]): string =>
  [
    `diff --git a/${path} b/${path}`,
    `index ${idOf(old)}..${'2'.repeat(40)} 100644`,
    'GIT binary patch',
    section('delta', Uint8Array.from([...sizes.flatMap(varint), 0x90, old.length])),
    section('literal', old),
    '',
  ].join('\n')

const idOf = (content: Uint8Array) =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')

const section = (kind: string, content: Uint8Array) => {
  const packed = deflateSync(content)
  let lines = ''
  for (let at = 0; at < packed.length; at += 52) {
    const part = packed.subarray(at, at + 52)
    lines += `${String.fromCharCode(part.length <= 26 ? part.length + 64 : part.length + 70)}${base85(part)}\n`
  }
  return `${kind} ${content.length}\n${lines}`
}

const base85 = (bytes: Uint8Array): string => {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4) {
    let value = [0, 1, 2, 3].reduce((sum, index) => sum * 256 + (bytes[at + index] ?? 0), 0)
    let five = ''
    for (let digit = 0; digit < 5; digit++) {
      five = digits.charAt(value % 85) + five
      value = Math.floor(value / 85)
    }
    text += five
  }
  return text
}

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]

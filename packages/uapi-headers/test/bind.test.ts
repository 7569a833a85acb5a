/** The generated file, imported as a test would: constants and structs of the ABI that KSERIES_ABI names. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '@kseries/host'
import test from 'ava'
import {
  type AbiDescription,
  abiPath,
  BadAbiFile,
  bindAbi,
  boundAbi,
  constantValue,
  syscallNumber,
  UnknownConstant,
} from '../src/index.ts'
import type * as Generated from './fixtures/nasty.gen.ts'
import { describeFor } from './support/inputs.ts'

const generated = new URL('fixtures/nasty.gen.ts', import.meta.url).href

/** Runs code after `import * as uapi from the generated file` in a process of its own. */
const inProcess = async (code: string, env: Record<string, string | undefined>) =>
  await run(
    process.execPath,
    ['--input-type=module-typescript', '--eval', `import * as uapi from '${generated}'\n${code}`],
    {
      env: { KSERIES_ABI: undefined, ...env },
      okCodes: [0, 1],
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      timeout: 60_000,
    },
  )

const [x86, i386] = await Promise.all([describeFor('x86_64'), describeFor('i386')])
const reason = [x86, i386].find(one => typeof one === 'string')
const define = reason === undefined ? test : test.skip
const because = reason === undefined ? '' : ` (${String(reason)})`
const descriptionOf = (described: typeof x86): AbiDescription => {
  if (typeof described === 'string') throw new Error(described)
  return described.description
}

define(`KSERIES_ABI decides what constants and structs are${because}`, async t => {
  const code = `
    import { syscallNumber } from '@kseries/uapi-headers'
    console.log(JSON.stringify([uapi.AF_ALG, uapi.NASTY_EXPRESSION, String(uapi.NASTY_WIDE), uapi.NASTY_TEXT,
      uapi.nasty_integers.size, uapi.nasty_pointers.size, uapi.nasty_integers.offsetof('ul'), syscallNumber('write')]))`
  const wide = await inProcess(code, { KSERIES_ABI: abiPath(descriptionOf(x86)) })
  t.deepEqual(JSON.parse(wide.stdout), [38, (42 << 3) | 96, '1311768467463790320', 'na"sty\té', 96, 56, 48, 1])
  const narrow = await inProcess(code, { KSERIES_ABI: abiPath(descriptionOf(i386)) })
  t.deepEqual(JSON.parse(narrow.stdout), [38, (42 << 3) | 68, '1311768467463790320', 'na"sty\té', 68, 28, 40, 4])
})

define(`without an ABI the import says what to do${because}`, async t => {
  const none = await inProcess('', {})
  t.is(none.exitCode, 1)
  t.regex(none.stderr, /AbiNotBound: Cannot tell the constant '\w+': no ABI is bound/)
  t.regex(none.stderr, /call bindAbi\(description\) before the generated file is imported/)
})

define(`an ABI that lacks a constant of the generated file${because}`, async t => {
  const folder = await mkdtemp(join(tmpdir(), 'kseries-test-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = join(folder, 'abi.json')
  const whole = descriptionOf(x86)
  const { NASTY_NUMBER: _, ...others } = whole.constants['kseries/nasty.h'] ?? {}
  await writeFile(file, JSON.stringify({ ...whole, constants: { ...whole.constants, 'kseries/nasty.h': others } }))
  const missing = await inProcess('', { KSERIES_ABI: file })
  t.regex(missing.stderr, /UnknownConstant: Cannot find the constant 'NASTY_NUMBER' in the headers of x86_64/)
  t.regex(missing.stderr, /Near: .*NASTY_/)

  await writeFile(file, JSON.stringify(whole).slice(0, 1000))
  t.regex((await inProcess('', { KSERIES_ABI: file })).stderr, /BadAbiFile: .*it is '.*abi.json'/)
  t.regex((await inProcess('', { KSERIES_ABI: '/no/such/file' })).stderr, /BadAbiFile: .*'\/no\/such\/file'/)
  await writeFile(file, JSON.stringify({ ...whole, format: 2 }))
  t.regex((await inProcess('', { KSERIES_ABI: file })).stderr, /its format is 2, not 1/)
})

define(`bindAbi, then import; a struct of another ABI besides${because}`, async t => {
  bindAbi(descriptionOf(x86))
  t.is(boundAbi().abi, 'x86_64')
  const uapi: typeof Generated = await import(generated)
  t.is(uapi.NASTY_NUMBER, 42)
  t.is(uapi.NASTY_MINIMUM, -(2n ** 63n))
  t.is(uapi.nasty_pointers.size, 56)
  const compat = uapi.nasty_pointers.for(descriptionOf(i386))
  t.is(compat.size, 28)
  t.deepEqual(compat.decode(compat.encode({ data: 0xfffff000 })).data, 0xfffff000n)

  const value = uapi.nasty_unions.decode(uapi.nasty_unions.encode({ kind: 1, deep: -2, tagged: { v: { all: 5 } } }))
  const deep: number = value.deep
  const all: bigint = value.tagged.v.all
  t.deepEqual([deep, all, value.tagged.u.x], [-2, 5n, 5])
  // @ts-expect-error: a member that there is not is an error of types too
  t.throws(() => uapi.nasty_unions.encode({ kin: 1 }))
  // @ts-expect-error: text for a number as well
  t.throws(() => uapi.nasty_unions.encode({ kind: '1' }))

  bindAbi(descriptionOf(i386))
  t.is(uapi.nasty_pointers.size, 28, 'structs follow')
})

define(`constants and calls of a description${because}`, t => {
  const description = descriptionOf(x86)
  t.is(constantValue('O_CREAT', description), 0o100)
  t.is(constantValue('NASTY_TOP', description), 0x80000000)
  t.is(constantValue('NASTY_HUGE', description), 0x100000000)
  t.is(constantValue('NASTY_BELOW', description), -1)
  t.is(syscallNumber('openat', description), 257)
  t.is(syscallNumber('openat', descriptionOf(i386)), 295)
  t.is(syscallNumber('socketcall', description), undefined)
  t.throws(() => constantValue('NASTY_GONE', description), { instanceOf: UnknownConstant })
  t.is(new BadAbiFile('x', undefined).exitCode, 4)
})

import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { run } from '@kseries/host'
import test from 'ava'
import { emitTypes, UnknownConstant, UnknownStruct } from '../src/index.ts'
import { describeFor } from './support/inputs.ts'

const generated = fileURLToPath(new URL('fixtures/nasty.gen.ts', import.meta.url))
const options = { headers: ['kseries/nasty.h'], command: 'KSERIES_REGENERATE=1 ava test/emit-types.test.ts' }

const described = await describeFor('x86_64')
const define = typeof described === 'string' ? test.skip : test
const because = typeof described === 'string' ? ` (${described})` : ''
const description = () => {
  if (typeof described === 'string') throw new Error(described)
  return described.description
}

define(`the generated file of the fixture is fresh${because}`, async t => {
  const text = emitTypes(description(), { ...options, names: ['AF_ALG', 'O_RDWR', 'O_DIRECTORY'] })
  if (process.env['KSERIES_REGENERATE']) await writeFile(generated, text)
  t.is(await readFile(generated, 'utf8'), text)
})

define(`the same input gives the same text, whatever the order${because}`, t => {
  const names = ['AF_ALG', 'SOCK_*', 'iovec']
  t.is(
    emitTypes(description(), { headers: ['linux/tee.h', 'linux/if_alg.h'], names }),
    emitTypes(structuredClone(description()), {
      headers: ['linux/if_alg.h', 'linux/tee.h'],
      names: names.toReversed(),
    }),
  )
})

define(`it is formatted as Biome formats${because}`, async t => {
  const everything = emitTypes(description(), { headers: Object.keys(description().constants), names: ['*'] })
  t.true(everything.length > 20_000)
  const { stdout } = await run('biome', ['format', '--stdin-file-path=generated.ts'], {
    input: everything,
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
  })
  t.is(`${stdout}\n`, everything)
})

define(`names: patterns, structs with their parts, and none that are not there${because}`, t => {
  const text = emitTypes(description(), { names: ['NASTY_T*', 'nasty_arrays'] })
  t.regex(text, /export const NASTY_TEXT: string = textConstant/)
  t.regex(text, /export const NASTY_TWICE: number = constant/)
  t.notRegex(text, /NASTY_NUMBER|_KSERIES_NASTY_H/)
  t.regex(text, /export interface nasty_endian \{/, 'nasty_arrays has some')
  t.notRegex(text, /nasty_integers/)
  t.regex(text, /import \{ constant, struct, type Struct, textConstant \} from '@kseries\/uapi-headers'/)
  t.throws(() => emitTypes(description(), { names: ['NASTY_GONE'] }), {
    instanceOf: UnknownConstant,
    message: /'NASTY_GONE' in the headers of x86_64/,
  })
  t.throws(() => emitTypes(description(), { names: ['nasty_gone'] }), { instanceOf: UnknownStruct })
  t.notThrows(() => emitTypes(description(), { names: ['NO_SUCH_*'] }))
})

import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { loadChain } from '@kseries/patchgen'
import test from 'ava'
import { projectRoot } from '../../src/series.ts'
import { askPatches } from '../../src/ui/ask-patch.ts'

const chain = () => loadChain(join(projectRoot, 'kernel-patches/securekey-afalg'))
const never = new AbortController().signal
const questions = ['crypto/a.c:1', 'crypto/b.c:2'].map(place => ({
  place,
  why: 'no patch edits this file',
  patches: [],
}))

/** A terminal on which somebody answers each question in turn; undefined: the input ends. */
const typing = (answers: readonly (string | undefined)[]) => {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const rest = [...answers]
  let shown = ''
  output.on('data', (data: Buffer) => {
    shown += data.toString()
    if (!data.toString().endsWith('patch? ')) return
    const answer = rest.shift()
    if (answer === undefined) input.end()
    else input.write(`${answer}\n`)
  })
  return { input, output, shown: () => shown }
}

test('each question is asked until a patch is named, by its name or with its series', async t => {
  const terminal = typing(['nonsense', '04-keys', 'securekey-afalg/02-secure-key-option'])
  const answer = await askPatches(questions, await chain(), never, terminal)
  t.deepEqual(questions.map(answer), [
    { series: 'securekey', patch: '04-keys' },
    { series: 'securekey-afalg', patch: '02-secure-key-option' },
  ])
  t.regex(terminal.shown(), /there is no such patch[^]*securekey\/03-core/)
})

test('what is not answered when the input ends has no answer', async t => {
  const answer = await askPatches(questions, await chain(), never, typing(['04-keys', undefined]))
  t.deepEqual(questions.map(answer), [{ series: 'securekey', patch: '04-keys' }, undefined])
})

test('an abort ends the asking', async t => {
  const abort = new AbortController()
  const terminal = typing([])
  terminal.output.on('data', () => abort.abort())
  await t.throwsAsync(askPatches(questions, await chain(), abort.signal, { ...terminal, input: new PassThrough() }), {
    name: 'AbortError',
  })
})

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { copyOfSeries, events, kseries, lastEvent } from './kseries.ts'

/** A patch that replaces some text, which is there once, by another. */
const addPatch = async (series: string, name: string, subject: string, from: string, to: string) => {
  const folder = join(series, 'patches', name)
  await mkdir(folder)
  await writeFile(join(folder, 'message.md'), `${subject}\n\nFor a test.\n`)
  await writeFile(
    join(folder, 'edits.ts'),
    `import { edit, replaceText } from '@kseries/patchgen'

export default [edit('crypto/algif_securekey_keys.c', replaceText('${from}', '${to}'))]
`,
  )
}

test('--prove: tests begin to pass at some commit; the one that breaks them, and the one that mends it, are named', async t => {
  const folder = await copyOfSeries()
  const series = join(folder, 'securekey-afalg')
  for (const name of await readdir(join(series, 'selftests'))) {
    if (name.endsWith('.test.ts') && name !== 'walk-through.test.ts') await rm(join(series, 'selftests', name))
  }
  const [whole, cut] = ['return securekey_generate(', 'return size == 0 ? -EIO : securekey_generate(']
  await addPatch(series, '90-break', 'crypto: af_alg - generate no keys', whole, cut)
  await addPatch(series, '91-mend', 'crypto: af_alg - generate keys again', cut, whole)

  const { exitCode, stdout, stderr } = await kseries(['check', series, '--no-build', '--prove', '--json'])
  t.is(exitCode, 1, stderr)
  const proofs = events(stdout).filter(({ type }) => type === 'proof')
  t.deepEqual(
    proofs.map(({ title, passes }) => [String(title).slice(0, 8), passes]),
    [
      ['a key is', [false, true, true, true, true, true, false, true]],
      ['cipherte', [false, false, false, true, true, true, true, true]],
    ],
  )
  const found = events(stdout).filter(event => event['type'] === 'finding' && event['tool'] === 'prove')
  t.is(found.length, 1)
  t.like(found[0], { blocks: true, symbol: proofs[0]?.['title'], commit: { index: 6, patch: '90-break' } })
  t.true(Number(lastEvent(stdout, 'checked')['blocking']) >= 1)

  // The same of run, from what is known by now.
  const run = await kseries(['run', '--series', series, '--each-commit', '--prove', '--json'])
  t.is(run.exitCode, 1, run.stderr)
  t.deepEqual(
    events(run.stdout).flatMap(({ type, pass, gained, lost }) => (type === 'commit' ? [[pass, gained, lost]] : [])),
    [
      [0, 0, 0],
      [1, 1, 0],
      [1, 0, 0],
      [2, 1, 0],
      [2, 0, 0],
      [2, 0, 0],
      [1, 0, 1],
      [2, 1, 0],
    ],
  )
  const results = join(folder, 'results')
  const again = await kseries(['run', '--series', series, '--each-commit', '--results', results])
  t.is(again.exitCode, 0, 'all pass at the last commit')
  t.deepEqual((await readdir(results)).toSorted(), ['00', '01', '02', '03', '04', '05', '06', '07'])
  t.regex(await readFile(join(results, '06', 'results.ktap'), 'utf8'), /^ +not ok /m)
  t.notRegex(await readFile(join(results, '07', 'results.ktap'), 'utf8'), /^ *not ok /m)
})

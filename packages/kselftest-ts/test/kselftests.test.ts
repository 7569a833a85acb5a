import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@kseries/host'
import test from 'ava'
import { runKselftests } from '../src/kselftests.ts'
import { fakeSession } from './helpers/fake-session.ts'

/** What a program of a target does, in C. */
const programs: Readonly<Record<string, string>> = {
  good: 'puts("TAP version 13\\n1..2\\nok 1 heap.a\\nok 2 heap.b # SKIP not here");',
  bad: `puts("TAP version 13\\n1..2\\nok 1 heap.a\\nnot ok 2 heap.cannot_be_mapped");
        fputs("# heap.c:51:cannot_be_mapped:Expected 1 (1) == errno (22)\\n", stderr); return 1;`,
  silent: 'return 0;',
  skipped: 'return 4;',
  broken: 'fputs("no device\\n", stderr); return 3;',
  crashed: '*(volatile int *)0 = 1;',
  afterwards: 'puts("TAP version 13\\n1..1\\nok 1 a"); return 1;',
  endless: 'puts("TAP version 13\\n1..1"); fflush(stdout); pause();',
}

let folder: string

test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kseries-kselftest-'))
  await mkdir(join(folder, 'x'))
  for (const [name, body] of Object.entries(programs)) {
    const source = join(folder, `${name}.c`)
    await writeFile(source, `#include <stdio.h>\n#include <unistd.h>\nint main(void) { ${body} return 0; }\n`)
    await run('gcc', ['-static', '-O1', '-o', join(folder, 'x', name), source])
  }
})
test.after.always(() => rm(folder, { recursive: true, force: true }))

const ran = async (names: readonly string[], deadline = 10_000) => {
  await writeFile(join(folder, 'kselftest-list.txt'), names.map(name => `x:${name}\n`).join(''))
  await using fake = await fakeSession()
  return await runKselftests(fake.session, folder, { deadline })
}

test.serial('what programs report are results; why a test failed is said with it', async t => {
  const results = await ran(['good', 'bad'])
  t.deepEqual(
    results.map(({ group, title, verdict }) => [group, title, verdict]),
    [
      ['kselftest x', 'good › heap.a', 'pass'],
      ['kselftest x', 'good › heap.b', 'skip'],
      ['kselftest x', 'bad › heap.a', 'pass'],
      ['kselftest x', 'bad › heap.cannot_be_mapped', 'fail'],
    ],
  )
  t.is(results[3]?.message, 'heap.c:51:cannot_be_mapped:Expected 1 (1) == errno (22)')
})

test.serial('a program that reports nothing is judged by its end, as is one that fails behind its report', async t => {
  const results = await ran(['silent', 'skipped', 'broken', 'crashed', 'afterwards'])
  t.deepEqual(
    results.map(({ title, verdict, message }) => [title, verdict, message]),
    [
      ['silent', 'pass', undefined],
      ['skipped', 'skip', 'it exited with 4'],
      ['broken', 'fail', 'it exited with 3'],
      ['crashed', 'fail', 'signal 11 ended it'],
      ['afterwards › a', 'pass', undefined],
      ['afterwards', 'fail', 'it exited with 1'],
    ],
  )
  t.deepEqual(results[2]?.log, ['no device'])
})

test.serial('a program that does not end is a result, and the next one has a guest', async t => {
  const results = await ran(['endless', 'good'], 1_500)
  const [first, ...others] = results
  t.is(first?.title, 'endless')
  t.not(first?.verdict, 'pass')
  t.deepEqual(
    others.filter(({ title }) => title.startsWith('good')).map(({ verdict }) => verdict),
    ['pass', 'skip'],
  )
})

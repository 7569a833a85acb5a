import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@kseries/host'
import type { Artefacts } from '@kseries/kernel'
import type { Sys } from '@kseries/kselftest-ts'
import type { Generated } from '@kseries/patchgen'
import test from 'ava'
import { coverageOf, keepCounts } from '../../src/run/coverage.ts'
import { coverageText, rangesOf } from '../../src/ui/coverage.ts'

const BEFORE = 'int old(void)\n{\n\treturn 1;\n}\n'
const AFTER = `${BEFORE}
int fresh(int n)
{
	if (n > 1)
		return n;

	n = 7;
	return n;
}
`

/** A program that counts, as the kernel would: its source in two commits, notes, and counts after a run in which `fresh` got 5. */
const counted = async (root: string) => {
  const git = async (...args: string[]) => (await run('git', ['-C', root, ...args])).stdout.trim()
  const commit = async (message: string) => {
    await git('add', '--all')
    await git('-c', 'user.name=A', '-c', 'user.email=a@example.org', 'commit', '--quiet', '-m', message)
    return await git('rev-parse', 'HEAD')
  }
  await git('init', '--quiet')
  await mkdir(join(root, 'lib'))
  await writeFile(join(root, 'lib/x.c'), BEFORE)
  const base = await commit('before')
  await writeFile(join(root, 'lib/x.c'), AFTER)
  await writeFile(join(root, 'lib/idle.c'), 'int idle(void)\n{\n\treturn 3;\n}\n')
  const head = await commit('after')
  await writeFile(
    join(root, 'main.c'),
    'int old(void), fresh(int);\nint main(void) { return old() + fresh(5) != 6; }\n',
  )
  for (const name of ['lib/x', 'lib/idle'])
    await run('gcc', ['--coverage', '-c', `${name}.c`, '-o', `${name}.o`], { cwd: root })
  await run('gcc', ['--coverage', 'main.c', 'lib/x.o', '-o', 'main'], { cwd: root })
  await run(join(root, 'main'), [], { cwd: root })
  const notes = join(root, 'notes')
  await mkdir(join(notes, 'lib'), { recursive: true })
  for (const name of ['lib/x', 'lib/idle']) await rename(join(root, `${name}.gcno`), join(notes, `${name}.gcno`))
  const generated = { gitDir: join(root, '.git'), base: { commit: base, label: '' }, head } as unknown as Generated
  return { artefacts: { arch: 'x86_64', coverageNotes: notes } as unknown as Artefacts, generated }
}

/** A guest whose debugfs is a folder of this machine. */
const guestWith = (folder: string) => {
  const local = (path: string) => path.replace('/sys/kernel/debug/gcov', folder)
  return {
    readDir: async (path: string) => (await run('ls', [local(path)])).stdout.split('\n').filter(Boolean),
    readFile: async (path: string) => await readFile(local(path)),
  } as unknown as Sys
}

const x86 = process.arch === 'x64' ? test : test.skip

x86('of a series’ own lines those that ran are told, as text and for lcov', async t => {
  const root = await mkdtemp(join(tmpdir(), 'kseries-coverage-'))
  t.teardown(() => rm(root, { recursive: true }))
  const { artefacts, generated } = await counted(root)
  const debugfs = join(root, 'debugfs')
  await mkdir(join(debugfs, 'build/lib'), { recursive: true })
  await writeFile(join(debugfs, 'reset'), '')
  await rename(join(root, 'lib/x.gcda'), join(debugfs, 'build/lib/x.gcda'))
  await writeFile(join(debugfs, 'build/lib/x.gcno'), 'a link, in debugfs')
  const folder = join(root, 'results')
  t.is(await coverageOf(artefacts, generated, folder, new AbortController().signal), undefined)
  t.deepEqual(await keepCounts(guestWith(debugfs), folder), [])

  const files = await coverageOf(artefacts, generated, folder, new AbortController().signal)
  const x = [6, 8, 9, 11, 12].map(line => ({ line, count: [11, 12].includes(line) ? 0 : 1 }))
  const idle = [1, 3].map(line => ({ line, count: 0 }))
  t.deepEqual(files, [
    { path: 'lib/idle.c', lines: idle },
    { path: 'lib/x.c', lines: x },
  ])
  t.deepEqual(coverageText(files ?? []), [
    '  lib/idle.c    0.0 %        0 of 2  not: 1, 3',
    '  lib/x.c      60.0 %        3 of 5  not: 11-12',
    '  all          42.9 %        3 of 7',
  ])
  t.regex(await readFile(join(folder, 'coverage.info'), 'utf8'), /^SF:lib\/x\.c\nDA:6,1\n(DA:.*\n)*end_of_record$/m)
})

test('numbers in a row are a range', t => {
  t.is(rangesOf([]), '')
  t.is(rangesOf([3]), '3')
  t.is(rangesOf([1, 2, 4, 6, 7, 8]), '1-2, 4, 6-8')
})

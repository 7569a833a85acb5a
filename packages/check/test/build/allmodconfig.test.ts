import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, type Report } from '@kseries/host'
import test from 'ava'
import { targetsFor, targetsOf } from '../../src/build/folders.ts'
import { allmodChecks, type Subject } from '../../src/index.ts'
import { fakeKernel, goodMessage } from '../kernel.ts'
import { type Files, isolate, Repo } from '../repo.ts'
import { withSandbox } from '../with-sandbox.ts'

let root = ''
let repo: Repo
let base = ''
test.before(async () => {
  root = await isolate()
  repo = await Repo.make(join(root, 'repo'), fakeKernel)
  base = await repo.git('rev-parse', 'HEAD')
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const seriesOf = (name: string, ...steps: readonly Files[]): Promise<Subject> =>
  repo.series(
    name,
    base,
    steps.map(files => ({ message: goodMessage, files })),
  )
const check = async (subject: Subject, isSandboxed = false) => {
  const notes: string[] = []
  const report: Report = progress => {
    if (progress.kind === 'note') notes.push(progress.text)
  }
  return { findings: await allmodChecks(subject, { arch: 'x86_64', isSandboxed, report }), notes }
}
const calls = async (name: string): Promise<string[]> =>
  (await readFile(cachePath('work', `check-${name}`, 'make-calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean)

const demo = fakeKernel['drivers/demo/demo.c'] ?? ''
const path = 'drivers/demo/demo.c'
const brokenToo = {
  'drivers/demo/Makefile': `${fakeKernel['drivers/demo/Makefile']}obj-y += broken.o\n`,
  'drivers/demo/broken.c': '#error no\n',
}
const withUnused = (text: string) => `${demo}#ifdef MODULE\nstatic int ${text};\n#endif\n`

test.serial('caught: a warning as a module; of the folder alone; remembered', async t => {
  const subject = await seriesOf('warned', { [path]: `${demo}/* more */\n` }, { [path]: withUnused('modular') })
  const { findings } = await check(subject)
  t.is(findings.length, 1, JSON.stringify(findings))
  t.like(findings[0], { tool: 'gcc', file: path, line: 17, config: 'allmodconfig', blocks: true, commit: { index: 2 } })
  t.regex(findings[0]?.text ?? '', /'modular' defined but not used/)
  const made = await calls('warned')
  t.deepEqual([...new Set(made)], ['allmodconfig', 'drivers/demo/'])
  t.is(made.filter(call => call === 'drivers/demo/').length, 3)
  t.deepEqual((await check(subject)).findings, findings)
  t.is((await calls('warned')).length, made.length)
})

test.serial('a series that touches nothing that is compiled: no make', async t => {
  t.deepEqual(await check(await seriesOf('none', { 'drivers/demo/old.txt': 'x\n', 'Documentation/x.rst': 'x\n' })), {
    findings: [],
    notes: [],
  })
  t.deepEqual(await calls('none'), [])
})

test.serial('a base that does not compile: a note; a folder that is new is not made there', async t => {
  const broken = await repo.commit({ message: 'demo: break', files: brokenToo })
  const subject = await repo.series('broken', broken, [{ message: goodMessage, files: { [path]: `${demo}\n` } }])
  const { findings, notes } = await check(subject)
  t.deepEqual(findings, [])
  t.regex(notes.join('\n'), /the base has errors with allmodconfig.*#error no/)
  const fresh = await seriesOf('fresh', { 'drivers/fresh/Makefile': '', 'drivers/fresh/fresh.c': '\n' })
  t.deepEqual(await check(fresh), { findings: [], notes: [] })
  t.deepEqual(await calls('fresh'), ['allmodconfig', 'drivers/fresh/'])
})

test('what make is to build: folders, not those below them; of large ones the files; of other architectures nothing', async t => {
  const many = Object.fromEntries(Array.from({ length: 401 }, (_, at) => [`fs/many/f${at}.c`, '\n']))
  const other = await Repo.make(join(root, 'many'), { ...fakeKernel, ...many, 'fs/Makefile': '', 'net/a/Kbuild': '' })
  const head = await other.git('rev-parse', 'HEAD')
  const change = (name: string) => ({ path: name, kind: 'M' as const })
  const touched = [
    'fs/many/f1.c',
    'fs/Makefile',
    'drivers/demo/demo.c',
    'drivers/demo/deep/deep.c',
    'net/a/Kbuild',
    'net/gone/gone.c',
    'arch/x86/x.c',
    'arch/arm/y.c',
    'include/linux/demo.h',
    'tools/z.c',
    'init/main.txt',
    'Makefile',
  ]
  const targets = await targetsFor(other.gitDir, head, 'x86_64', touched.map(change))
  t.deepEqual(targets, ['arch/x86/', 'drivers/demo/', 'fs/many/f1.o', 'net/a/', 'net/gone/'])
  t.deepEqual(await targetsOf(other.gitDir, head, targets), ['drivers/demo/', 'fs/many/f1.o', 'net/a/'])
})

withSandbox('a series that is not trusted: its Makefile writes nowhere but into the build', async t => {
  const secret = join(root, 'secret')
  await writeFile(secret, 'static int leaked;\n')
  const makefile = fakeKernel['Makefile']?.replaceAll('$(O)/../make-calls', '/dev/null')
  const subject = await seriesOf('hostile', {
    Makefile: `${makefile}\n$(shell touch ${root}/touched; cp ${secret} $(O)/stolen)\n`,
    [path]: withUnused('modular'),
  })
  const { findings } = await check(subject, true)
  t.regex(findings.map(({ text }) => text).join(), /'modular' defined but not used/)
  await t.throwsAsync(readFile(join(root, 'touched')), { code: 'ENOENT' })
})

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode, run, silent } from '@kseries/host'
import test, { type ExecutionContext } from 'ava'
import { generate, ImportRefused, importSeries, loadChain, readMbox, stepsOfMails } from '../../src/index.ts'
import { gitSays, isolate } from '../kernel.ts'
import { makeBase } from './corpus/base.ts'
import { diffs } from './corpus/diffs.ts'
import { encodings } from './corpus/encodings.ts'
import type { Entry, Refused, Taken } from './corpus/entry.ts'
import { files } from './corpus/files.ts'
import { links } from './corpus/links.ts'
import { messages } from './corpus/messages.ts'
import { paths } from './corpus/paths.ts'
import { sizes } from './corpus/sizes.ts'
import { threads } from './corpus/threads.ts'

const groups = { paths, links, sizes, threads, files, encodings, diffs, messages }

let root = ''
let base: Awaited<ReturnType<typeof makeBase>>
test.before(async () => {
  root = await isolate()
  base = await makeBase(join(root, 'linux'))
  // What the import makes on its way would be seen here.
  process.env['TMPDIR'] = join(root, 'tmp')
  await mkdir(join(root, 'tmp'))
})
test.after.always(() => rm(root, { recursive: true, force: true }))

/** As the command does it, with the proof; the texts are those that it shows meanwhile. */
const importMbox = async (path: string, folder: string, commit: string, texts: string[]) => {
  const { gitDir } = base
  const series = await readMbox(path)
  const steps = await stepsOfMails(gitDir, commit, series.patches)
  const report = (progress: Parameters<typeof silent>[0]) => void texts.push(JSON.stringify(Object.values(progress)))
  await importSeries({ ...series, gitDir, steps, origin: 'corpus', folder, report })
  const { commits } = await generate(await loadChain(folder), { gitDir, base: commit, label: '7.3' })
  return { series, steps, commits }
}

/** What git am makes of it: a tree, or undefined. */
const amTree = async (path: string, folder: string): Promise<string | undefined> => {
  await run('git', ['clone', '-q', '--shared', base.folder, folder])
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
  const { exitCode } = await run('git', ['-C', folder, ...who, 'am', '-q', path], { okCodes: [0, 1, 128] })
  return exitCode === 0 ? await gitSays(join(folder, '.git'), 'rev-parse', 'HEAD^{tree}') : undefined
}

const isRaw = (text: string) => /[\p{Cc}\u202e]/u.test(text)

const meets = {
  refused: async (t: ExecutionContext, { base: other }: Entry, expects: Refused, path: string) => {
    const folder = join(path, '../out/series')
    const error = await t.throwsAsync(importMbox(path, folder, other ?? base.base, []), { instanceOf: ImportRefused })
    if (!error) return
    t.log(error.message)
    t.regex(error.message, expects.why)
    t.is(error.exitCode, ExitCode.usage)
    t.false(isRaw(error.message), 'safe for a terminal')
    t.true(error.message.length < 1500)
    if (expects.mail)
      t.true(error.message.includes(`'${expects.mail[1]}' (mail ${expects.mail[0]} of X)`), error.message)
    t.deepEqual(await readdir(join(path, '../out')), [], 'nothing half made')
  },
  taken: async (t: ExecutionContext, _: Entry, expects: Taken, path: string) => {
    const folder = join(path, '../out/series')
    const texts: string[] = []
    const { series, steps, commits } = await importMbox(path, folder, base.base, texts)
    t.false(texts.some(isRaw), 'safe for a terminal')
    t.deepEqual(
      commits.map(({ tree }) => tree),
      steps.map(({ after }) => after),
    )
    const tree = steps.at(-1)?.after ?? ''
    for (const [name, content] of Object.entries(expects.files)) {
      const { bytes, exitCode } = await run(
        'git',
        [`--git-dir=${base.gitDir}`, 'cat-file', 'blob', `${tree}:${name}`],
        {
          binary: true,
          okCodes: [0, 128],
        },
      )
      const found = exitCode === 0 ? Buffer.from(bytes).toString('latin1') : undefined
      t.true(found === content, `${name}: ${found?.slice(0, 1000)}`)
    }
    const patches = (await readdir(join(folder, 'patches'))).toSorted()
    const texted = await Promise.all(patches.map(name => readFile(join(folder, 'patches', name, 'message.md'), 'utf8')))
    t.false(/(?![\n\t])[\p{Cc}\u202e]/u.test(texted.join('')), 'no escape sequences in messages')
    if (expects.message) t.regex(texted.join(''), expects.message)
    if (expects.series) t.like(series, expects.series)
  },
}

for (const [group, entries] of Object.entries(groups)) {
  for (const entry of entries) {
    test.serial(`${group}: ${entry.name}`, async t => {
      t.timeout(120_000)
      const home = join(root, 'given', group, String(entries.indexOf(entry)))
      await mkdir(join(home, 'out'), { recursive: true })
      const path = join(home, 'X')
      await writeFile(path, entry.mbox())
      const { expected } = entry
      const outside = async () => ({
        head: await gitSays(base.gitDir, 'status', '--porcelain', '--branch'),
        root: (await readdir(root)).filter(name => name !== 'cache'),
        tmp: await readdir(join(root, 'tmp')),
        linux: await readdir(base.folder),
        hooks: (await readdir(join(base.gitDir, 'hooks'))).filter(name => !name.endsWith('.sample')),
        home: await readdir(home),
        mbox: (await readFile(path)).length,
      })
      const before = await outside()
      if (expected.kind === 'refused') await meets.refused(t, entry, expected, path)
      else await meets.taken(t, entry, expected, path)
      t.deepEqual(await outside(), before, 'nothing outside is touched')
      if (expected.gitAm) {
        const tree = await amTree(path, join(home, 'am'))
        if (expected.kind === 'refused') t.is(tree === undefined ? 'refuses' : 'takes it', expected.gitAm, 'git am')
        else {
          const made = await gitSays(base.gitDir, 'rev-parse', 'refs/heads/kseries/series/7.3^{tree}')
          t.is(tree, made, 'git am gives the same tree')
        }
      }
      await rm(home, { recursive: true })
    })
  }
}

test('the corpus is as large as it should be, and no name is there twice', t => {
  const names = Object.entries(groups).flatMap(([group, entries]) => entries.map(({ name }) => `${group}: ${name}`))
  t.true(names.length >= 50)
  t.is(new Set(names).size, names.length)
})

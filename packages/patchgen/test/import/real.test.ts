import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '@kseries/host'
import test from 'ava'
import { generate, ImportRefused, importSeries, loadChain, readMbox, stepsOfMails } from '../../src/index.ts'
import { gitSays, isolate } from '../kernel.ts'

// Mails of real series, in the folder KSERIES_SERIES_DIR; kernels as in ../real.test.ts. Without both there is nothing to read.
const folder = process.env['KSERIES_SERIES_DIR']
const source = process.env['KSERIES_KERNEL_GIT']
const bases = (process.env['KSERIES_KERNEL_REFS'] ?? '7.3=v7.3.4')
  .split(' ')
  .map(pair => pair.split('=') as [string, string])
const isThere = folder !== undefined && source !== undefined
const withMails = isThere ? test.serial : test.skip
const why = isThere ? '' : ' (needs KSERIES_SERIES_DIR, a folder of mboxes: mails of other people are not kept here)'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

withMails(`real series come out with the trees that their mails give, or are refused with a word${why}`, async t => {
  t.timeout(600_000)
  const gitDir = join(root, 'kernel.git')
  await run('git', ['init', '-q', '--bare', gitDir])
  const objects = await gitSays(source ?? '', 'rev-parse', '--path-format=absolute', '--git-path', 'objects')
  await writeFile(join(gitDir, 'objects/info/alternates'), `${objects}\n`)
  for (const name of (await readdir(folder ?? '')).filter(one => one.endsWith('.mbox')).toSorted()) {
    const series = await readMbox(join(folder ?? '', name))
    let applied = 0
    for (const [label, ref] of bases) {
      const base = await gitSays(source ?? '', 'rev-parse', `${ref}^{commit}`)
      try {
        const steps = await stepsOfMails(gitDir, base, series.patches)
        const out = join(root, `s${applied}`, name.replace('.mbox', '').toLowerCase())
        await importSeries({ gitDir, steps, cover: series.cover, origin: name, date: series.date, folder: out })
        const { commits } = await generate(await loadChain(out), { gitDir, base, label })
        t.deepEqual(
          commits.map(({ tree }) => tree),
          steps.map(({ after }) => after),
        )
        applied++
      } catch (error) {
        if (!(error instanceof ImportRefused)) throw error
        t.regex(error.message, /does not apply/, name)
      }
    }
    t.log(`${name}: ${series.patches.length} patches, applies to ${applied} of ${bases.length}`)
  }
})

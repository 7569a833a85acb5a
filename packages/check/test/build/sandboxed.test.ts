import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, exists, run, silent } from '@kseries/host'
import test from 'ava'
import { buildChecks, type Subject } from '../../src/index.ts'
import { fakeKernel, goodMessage } from '../kernel.ts'
import { isolate, Repo } from '../repo.ts'
import { withSandbox } from '../with-sandbox.ts'

let root = ''
let repo: Repo
let base = ''
const shared = () => cachePath('check', 'ccache')

/** FAKE and hostile: whenever it is asked to do anything, it leaves something beside the objects of others. */
const greedy = (what: string) => `${fakeKernel['Makefile']}\n$(shell echo owned > ${join(shared(), what)})\n`

test.before(async () => {
  root = await isolate()
  repo = await Repo.make(join(root, 'repo'), { ...fakeKernel, Makefile: greedy('of-the-base') })
  base = await repo.git('rev-parse', 'HEAD')
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const check = (subject: Subject) => buildChecks(subject, { arch: 'x86_64', isSandboxed: true, report: silent })

/** How many objects a subject found among those of bases. */
const found = async ({ name }: Subject): Promise<number> => {
  const env = { CCACHE_DIR: cachePath('work', `check-sandbox-${name}`, 'ccache') }
  const { stdout } = await run('ccache', ['--print-stats'], { env })
  return Number(/^remote_storage_hit\t(\d+)/m.exec(stdout)?.[1])
}

withSandbox('objects of a base are compiled once for all series on it, of which none writes among them', async t => {
  const files = { Makefile: greedy('of-a-series'), 'drivers/demo/old.txt': 'new\n' }
  const one = await repo.series('one', base, [{ message: goodMessage, files }])
  await check(one)
  t.is(await found(one), 0)
  // The same words: what the base may do, the series may not.
  t.true(await exists(join(shared(), 'of-the-base')))
  t.false(await exists(join(shared(), 'of-a-series')))
  const two = await repo.series('two', base, [{ message: goodMessage, files: { 'drivers/demo/old.txt': 'newer\n' } }])
  await check(two)
  t.true((await found(two)) > 0)
})

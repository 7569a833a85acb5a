import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandMissing, run } from '@kseries/host'
import test, { type ExecutionContext } from 'ava'
import { cocciChecks, type Subject } from '../../src/index.ts'
import { fakeKernel, goodMessage } from '../kernel.ts'
import { type Commit, type Files, isolate, Repo } from '../repo.ts'
import { withSandbox } from '../with-sandbox.ts'

const hasSpatch = await run('spatch', ['--version']).then(
  () => true,
  (error: unknown) => {
    if (error instanceof CommandMissing) return false
    throw error
  },
)
const real = hasSpatch ? test.serial : test.serial.skip
const inSandbox = hasSpatch ? withSandbox : (title: string) => test.serial.skip(title, t => t.pass())
const { KSERIES_KERNEL_GIT: kernel = '', KSERIES_KERNEL_REFS: refs = '' } = process.env
const kernelBase = /=(\S+)/.exec(refs)?.[1]

/** In two languages, as those of the kernel. */
const rule = `// Confidence: High
// Options: --no-includes --include-headers
virtual report

@twice depends on report@
expression E;
position p;
@@
 E + E@p

@script:python depends on report@
p << twice.p;
@@
coccilib.report.print_report(p[0], "WARNING: the same twice, see line %s" % (p[0].line))
`

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const demo = fakeKernel['drivers/demo/demo.c'] ?? ''
const commit: Commit = { message: goodMessage, files: { 'drivers/demo/demo.c': demo.replace('a + 1', 'a + a') } }

const subjectWith = async (rules: Files, commits: readonly Commit[]): Promise<Subject> => {
  const repo = await Repo.make(join(root, `repo-${Object.keys(rules).length}`), { ...fakeKernel, ...rules })
  return await repo.series('real', await repo.git('rev-parse', 'HEAD'), commits)
}

const isFound = async (t: ExecutionContext, isSandboxed: boolean) => {
  const notes: string[] = []
  const { findings } = await cocciChecks(await subjectWith({ 'scripts/coccinelle/twice.cocci': rule }, [commit]), {
    isSandboxed,
    report: progress => progress.kind === 'note' && notes.push(progress.text),
  })
  t.deepEqual(notes, [])
  t.like(findings, [
    {
      tool: 'coccicheck',
      file: 'drivers/demo/demo.c',
      line: 14,
      text: "WARNING: the same twice, see 'return a + a;' [twice.cocci]",
      blocks: true,
    },
  ])
}
inSandbox('a rule of two languages, in the sandbox', t => isFound(t, true))
real('a rule of two languages', async t => {
  await rm(join(process.env['KSERIES_CACHE'] ?? root, 'check'), { recursive: true, force: true })
  await rm(join(root, 'repo-1'), { recursive: true, force: true })
  await isFound(t, false)
})

const realKernel = hasSpatch && kernelBase !== undefined ? test.serial : test.serial.skip
realKernel("the kernel's own rules: all come to an end, and find what is theirs", async t => {
  const git = async (...args: readonly string[]) => (await run('git', [`--git-dir=${kernel}`, ...args])).stdout
  const paths = (await git('ls-tree', '-r', '--name-only', kernelBase ?? '', 'scripts/coccinelle')).split('\n')
  const rules: Record<string, string> = {}
  for (const path of paths) rules[path] = `${await git('show', `${kernelBase}:${path}`)}\n`
  const broken = `#include <linux/slab.h>

void release(struct thing *thing)
{
	if (thing->name)
		kfree(thing->name);
	kfree(thing);
	thing->name = NULL;
}
`
  const notes: string[] = []
  const subject = await subjectWith(rules, [{ message: goodMessage, files: { 'drivers/demo/release.c': broken } }])
  const { findings } = await cocciChecks(subject, {
    isSandboxed: false,
    report: progress => progress.kind === 'note' && notes.push(progress.text),
  })
  t.deepEqual(notes, [])
  t.deepEqual(
    findings.map(({ line, text }) => `${line} ${/\[(.*)\]$/.exec(text)?.[1]}`).toSorted(),
    ['6 free/ifnullfree.cocci', '8 free/kfree.cocci'],
    JSON.stringify(findings),
  )
})

import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, silent } from '@kseries/host'
import test from 'ava'
import { buildChecks, type Finding, type Subject } from '../../src/index.ts'
import { fakeKernel, goodMessage } from '../kernel.ts'
import { type Commit, type Files, isolate, Repo } from '../repo.ts'

let root = ''
let repo: Repo
let base = ''
test.before(async () => {
  root = await isolate()
  repo = await Repo.make(join(root, 'repo'), fakeKernel)
  base = await repo.git('rev-parse', 'HEAD')
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const demo = fakeKernel['drivers/demo/demo.c'] ?? ''
const commitOf = (files: Files, subject = 'demo: add one more'): Commit => ({
  message: goodMessage.replace('demo: add one more', subject),
  files,
})
const changed = (from: string, to: string) => commitOf({ 'drivers/demo/demo.c': demo.replace(from, to) })

const check = (subject: Subject): Promise<readonly Finding[]> =>
  buildChecks(subject, { arch: 'x86_64', isSandboxed: false, report: silent })

/** How often make was called for a subject, with which targets. */
const calls = async (name: string): Promise<string[]> =>
  (await readFile(cachePath('work', `check-${name}`, 'make-calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean)

const withExtra = (rest: Files): Files => ({
  'drivers/demo/Kconfig': `${fakeKernel['drivers/demo/Kconfig']}\nconfig DEMO_EXTRA\n\ttristate "More"\n`,
  'drivers/demo/Makefile': `${fakeKernel['drivers/demo/Makefile']}obj-$(CONFIG_DEMO_EXTRA) += extra.o\n`,
  ...rest,
})
const extra = 'int extra(void);\nint extra(void)\n{\n\treturn 2;\n}\n'

const table: readonly { how: string; commit: Commit; finding: Partial<Finding> & { like?: RegExp } }[] = [
  {
    how: 'a new warning',
    commit: changed('\treturn a + 1', '\tint unused;\n\n\treturn a + 1'),
    finding: {
      tool: 'gcc',
      file: 'drivers/demo/demo.c',
      line: 14,
      symbol: 'demo',
      text: "unused variable 'unused' [-Wunused-variable]",
    },
  },
  {
    how: 'an error',
    commit: commitOf({ 'drivers/demo/demo.c': `${demo}#error not yet\n` }),
    finding: { tool: 'gcc', file: 'drivers/demo/demo.c', line: 16, like: /error: #error not yet/ },
  },
  {
    how: 'a file that no Makefile names',
    commit: commitOf({ 'drivers/demo/lost.c': extra }),
    finding: { tool: 'compiled', file: 'drivers/demo/lost.c', like: /no configuration/ },
  },
  {
    how: 'code behind an option that there is not',
    commit: commitOf({ 'drivers/demo/demo.c': `${demo}\n#ifdef CONFIG_NOWHERE\nint nowhere;\n#endif\n` }),
    finding: {
      tool: 'compiled',
      file: 'drivers/demo/demo.c',
      line: 18,
      text: 'no configuration that was tried compiles what is behind #ifdef CONFIG_NOWHERE',
      blocks: true,
    },
  },
  {
    how: 'a stub that no configuration uses',
    commit: commitOf({
      'include/linux/zoo.h':
        '#ifdef CONFIG_DEMO\nint zoo(void);\n#else\nstatic inline int zoo(void) { return 0; }\n#endif\n',
      'drivers/demo/demo.c': demo.replace('a + 1', 'a + 2'),
    }),
    finding: { tool: 'compiled', file: 'include/linux/zoo.h', line: 4, like: /behind #else of #ifdef CONFIG_DEMO$/ },
  },
  {
    how: 'a warning as a module only',
    commit: commitOf(
      withExtra({ 'drivers/demo/extra.c': `${extra}#ifdef MODULE\nstatic int modular;\n#endif\n/* as a module */\n` }),
    ),
    finding: {
      tool: 'gcc',
      file: 'drivers/demo/extra.c',
      config: 'CONFIG_DEMO_EXTRA=m',
      like: /modular.*defined but not used/,
    },
  },
  {
    how: 'no stub for when it is not built in',
    commit: commitOf(
      withExtra({
        'drivers/demo/extra.c': extra,
        'include/linux/zoo.h': 'int extra(void);\n',
        'drivers/demo/demo.c': demo.replace('a + 1', 'a + extra()'),
      }),
    ),
    finding: { tool: 'gcc', config: 'CONFIG_DEMO_EXTRA=m', like: /undefined reference to .extra/ },
  },
]

for (const [index, { how, commit, finding }] of table.entries()) {
  test.serial(`caught: ${how}`, async t => {
    const { like, ...exact } = finding
    const findings = await check(await repo.series(`broken-${index}`, base, [commit]))
    t.is(
      findings.filter(
        one => one.tool === finding.tool && (finding.config === undefined || one.config === finding.config),
      ).length,
      1,
      JSON.stringify(findings),
    )
    const its = findings.find(one => one.tool === finding.tool && one.config === finding.config)
    t.like(its, { ...exact, commit: { index: 1 } })
    if (like) t.regex(its?.text ?? '', like)
  })
}

test.serial(
  'branches that the main configuration or that as a module compiles, and lines that are of none, are no finding',
  async t => {
    const files = withExtra({
      'drivers/demo/extra.c': `#include <linux/zoo.h>\n${extra}#ifdef MODULE\nint modular;\n#else\nint built_in(void);\n#endif\n`,
      'include/linux/zoo.h':
        '#ifndef ZOO_H\n#define ZOO_H\n\n#if defined(CONFIG_DEMO_EXTRA) && !defined(OTHER)\nint zoo(int a,\n\tint b);\n#endif\n\n#endif\n',
    })
    t.deepEqual(await check(await repo.series('branches', base, [commitOf(files)])), [])
  },
)

test.serial('a warning as a module only, in a file that an earlier commit brought and nothing compiled', async t => {
  const findings = await check(
    await repo.series('later', base, [
      commitOf({ 'drivers/demo/extra.c': `${extra}#ifdef MODULE\nstatic int modular;\n#endif\n/* later */\n` }),
      commitOf(withExtra({})),
    ]),
  )
  t.like(findings, [
    { tool: 'compiled', commit: { index: 1 } },
    { tool: 'gcc', commit: { index: 2 }, config: 'CONFIG_DEMO_EXTRA=m' },
  ])
})

test.serial("a warning of the base is nobody's, wherever its line goes", async t => {
  const moved = changed('static int old_and_unused', '/* a line more */\n\nstatic int old_and_unused')
  t.deepEqual(await check(await repo.series('moved', base, [moved])), [])
})

test.serial('nothing changed: no make; the third of four amended: it and the fourth are made again', async t => {
  const lines = (...texts: readonly string[]) =>
    texts.map((_, at) =>
      commitOf({ 'drivers/demo/demo.c': `${demo}${texts.slice(0, at + 1).join('\n')}\n` }, `demo: step ${at + 1}`),
    )
  const unused = 'static int seen;'
  const first = await repo.series('amended', base, lines('/* 1 */', unused, '/* 3 */', '/* 4 */'))
  const findings = await check(first)
  t.like(findings, [{ tool: 'gcc', commit: { index: 2 } }])
  t.is(findings.length, 1)
  const made = (await calls('amended')).filter(call => call === 'vmlinux').length
  t.true(made === 4 || made === 5, 'four commits, and the base unless another test built it')
  const all = (await calls('amended')).length
  t.deepEqual(await check(first), findings)
  t.is((await calls('amended')).length, all)
  const second = await repo.series('amended', base, lines('/* 1 */', unused, '/* three */', '/* 4 */'))
  t.deepEqual(
    (await check(second)).map(({ commit }) => commit?.index),
    [2],
  )
  t.is((await calls('amended')).filter(call => call === 'vmlinux').length, made + 2)
})

test.serial('a kill while make ran: what was said is heard the next time', async t => {
  // A header: the objects that say it are not compiled anew for the proof that they are compiled.
  const header = fakeKernel['include/linux/demo.h']
  const inline = 'static inline int twice(int a) { int unused; return 2 * a; }'
  const warned = commitOf({ 'include/linux/demo.h': `${header}${inline}\n` })
  const subject = await repo.series('killed', base, [warned])
  t.is((await check(subject)).length, 1)
  // As a kill leaves it: the objects are there, the words and the results are not.
  const [state = ''] = await findStates('killed')
  await writeFile(state, '[]')
  await writeFile(`${state}.making`, '')
  const past = new Date(Date.now() - 3_600_000)
  await utimes(state, past, past)
  for (const name of await readdir(cachePath('check')))
    if ((await readFile(cachePath('check', name), 'utf8')).includes('twice')) await rm(cachePath('check', name))
  t.like(await check(subject), [{ tool: 'gcc', symbol: 'twice', file: 'include/linux/demo.h' }])
})

const findStates = async (name: string): Promise<string[]> => {
  const folder = cachePath('work', `check-${name}`)
  return (await readdir(folder)).filter(file => file.endsWith('.warnings.json')).map(file => join(folder, file))
}

import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, type Report, silent } from '@kseries/host'
import test from 'ava'
import { type Finding, type Subject, uapiChecks } from '../../src/index.ts'
import { fakeKernel, goodMessage } from '../kernel.ts'
import { type Files, isolate, Repo } from '../repo.ts'
import { withSandbox } from '../with-sandbox.ts'
import { type Broken, broken } from './broken.ts'
import { headers } from './headers.ts'

const headerOf = ({ how }: Broken) => `include/uapi/linux/${how.replaceAll(/\W+/g, '_')}.h`
const wrap = (text: string) => `#include <linux/types.h>\n${text}`
const filesOf = (side: 'before' | 'after'): Files =>
  Object.fromEntries(
    broken.flatMap(one => (one[side] === undefined ? [] : [[headerOf(one), wrap(one[side])] as const])),
  )

let root = ''
let repo: Repo
let base = ''
test.before(async () => {
  root = await isolate()
  repo = await Repo.make(join(root, 'repo'), { ...fakeKernel, ...headers, ...filesOf('before') })
  base = await repo.git('rev-parse', 'HEAD')
})
test.after.always(() => rm(root, { recursive: true, force: true }))

/** Without what is said of members that nobody reads, see reserved.test.ts. */
const check = async (subject: Subject, isSandboxed = false, report: Report = silent): Promise<readonly Finding[]> =>
  (await uapiChecks(subject, { isSandboxed, report })).findings.filter(({ symbol }) => !symbol?.includes('.'))
const seriesOf = (name: string, ...steps: readonly Files[]): Promise<Subject> =>
  repo.series(
    name,
    base,
    steps.map(files => ({ message: goodMessage, files })),
  )

/** Without what is so on arm64 and arm alone, for which a machine need not have compilers. */
const said = (findings: readonly Finding[], file: string): string[] =>
  findings
    .filter(
      finding => finding.file === file && !/arm/.test(finding.text) && /x86_64|i386/.test(finding.config ?? 'x86_64'),
    )
    .map(({ text, blocks }) => `${blocks ? '' : 'note: '}${text}`)

let all: readonly Finding[] = []
test.serial('all that is broken, in one commit', async t => {
  const gone = broken.filter(({ before, after }) => before !== undefined && after === undefined)
  const subject = await seriesOf('all', {
    ...filesOf('after'),
    ...Object.fromEntries(gone.map(one => [headerOf(one), null])),
  })
  all = await check(subject)
  t.true(all.every(({ tool, commit }) => tool === 'uapi' && commit?.index === 1))
})

for (const one of broken)
  test.serial(`${one.findings.length === 0 ? 'right' : 'caught'}: ${one.how}`, t => {
    t.deepEqual(said(all, headerOf(one)), [...one.findings])
  })

test.serial('a finding has the line of what it is about, and the name', t => {
  const its = all.find(({ text }) => text === "the field 'b' is gone")
  t.like(its, { symbol: 'struct gone_field', line: 2 })
})

test.serial('the second commit is compared with the first, and remembered', async t => {
  const path = 'include/uapi/linux/right_flags.h'
  const subject = await seriesOf(
    'second',
    { [path]: wrap('struct s { __u32 flags; __u32 a; };\n') },
    { 'drivers/demo/notes': 'no header\n' },
    { [path]: wrap('struct s { __u32 flags; };\n') },
  )
  const findings = await check(subject)
  t.deepEqual(
    findings.map(({ commit, text, blocks }) => [commit?.index, text, blocks]),
    [
      [3, "the field 'a' is gone", true],
      [3, 'struct s has 4 bytes, it had 8', true],
    ],
  )
  const calls = () => readFile(cachePath('work', 'check-second', 'uapi', 'make-calls'), 'utf8')
  const made = await calls()
  t.deepEqual(await check(subject), findings)
  t.is(await calls(), made)
})

test.serial('what nobody reads is said with the rest, and remembered', async t => {
  const subject = await seriesOf('reserved', {
    'include/uapi/linux/unread.h': wrap('struct unread { __u32 a; __u32 reserved; };\n'),
    'drivers/demo/unread.c': 'int f(struct unread *it) { return it->a; }\n',
  })
  const { findings } = await uapiChecks(subject, { isSandboxed: false, report: silent })
  t.like(findings, [{ symbol: 'unread.reserved', line: 2, commit: { index: 1 }, blocks: false }])
  t.deepEqual((await uapiChecks(subject, { isSandboxed: false, report: silent })).findings, findings)
})

test.serial("a header of an architecture is compared for that one's ABIs", async t => {
  const path = 'arch/x86/include/uapi/asm/own.h'
  const findings = await check(await seriesOf('own', { [path]: wrap('struct own { __u32 flags; long a; };\n') }))
  t.deepEqual(
    findings.map(({ file, text, config }) => [file, text, config]),
    [
      [path, "struct own has 4 bytes of implicit padding before 'a'", 'x86_64'],
      [path, "struct own is not the same on x86_64 and i386: 'a' is at byte 8 and 4", undefined],
    ],
  )
})

test.serial('a number of a system call that changes', async t => {
  const path = 'arch/x86/include/uapi/asm/unistd.h'
  t.like(await check(await seriesOf('number', { [path]: '#define __NR_demo 5\n' })), [
    { tool: 'uapi', file: path, line: 1, text: 'demo() is 5, it was 4', blocks: true },
  ])
})

test.serial('without the compiler of an ABI: a note, once, the others are compared', async t => {
  const bin = join(root, 'bin')
  await mkdir(bin)
  for (const name of await readdir('/usr/bin'))
    if (!name.startsWith('arm-linux-gnueabi')) await symlink(join('/usr/bin', name), join(bin, name))
  const [one, two] = ['include/uapi/linux/one.h', 'include/uapi/linux/two.h']
  const hole = (name: string) => wrap(`struct ${name} { __u32 flags; __u16 a; };\n`)
  const subject = await seriesOf('without', { [one]: hole('one') }, { [two]: hole('two') })
  const path = process.env['PATH']
  const notes: string[] = []
  try {
    process.env['PATH'] = bin
    const report: Report = progress => {
      if (progress.kind === 'note') notes.push(progress.text)
    }
    const findings = await check(subject, false, report)
    t.deepEqual(
      findings.map(({ file }) => file),
      [one, two],
    )
  } finally {
    process.env['PATH'] = path
  }
  t.is(notes.filter(text => /not compared for arm: gcc-arm-linux-gnueabi/.test(text)).length, 1, notes.join('\n'))
})

withSandbox('a series that is not trusted: its Makefile and its headers reach nothing', async t => {
  const secret = join(root, 'secret')
  await writeFile(secret, 'struct leaked { int a; };\n')
  const subject = await seriesOf('hostile', {
    Makefile: `${fakeKernel['Makefile']?.replaceAll('$(O)/../make-calls', '/dev/null')}\n$(shell cp ${secret} include/uapi/linux/copied.h; touch ${root}/touched)\n`,
    'include/uapi/linux/hostile.h': `#include "${secret}"\n`,
  })
  const findings = await check(subject, true)
  t.regex(findings.find(({ file }) => file === 'include/uapi/linux/hostile.h')?.text ?? '', /No such file/)
  await t.throwsAsync(readFile(join(root, 'touched')), { code: 'ENOENT' })
})

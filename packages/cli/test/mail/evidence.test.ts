import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ExitCode } from '@kseries/host'
import type { Verdict } from '@kseries/machine'
import { type Generated, loadChain, type Series } from '@kseries/patchgen'
import test from 'ava'
import { EvidenceBad, EvidenceMissing, evidenceText, findEvidence } from '../../src/mail/evidence.ts'
import { remember } from '../../src/run/remember.ts'
import { testFiles } from '../../src/run/test-files.ts'
import { configKey, subjectOf, type VerdictSubject } from '../../src/run/verdict-subject.ts'
import { projectRoot } from '../../src/series.ts'

let root = ''
let chain: readonly Series[] = []
test.before(async () => {
  root = await mkdtemp(join(tmpdir(), 'kseries-evidence-'))
  chain = await loadChain(join(projectRoot, 'kernel-patches/securekey-afalg'))
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const tree = 'a'.repeat(40)
const generated = { treeHash: tree, base: { label: '7.3', commit: '' } } as Generated
const command = 'kseries run securekey-afalg'
const failed: Verdict = { kind: 'fail', failed: ['a test'] }

let count = 0
/** Remembers a run as `kseries run` does, in minute `minute`; of all tests, good, on x86_64, unless told. */
const ran = async (minute: number, about: Partial<VerdictSubject> = {}, verdict: Verdict = { kind: 'pass' }) => {
  const { arch = 'x86_64', profile = 'fast' } = about
  const subject = await subjectOf(chain, tree, { arch, profile, test: [] })
  const remembered = `2026-11-25T18:${String(minute).padStart(2, '0')}:00.000Z`
  const outcome = { verdict, counts: { pass: minute, fail: 0, skip: 1 }, failures: [], folder: '/nowhere', remembered }
  await remember({ run: ++count }, { about: { ...subject, ...about }, outcome, results: [] })
}

/** Each test has a cache of its own; they come one after the other, as it is named by the environment. */
const fresh = () => {
  process.env['KSERIES_CACHE'] = join(root, `cache-${++count}`)
}

test.serial('of each architecture and profile the newest verdict, in a stable order', async t => {
  fresh()
  await ran(5, { arch: 'arm64', profile: 'debug' })
  await ran(4)
  await ran(2, {}, failed)
  await ran(3, { arch: 'arm64' }, failed)
  await ran(6, { arch: 'arm64' })
  await ran(9, { tree: 'b'.repeat(40) })
  await ran(9, { series: 'another' })
  await writeFile(join(process.env['KSERIES_CACHE'] ?? '', 'verdicts', 'damaged.json'), '{"about":')
  // As an earlier kseries wrote them.
  await remember({ run: 'old' }, { outcome: { verdict: { kind: 'pass' } }, results: [] })
  const evidence = await findEvidence(chain, generated, command)
  t.deepEqual(
    evidence.map(({ arch, profile, counts }) => [arch, profile, counts.pass]),
    [
      ['x86_64', 'fast', 4],
      ['arm64', 'fast', 6],
      ['arm64', 'debug', 5],
    ],
  )
  t.deepEqual(evidenceText(evidence.slice(0, 2), '7.3.4'), [
    'Tested in QEMU, on Linux 7.3.4 with all patches applied:',
    `  tree ${tree}`,
    '  x86_64, profile fast: 4 passed, 0 failed, 1 skipped',
    '  arm64, profile fast: 6 passed, 0 failed, 1 skipped',
  ])
  t.true(evidenceText(evidence, '7.3.4').every(line => line.length <= 75))
})

test.serial('a run is whole without globs and with all files', async t => {
  const whole = async (more: { readonly test?: readonly string[]; readonly files?: readonly string[] }) =>
    (await subjectOf(chain, tree, { arch: 'arm64', profile: 'fast', test: [], ...more })).isWhole
  const files = await testFiles(chain)
  t.true(files.length > 10)
  t.true(await whole({}))
  t.true(await whole({ files: files.toReversed() }))
  t.false(await whole({ files: files.slice(1) }))
  t.false(await whole({ test: ['*'] }))
})

test.serial('no verdict on the very trees: refused, with the reason and the command', async t => {
  const missing = async (reason: RegExp) => {
    const error = await t.throwsAsync(findEvidence(chain, generated, command), {
      instanceOf: EvidenceMissing,
      message: reason,
    })
    t.is((error as EvidenceMissing).exitCode, ExitCode.usage)
    t.regex((error as EvidenceMissing).hint ?? '', /^Run `kseries run securekey-afalg`, or .*--no-evidence/)
  }
  fresh()
  await missing(/aaaaaaaaaaaa: it has not been tested$/)
  await ran(1, { tree: 'b'.repeat(40) })
  await missing(/it has been tested only as other trees$/)
  await ran(2, { tests: ['other', 'tests'] })
  await missing(/its tests have changed since$/)
  await ran(3, { config: 'other options' })
  await missing(/its configuration has changed since$/)
  await ran(4, { isWhole: false })
  await missing(/only some of its tests were run$/)
})

test.serial('another option in a fragment is another configuration; a comment is not', async t => {
  const folder = join(root, 'kernel-patches')
  await cp(join(projectRoot, 'kernel-patches'), folder, { recursive: true })
  const copy = await loadChain(join(folder, 'securekey-afalg'))
  const keys = async () =>
    await Promise.all((['fast', 'debug'] as const).map(profile => configKey(copy, { arch: 'x86_64', profile })))
  const [fast, debug] = await keys()
  t.not(fast, debug)
  t.is(fast, await configKey(chain, { arch: 'x86_64', profile: 'fast' }))
  await appendFile(join(folder, 'securekey', 'config'), '# nothing\n')
  t.deepEqual(await keys(), [fast, debug])
  await appendFile(join(folder, 'securekey', 'config'), 'CONFIG_SWIOTLB=y\n')
  t.notDeepEqual(await keys(), [fast, debug])
})

test.serial('a bad verdict after a good one: refused, also one of some tests', async t => {
  const bad = async (message: RegExp, hint: RegExp) => {
    const error = await t.throwsAsync(findEvidence(chain, generated, command), { instanceOf: EvidenceBad, message })
    t.regex((error as EvidenceBad).hint ?? '', hint)
    t.is((error as EvidenceBad).exitCode, ExitCode.verdict)
  }
  fresh()
  await ran(1)
  await ran(2, { arch: 'arm64', profile: 'debug' }, failed)
  await bad(
    /failed on arm64 \(profile debug\): 1 failed: a test/,
    /`kseries run securekey-afalg --arch arm64 --profile debug`/,
  )
  await ran(3, { arch: 'arm64', profile: 'debug' })
  t.is((await findEvidence(chain, generated, command)).length, 2)
  await ran(4, { isWhole: false }, failed)
  await bad(/failed on x86_64/, /`kseries run securekey-afalg`/)
  await ran(5, { isWhole: false })
  await bad(/failed on x86_64/, /./)
  await ran(6)
  t.is((await findEvidence(chain, generated, command)).length, 2)
})

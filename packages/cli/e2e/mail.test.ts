import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '@kseries/host'
import test, { type ExecutionContext } from 'ava'
import { copyOfSeries, edit, kseries, lastEvent, person, root, scratch, text } from './kseries.ts'

interface Mailed {
  readonly head: string
  readonly treeHash: string
  readonly files: readonly string[]
  readonly mbox: string
  readonly recipients: readonly {
    readonly address: string
    readonly field: string
    readonly origins: readonly string[]
  }[]
  readonly evidence: readonly {
    readonly arch: string
    readonly tree: string
    readonly counts: { readonly pass: number }
  }[]
}

const mail = async (t: ExecutionContext, ...args: readonly string[]): Promise<Mailed> => {
  const result = await kseries(['mail', 'securekey-afalg', '--json', ...args], { env: person })
  t.is(result.exitCode, 0, result.stderr + result.stdout)
  return lastEvent(result.stdout, 'mailed') as unknown as Mailed
}

/** A tree with what the series needs, checked out as far as its patches reach: git am works the same in it. */
const treeBelow = async (gitDir: string, head: string, patches: number) => {
  const tree = await scratch()
  const git = (...args: readonly string[]) => run('git', ['-C', tree, ...args], { env: person })
  await run('git', ['clone', '-q', '--shared', '--no-checkout', gitDir, tree])
  await git('sparse-checkout', 'set', 'crypto', 'Documentation/crypto', 'include/uapi', 'include/crypto')
  await git('checkout', '-q', '--detach', `${head}~${patches}`)
  return { tree, git, treeHash: async () => (await git('rev-parse', 'HEAD^{tree}')).stdout }
}

test('mails of the real series: the same twice; git am and b4 am give the generated tree', async t => {
  const [one, two, home] = [await scratch(), await scratch(), await scratch()]
  const mailed = await mail(t, '--no-evidence', '--out', one)
  await mail(t, '--no-evidence', '--out', two)
  const names = (await readdir(one)).toSorted()
  t.deepEqual((await readdir(two)).toSorted(), names)
  for (const name of names) t.is(await text(join(two, name)), await text(join(one, name)), name)

  const cover = await text(mailed.files[0] ?? '')
  t.regex(cover, /^prerequisite-change-id: 20261123-securekey-[0-9a-f]{12}:v\d+$/m)
  const below = await readdir(join(root, 'kernel-patches/securekey/patches'))
  t.is(cover.match(/^prerequisite-patch-id: [0-9a-f]{40}$/gm)?.length, below.length)
  t.notRegex(cover, /Tested|evidence/i)
  t.true(mailed.recipients.some(({ field, origins }) => field === 'To' && origins.join() === 'get_maintainer.pl'))
  t.true(mailed.recipients.some(({ field, address }) => field === 'To' && address === 'linux-crypto@vger.kernel.org'))

  const generated = lastEvent(
    (await kseries(['generate', 'securekey-afalg', '--json'], { env: person })).stdout,
    'generated',
  ) as { gitDir: string; treeHash: string }
  t.is(mailed.treeHash, generated.treeHash)
  const patches = mailed.files.length - 1

  const byGit = await treeBelow(generated.gitDir, mailed.head, patches)
  await byGit.git('am', '-q', '--empty=drop', mailed.mbox)
  t.is(await byGit.treeHash(), mailed.treeHash)

  const byB4 = await treeBelow(generated.gitDir, mailed.head, patches)
  await writeFile(
    join(home, '.gitconfig'),
    `[user]\n\tname = ${person.GIT_AUTHOR_NAME}\n\temail = ${person.GIT_AUTHOR_EMAIL}\n`,
  )
  const env = { ...person, HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home }
  await run('b4', ['--offline-mode', 'am', '-m', mailed.mbox, '-o', home, '-n', 'b4'], { cwd: byB4.tree, env })
  await byB4.git('am', '-q', join(home, 'b4.mbx'))
  t.is(await byB4.treeHash(), mailed.treeHash)
})

test('the cover letter has the verdict on the very tree; without one there is no mail', async t => {
  const copy = join(await copyOfSeries(), 'securekey-afalg')
  const header = 'patches/02-secure-key-option/tree/crypto/algif_securekey.h'
  await edit(join(copy, header), old => `${old}/* another tree */\n`)
  const out = await scratch()
  const untested = await kseries(['mail', copy, '--out', out], { env: person })
  t.is(untested.exitCode, 2)
  t.regex(
    untested.stderr,
    /no verdict on the tree to be sent, [0-9a-f]{12}: it has (not been tested|been tested only as)/,
  )
  t.true(untested.stderr.includes(`Run \`kseries run ${copy}\``), untested.stderr)
  t.deepEqual(await readdir(out), [])

  const verdict = await kseries(['run', 'securekey-afalg', '--json'], { env: person })
  t.is(verdict.exitCode, 0, verdict.stderr)
  const { counts } = lastEvent(verdict.stdout, 'verdict') as { counts: { pass: number } }
  const mailed = await mail(t, '--no-maintainers', '--out', await scratch())
  const [evidence] = mailed.evidence
  t.is(evidence?.tree, mailed.treeHash)
  t.is(evidence?.counts.pass, counts.pass)
  const cover = await text(mailed.files[0] ?? '')
  t.true(cover.includes(`\n  tree ${mailed.treeHash}\n  x86_64, profile fast: ${counts.pass} passed, 0 failed`), cover)
})

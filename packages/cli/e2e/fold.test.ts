import { stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { run } from '@kseries/host'
import test from 'ava'
import { copyOfSeries, edit, events, kseries, lastEvent, scratch, text } from './kseries.ts'

const provider = 'drivers/securekey/provider.c'
const inPlace = 'securekey/patches/03-core/tree/drivers/securekey/provider.c'

/** Runs it, sees it succeed, and gives its last event. */
const folds = async (...args: readonly string[]) => {
  const { exitCode, stdout, stderr } = await kseries(['fold', '--json', '--no-input', ...args])
  if (exitCode !== 0) throw new Error(`exit ${exitCode}: ${stderr}`)
  return { folded: lastEvent(stdout, 'folded'), hunks: events(stdout).filter(({ type }) => type === 'hunk') }
}

test('edit the work tree, fold, build: the build goes on from there, and no time of a file has changed', async t => {
  const series = await copyOfSeries()
  const folder = join(series, 'securekey-afalg')
  // Something of its own, so that there is a work tree and not only a kernel that is known.
  await edit(join(series, inPlace), old => `${old}/* ${basename(series)} */\n`)
  const first = await kseries(['build', folder, '--json'])
  t.is(first.exitCode, 0, first.stderr)
  const { folded: nothing } = await folds(folder)
  t.like(nothing, { files: [], moved: true })
  const tree = String(nothing['tree'])
  const untouched = join(tree, 'drivers/securekey/key.c')

  await edit(join(tree, provider), old =>
    old.replace('__module_get(p->owner);', '__module_get(p->owner);\n\tmight_sleep();'),
  )
  const refused = await kseries(['build', folder])
  t.is(refused.exitCode, 0, 'what is built before needs no work tree')
  const times = () =>
    Promise.all([untouched, join(tree, provider)].map(async file => (await stat(file, { bigint: true })).ctimeNs))
  const before = await times()
  const trial = await folds(folder, '--dry-run')
  t.like(trial.hunks[0], { file: provider, series: 'securekey', patch: '04-keys', how: 'text of insertBefore()' })
  const { folded } = await folds(folder)
  t.like(folded, { ...trial.folded, dryRun: false, moved: true })
  t.regex(
    await text(join(series, 'securekey/patches/04-keys/edits.ts')),
    /__module_get\(p->owner\);\n\tmight_sleep\(\);\n/,
  )
  t.deepEqual(await times(), before)
  t.like(await folds(folder), { folded: { files: [], moved: true } })

  const again = await kseries(['build', folder, '--json'])
  t.is(again.exitCode, 0, again.stderr)
  t.is(lastEvent(again.stdout, 'artefacts')['treeHash'], folded['treeHash'])
  t.deepEqual(await times(), before)
})

test('a checkout of the branch with commits on top; what is unclear is refused, or goes where it is told', async t => {
  const series = await copyOfSeries()
  const folder = join(series, 'securekey')
  const generated = lastEvent((await kseries(['generate', folder, '--json'])).stdout, 'generated')
  const tree = join(await scratch(), 'linux')
  const git = (...args: string[]) =>
    run('git', ['-C', tree, '-c', 'user.name=P', '-c', 'user.email=p@example.org', ...args])
  await run('git', ['clone', '-q', '--shared', '--no-checkout', String(generated['gitDir']), tree])
  await git('sparse-checkout', 'set', 'drivers/securekey', 'drivers/dma-buf')
  await git('checkout', '-q', '--detach', String(generated['head']))
  await edit(join(tree, provider), old => old.replace('__module_get(p->owner);', '__module_get(p->owner); /* too */'))
  await git('commit', '-qam', 'fixup! securekey: keys')
  await writeFile(join(tree, 'drivers/securekey/fresh.c'), 'int fresh;\n')

  const refused = await kseries(['fold', folder, '--tree', tree, '--no-input'])
  t.is(refused.exitCode, 2)
  t.regex(refused.stderr, /fresh\.c: no patch has this new file[^]*--into NN-name/)
  const unknown = await kseries(['fold', folder, '--tree', tree, '--into', '77-no'])
  t.is(unknown.exitCode, 2)
  t.regex(unknown.stderr, /there is no such patch[^]*securekey\/03-core/)
  const { stdout, exitCode } = await kseries(['fold', folder, '--tree', tree, '--into', '05-buffers'])
  t.is(exitCode, 0)
  t.regex(stdout, /drivers\/securekey\/provider\.c:\d+ +securekey\/04-keys +text of insertBefore\(\)/)
  t.regex(stdout, /drivers\/securekey\/fresh\.c +securekey\/05-buffers +new tree file/)
  t.is(await text(join(series, 'securekey/patches/05-buffers/tree/drivers/securekey/fresh.c')), 'int fresh;\n')
  t.is((await git('status', '--porcelain')).stdout, '', 'the checkout is left as it is')
})

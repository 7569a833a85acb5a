import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '@kseries/host'
import test from 'ava'
import { generate, loadChain } from '../../src/index.ts'
import { gitSays, isolate } from '../kernel.ts'
import { contents, edit, foldTree, isHome, type Workshop } from './fold-kernel.ts'

// A repository with a kernel, as in ../real.test.ts.
const source = process.env['KSERIES_KERNEL_GIT']
const [label = '7.3', ref = 'v7.3.4'] =
  (process.env['KSERIES_KERNEL_REFS'] ?? '7.3=v7.3.4').split(' ')[0]?.split('=') ?? []
const withKernel = source === undefined ? test.skip : test.serial
const seriesFolder = fileURLToPath(new URL('../../../../kernel-patches/', import.meta.url))

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

let made = 0
/** The series of this repository on a real kernel, in a work tree with only what they touch. */
const open = async (): Promise<Workshop> => {
  const home = join(root, `n${++made}`)
  const gitDir = join(home, 'kernel.git')
  await run('git', ['init', '-q', '--bare', gitDir])
  const objects = await gitSays(source ?? '', 'rev-parse', '--path-format=absolute', '--git-path', 'objects')
  await writeFile(join(gitDir, 'objects/info/alternates'), `${objects}\n`)
  const base = await gitSays(source ?? '', 'rev-parse', `${ref}^{commit}`)
  await cp(seriesFolder, join(home, 'series'), { recursive: true })
  const folder = join(home, 'series/securekey-afalg')
  const generated = await generate(await loadChain(folder), { gitDir, base, label })
  const tree = join(home, 'tree')
  await gitSays(gitDir, 'worktree', 'add', '-q', '--detach', '--no-checkout', tree, generated.head)
  const touched = [...new Set(generated.commits.flatMap(({ files }) => files))]
  const all = ['drivers/dma-buf/udmabuf.c', ...touched].map(path => `/${path}`)
  await run('git', ['-C', tree, 'sparse-checkout', 'set', '--no-cone', ...all])
  await run('git', ['-C', tree, 'checkout', '-q'])
  return { gitDir, base, folder, tree, generated }
}

withKernel('one changed line of each patch in each file goes where git blame says it is from', async t => {
  t.timeout(600_000)
  const shop = await open()
  const { gitDir, base, generated, tree } = shop
  const wanted = new Map<string, string>()
  for (const path of new Set(generated.commits.flatMap(({ files }) => files))) {
    const lines = (await readFile(join(tree, path), 'utf8')).split('\n')
    const blame = await gitSays(gitDir, 'blame', '--porcelain', `${base}..${generated.head}`, '--', path)
    const owners = [...blame.matchAll(/^([0-9a-f]{40}) \d+ (\d+)/gm)].map(([, hash, line]) => ({
      hash,
      at: Number(line) - 1,
    }))
    const isWord = ({ at }: { readonly at: number }) => /[\w;]$/.test(lines[at] ?? '') && !lines[at]?.startsWith('#')
    for (const [hash, its] of Map.groupBy(owners.filter(isWord), one => one.hash)) {
      const commit = generated.commits.find(one => one.hash === hash)
      const at = its[its.length >> 1]?.at
      if (!commit || at === undefined) continue
      lines[at] = `${lines[at]}_2`
      wanted.set(`${path}:${at + 1}`, `${commit.series}/${commit.patch}`)
    }
    await writeFile(join(tree, path), lines.join('\n'))
  }
  const { hunks } = await foldTree(shop)
  const got = new Map(hunks.map(({ file, line, series, patch }) => [`${file}:${line}`, `${series}/${patch}`]))
  t.deepEqual(Object.fromEntries(got), Object.fromEntries(wanted))
  t.log(
    `${got.size} hunks of ${new Set(got.values()).size} patches: ${[...new Set(hunks.map(({ how }) => how))].join(', ')}`,
  )
  t.true(got.size > 40)
  await isHome(t, shop, undefined)
})

withKernel('a chain folds into both of its series; patches that are not concerned stay what they are', async t => {
  t.timeout(600_000)
  const shop = await open()
  await edit(
    shop,
    'drivers/securekey/provider.c',
    '\t__module_get(p->owner);\n',
    '\t__module_get(p->owner);\n\tmight_sleep();\n',
  )
  await edit(shop, 'crypto/algif_securekey_op.c', 'return -EINVAL;', 'return -EDOM;')
  await edit(shop, 'drivers/dma-buf/udmabuf.c', 'MODULE_AUTHOR(', '/* Who. */\nMODULE_AUTHOR(')
  const before = await contents(join(shop.folder, '..'))
  const { hunks, files } = await foldTree(shop, '02-secure-key-option')
  t.deepEqual(
    hunks.map(({ file, series, patch, how }) => [file, series, patch, how]),
    [
      ['crypto/algif_securekey_op.c', 'securekey-afalg', '03-one-way-decryption', 'tree file'],
      ['drivers/dma-buf/udmabuf.c', 'securekey-afalg', '02-secure-key-option', 'added insertBefore()'],
      ['drivers/securekey/provider.c', 'securekey', '04-keys', 'text of insertBefore()'],
    ],
  )
  await isHome(t, shop, ['04-keys', '02-secure-key-option', '03-one-way-decryption'])
  const after = await contents(join(shop.folder, '..'))
  t.deepEqual(
    Object.keys(after).filter(path => after[path] !== before[path]),
    files.toSorted(),
  )
})

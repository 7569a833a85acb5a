import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '@kseries/host'
import test from 'ava'
import { readFiles } from '../src/git/repository.ts'
import { declaration, fn, formatPatches, generate, insertAfter, insertBefore, loadChain } from '../src/index.ts'
import { scanItems } from '../src/resolve/items.ts'
import { apply } from './apply.ts'
import { gitSays, isolate } from './kernel.ts'

// A repository with a kernel, and the names of the commits to generate onto: KSERIES_KERNEL_GIT=/…/.git
// KSERIES_KERNEL_REFS='7.3=v7.3.4 7.2=v7.2'. `npm test` sets them from its cache; without them there is no kernel to read.
const source = process.env['KSERIES_KERNEL_GIT']
const bases = (process.env['KSERIES_KERNEL_REFS'] ?? '7.3=v7.3.4')
  .split(' ')
  .map(pair => pair.split('=') as [string, string])
const seriesFolder = fileURLToPath(new URL('../../../kernel-patches/', import.meta.url))
const withKernel = source === undefined ? test.skip : test.serial

let root = ''
let gitDir = ''
test.before(async () => {
  root = await isolate()
  gitDir = join(root, 'kernel.git')
  if (source === undefined) return
  // A repository of our own that reads the other's objects and has none of its branches.
  await run('git', ['init', '-q', '--bare', gitDir])
  const objects = await gitSays(source, 'rev-parse', '--path-format=absolute', '--git-path', 'objects')
  await writeFile(join(gitDir, 'objects/info/alternates'), `${objects}\n`)
  for (const [, ref] of bases)
    await gitSays(gitDir, 'update-ref', `refs/tags/${ref}`, await gitSays(source, 'rev-parse', `${ref}^{commit}`))
})
test.after.always(() => rm(root, { recursive: true, force: true }))

withKernel('every series of this repository generates onto every base, and git am gives the same trees', async t => {
  t.timeout(600_000)
  const folders = await readdir(seriesFolder, { withFileTypes: true })
  let done = 0
  for (const { name } of folders.filter(entry => entry.isDirectory()))
    for (const [label, ref] of bases) {
      const chain = await loadChain(join(seriesFolder, name)).catch(() => [])
      if (!chain.at(-1)?.meta.bases.includes(label)) continue
      const start = performance.now()
      const generated = await generate(chain, { gitDir, base: ref, label })
      t.log(`${name} on ${label}: ${generated.commits.length} commits in ${Math.round(performance.now() - start)} ms`)
      const out = join(root, `${name}-${label}`)
      const { patches } = await formatPatches(chain, generated, out)

      // A work tree with only what the patches touch: what git am reads and writes.
      const clean = join(root, `${name}-${label}-tree`)
      await gitSays(gitDir, 'worktree', 'add', '-q', '--detach', '--no-checkout', clean, ref)
      const touched = [...new Set(generated.commits.flatMap(({ files }) => files))]
      await run('git', ['-C', clean, 'sparse-checkout', 'set', '--no-cone', ...touched.map(path => `/${path}`)])
      await run('git', ['-C', clean, 'checkout', '-q'])
      await run('git', ['-C', clean, 'am', '-q', ...patches])
      t.is((await run('git', ['-C', clean, 'rev-parse', 'HEAD^{tree}'])).stdout, generated.treeHash, `${name} ${label}`)

      await rm(join(process.env['KSERIES_CACHE'] ?? '', 'patchgen'), { recursive: true })
      t.is((await generate(chain, { gitDir, base: ref, label })).head, generated.head)
      done++
    }
  t.true(done > 0)
})

withKernel('every function and struct of real files is found, and lines beside it disturb nothing', async t => {
  t.timeout(600_000)
  const ref = bases[0]?.[1] ?? ''
  const files = await readFiles(gitDir, ref, [
    'crypto/af_alg.c',
    'crypto/algif_skcipher.c',
    'drivers/dma-buf/dma-buf.c',
    'drivers/tee/tee_heap.c',
    'include/crypto/if_alg.h',
    'include/linux/dma-buf.h',
    'include/uapi/linux/if_alg.h',
  ])
  t.is(files.size, 7)
  let count = 0
  for (const [path, { content }] of files) {
    const text = Buffer.from(content).toString()
    const items = scanItems(text)
    for (const { kind, names, end } of items) {
      const name = names[0] ?? ''
      if (items.filter(other => other.kind === kind && other.names.includes(name)).length > 1) continue
      if (!/^(?:(?:struct|union|enum) )?\w+$/.test(name)) continue
      const anchor = kind === 'function' ? fn(name) : declaration(name)
      const after = await apply(text, insertAfter(anchor, '/* mark */\n'))
      t.is(after.replace('/* mark */\n', ''), text, `${path} ${name}`)
      t.is(after.indexOf('/* mark */\n'), text.indexOf('\n', end) + 1, `${path} ${name}`)
      t.is(
        (await apply(text, insertBefore(anchor, '/* mark */\n'))).replace('/* mark */\n', ''),
        text,
        `${path} ${name}`,
      )
      count++
    }
  }
  t.log(`${count} functions and declarations`)
  t.true(count > 200)
})

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '@kseries/host'
import test from 'ava'
import { kseries, lastEvent, person, scratch, text } from '../kseries.ts'

for (const base of ['7.3', '7.2']) {
  test(`patches for ${base}: byte-identical twice, and git am on a clean tree gives the generated one`, async t => {
    const [one, two, tree] = [await scratch(), await scratch(), await scratch()]
    const first = await kseries(['generate', '--base', base, '--out', one, '--json'], { env: person })
    t.is(first.exitCode, 0, first.stderr)
    const generated = lastEvent(first.stdout, 'generated') as { gitDir: string; base: string; treeHash: string }
    await kseries(['generate', '--base', base, '--out', two], { env: person })

    const names = await readdir(one)
    t.true(names.filter(name => name.endsWith('.patch')).length > 5)
    t.deepEqual(await readdir(two), names)
    for (const name of names) t.is(await text(join(one, name)), await text(join(two, name)))
    const patch = await text(join(one, names.find(name => name.endsWith('.patch')) ?? ''))
    t.regex(patch, /^From: "?A\. Person"? <person@example\.org>$/m)
    t.regex(patch, /^Signed-off-by: A\. Person <person@example\.org>$/m)

    // Only the folders that the patches touch are checked out: git am works the same, a whole tree takes a minute more.
    const git = (...args: string[]) => run('git', ['-C', tree, ...args], { env: person })
    await run('git', ['clone', '-q', '--shared', '--no-checkout', generated.gitDir, tree])
    await git(
      'sparse-checkout',
      'set',
      'crypto',
      'drivers/dma-buf',
      'drivers/securekey',
      'include/uapi',
      'include/crypto',
    )
    await git('checkout', '-q', '--detach', generated.base)
    await git('am', '-q', ...names.filter(name => name.endsWith('.patch')).map(name => join(one, name)))
    t.is((await git('rev-parse', 'HEAD^{tree}')).stdout, generated.treeHash)
  })
}

import { chmod, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '@kseries/host'
import test from 'ava'
import { FoldRefused, HomeUnclear, NotTheSeries } from '../../src/index.ts'
import { isolate, makeSeries } from '../kernel.ts'
import { contents, edit, foldTree, isHome, openWorkshop, remove, type Workshop, write } from './fold-kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

/** Three patches: a new driver with hooks into the kernel's, changes of both, and more on the kernel's own lines. */
const series: Readonly<Record<string, string>> = {
  'patches/01-new-driver/edits.ts': `import { addInclude, addMakefileObject, addStructMember, edit, fn, insertAfter } from '@kseries/patchgen'

// Hooks into the old driver.
export default [
  edit('drivers/Makefile', addMakefileObject('obj-$(CONFIG_NEW)', 'new/', { after: 'demo/' })),
  edit(
    'drivers/demo/demo.c',
    addInclude('<linux/new.h>'),
    addStructMember('demo_item', '\\tint extra;\\n', { after: 'node' }), // beside the node
    insertAfter(
      fn('demo_find'),
      \`
static int demo_extra(struct demo *d)
{
	return d->extra;
}
\`,
    ),
  ),
]
`,
  'patches/01-new-driver/tree/drivers/new/new.c':
    '#include "new.h"\n\nint one(void)\n{\n\treturn 1;\n}\n\nint two(void)\n{\n\treturn 2;\n}\n\nint three;\n',
  'patches/02-change-it/edits.ts': `import { c, edit, insertAfter, insertBefore, replace, replaceText } from '@kseries/patchgen'

export default [
  edit(
    'drivers/new/new.c',
    replace('int three;', 'long three;\\n'),
    // Before the second.
    insertBefore(
      'int two(void)',
      c\`
static int helper(void)
{
	return 0;	/* \\\`quoted\\\` */
}

\`,
    ),
  ),
  edit('drivers/Makefile', replaceText('new/', 'new/ newer/')),
]
`,
  'patches/03-more/message.md': 'demo: do more\n\nThat is better still.\n',
  'patches/03-more/edits.ts': `import { edit, insertAfter } from '@kseries/patchgen'
export default [edit('drivers/new/new.c', insertAfter('return 0;', '\\t/* never */\\n'))]
`,
}

let made = 0
const open = async (changes: Readonly<Record<string, string | undefined>> = {}): Promise<Workshop> =>
  openWorkshop(root, await makeSeries(join(root, `s${++made}`, 'demo'), { ...series, ...changes }))

const source = ({ folder }: Workshop, patch: string) => readFile(join(folder, 'patches', patch, 'edits.ts'), 'utf8')

test("a line goes to the patch that last touched it: into tree/, or the operation's text, wherever the file is from", async t => {
  const shop = await open()
  await edit(shop, 'drivers/new/new.c', 'return 1;', 'return 11;')
  await edit(shop, 'drivers/new/new.c', '`quoted`', 'said `so` ${twice}')
  await edit(shop, 'drivers/demo/demo.c', 'd->extra;', 'd->extra + 1;')
  const before = await source(shop, '02-change-it')
  const lines = (await readFile(join(shop.tree, 'drivers/demo/demo.c'), 'utf8')).split('\n')
  const at = lines.findIndex(line => line.includes('d->extra + 1;')) + 1
  const { hunks, files } = await foldTree(shop)
  t.deepEqual(
    hunks.map(({ file, line, series: its, patch, how }) => [`${file}:${line}`, its, patch, how]),
    [
      [`drivers/demo/demo.c:${at}`, 'demo', '01-new-driver', 'text of insertAfter()'],
      ['drivers/new/new.c:5', 'demo', '01-new-driver', 'tree file'],
      ['drivers/new/new.c:10', 'demo', '02-change-it', 'text of insertBefore()'],
    ],
  )
  t.deepEqual(files, [
    'demo/patches/01-new-driver/tree/drivers/new/new.c',
    'demo/patches/01-new-driver/edits.ts',
    'demo/patches/02-change-it/edits.ts',
  ])
  t.is(
    await source(shop, '02-change-it'),
    before.replace('\\`quoted\\`', () => 'said \\`so\\` \\${twice}'),
  )
  await isHome(t, shop, ['01-new-driver', '02-change-it'])
})

test('edits.ts keeps what is not concerned: comments, formatting, strings in their own style', async t => {
  const shop = await open()
  await edit(shop, 'drivers/demo/demo.c', 'int extra;', 'long extra;')
  await edit(shop, 'drivers/demo/demo.c', '#include <linux/new.h>', '#include <linux/newer.h>')
  await edit(shop, 'drivers/Makefile', 'new/ newer/', 'new/ newest/')
  const [one, two] = [await source(shop, '01-new-driver'), await source(shop, '02-change-it')]
  await foldTree(shop)
  t.is(
    await source(shop, '01-new-driver'),
    one.replace("'\\tint extra;\\n'", "'\\tlong extra;\\n'").replace('<linux/new.h>', '<linux/newer.h>'),
  )
  t.is(await source(shop, '02-change-it'), two.replace("'new/ newer/'", "'new/ newest/'"))
  await isHome(t, shop, ['01-new-driver', '02-change-it'])
})

test('lines that an operation brought may go, all of them: then the operation goes too, and its import', async t => {
  const shop = await open()
  await edit(shop, 'drivers/demo/demo.c', '#include <linux/new.h>\n', '')
  await edit(shop, 'drivers/new/new.c', '\t/* never */\n', '\t/* never ever */\n\t/* really */\n')
  const { hunks } = await foldTree(shop)
  t.deepEqual(
    hunks.map(({ how }) => how),
    ['addInclude() taken away', 'text of insertAfter()'],
  )
  t.notRegex(await source(shop, '01-new-driver'), /addInclude/)
  t.regex(await source(shop, '01-new-driver'), /\/\/ beside the node/)
  await isHome(t, shop, ['01-new-driver', '03-more'])
})

test("a later patch's anchor follows the line that it names; its own diff stays", async t => {
  const shop = await open()
  await edit(shop, 'drivers/new/new.c', 'int two(void)\n', 'int second(void)\n')
  await edit(shop, 'drivers/new/new.c', 'return 0;', 'return -ENOENT;')
  const { hunks } = await foldTree(shop)
  t.deepEqual(
    hunks.map(({ patch, how }) => [patch, how]),
    [
      ['02-change-it', 'text of insertBefore()'],
      ['01-new-driver', 'tree file'],
    ],
  )
  t.regex(
    await source(shop, '02-change-it'),
    /\/\/ Before the second\.\n\s+insertBefore\(\n\s+(fn\('second'\)|'int second\(void\)'),/,
  )
  t.notRegex(await source(shop, '03-more'), /return 0;/)
  await isHome(t, shop, ['01-new-driver', '02-change-it'])
})

test("the kernel's own lines: to the only patch that edits the file, else to the one that is named", async t => {
  const shop = await open()
  await edit(shop, 'drivers/demo/demo.c', 'return -ENOTTY;', 'return -EINVAL;')
  const { hunks } = await foldTree(shop)
  t.like(hunks[0], { patch: '01-new-driver', how: 'added replace()' })
  t.regex(await source(shop, '01-new-driver'), /import \{ .*\breplace\b.* \} from/)
  await isHome(t, shop, ['01-new-driver'])

  const unclear = await open()
  await edit(unclear, 'drivers/demo/latin.c', 'int a;', 'int b;')
  const before = await contents(unclear.folder)
  const error = await t.throwsAsync(foldTree(unclear), {
    instanceOf: HomeUnclear,
    message: /drivers\/demo\/latin\.c:2: no patch/,
  })
  t.deepEqual(error?.questions.length, 1)
  t.deepEqual(await contents(unclear.folder), before)
  t.like((await foldTree(unclear, '02-change-it')).hunks[0], { patch: '02-change-it', how: 'added replace()' })
  await isHome(t, unclear, ['02-change-it'])
})

test('lines between those of two patches are unclear; between those of one, and beside the kernel’s, they are not', async t => {
  const shop = await open()
  await edit(shop, 'drivers/new/new.c', '}\n\nint two', '}\n\n/* between */\nint two')
  await edit(shop, 'drivers/new/new.c', 'int one(void)\n{\n', 'int one(void)\n{\n\tcheck();\n')
  await t.throwsAsync(foldTree(shop), {
    instanceOf: HomeUnclear,
    message: /new\.c:\d+: it stands between lines of two patches \(demo\/02-change-it, demo\/01-new-driver\)/,
  })
  const { hunks } = await foldTree(shop, '02-change-it')
  t.deepEqual(
    hunks.map(({ patch }) => patch),
    ['01-new-driver', '02-change-it'],
  )
  await isHome(t, shop, ['01-new-driver', '02-change-it'])
  await edit(shop, 'drivers/demo/demo.c', '\tint extra;\n', '\tint extra;\n\tint more;\n')
  t.like((await foldTree(shop)).hunks[0], { patch: '01-new-driver', how: 'text of addStructMember()' })
  await isHome(t, shop, ['01-new-driver', '02-change-it'])
})

test('files: new ones to the patch that is named, executable or not; gone ones with the edits of later patches', async t => {
  const shop = await open()
  await write(shop.tree, 'drivers/new/more.c', 'int more;\n')
  await write(shop.tree, 'scripts/more.sh', '#!/bin/sh\n')
  await chmod(join(shop.tree, 'scripts/more.sh'), 0o755)
  await chmod(join(shop.tree, 'scripts/new.sh'), 0o644)
  await remove(shop, 'drivers/demo/old.c')
  await t.throwsAsync(foldTree(shop), { instanceOf: HomeUnclear, message: /more\.c: no patch has this new file/ })
  await foldTree(shop, '02-change-it')
  t.regex(await source(shop, '02-change-it'), /deleteFile\('drivers\/demo\/old\.c'\)/)
  await isHome(t, shop, ['01-new-driver', '02-change-it'])
  await rename(join(shop.tree, 'drivers/new/more.c'), join(shop.tree, 'drivers/new/much-more.c'))
  t.deepEqual(
    (await foldTree(shop)).hunks.map(({ patch, how }) => [patch, how]),
    [
      ['02-change-it', 'tree file taken away'],
      ['02-change-it', 'new tree file'],
    ],
  )
  await isHome(t, shop, ['01-new-driver', '02-change-it'])

  await remove(shop, 'drivers/new/new.c')
  const error = await t.throwsAsync(foldTree(shop), {
    instanceOf: FoldRefused,
    message: /nothing would be left of demo\/03-more/,
  })
  t.regex(error?.hint ?? '', /Delete demo\/patches\/03-more/)
  await edit(shop, 'drivers/demo/latin.c', 'int a;', 'int b;').then(() => foldTree(shop, '03-more'))
  await isHome(t, shop, ['01-new-driver', '02-change-it', '03-more'])
})

test('what a series cannot say is refused with a word, and nothing is written', async t => {
  const cases: readonly [(shop: Workshop) => Promise<unknown>, RegExp][] = [
    [shop => chmod(join(shop.tree, 'drivers/demo/demo.c'), 0o755), /demo\.c: its mode changed from 100644 to 100755/],
    [shop => write(shop.tree, 'drivers/demo/demo.c', 'a\0b\n'), /demo\.c: it is, or became, binary/],
    [
      shop => edit(shop, 'drivers/demo/demo.c', 'MODULE_DESCRIPTION("Counts");\n', 'MODULE_DESCRIPTION("Counts");'),
      /demo\.c:\d+: no edit says this/,
    ],
    [
      async shop => {
        await rm(join(shop.tree, 'Kbuild'))
        await symlink('Kconfig', join(shop.tree, 'Kbuild'))
      },
      /Kbuild: it is, or was, no regular file/,
    ],
    [
      shop => rename(join(shop.tree, 'drivers/new/new.c'), join(shop.tree, 'drivers/new/other.c')),
      /new\.c: it was renamed to drivers\/new\/other\.c, and later patches edit it/,
    ],
  ]
  for (const [change, message] of cases) {
    const shop = await open()
    const before = await contents(shop.folder)
    await change(shop)
    await t.throwsAsync(foldTree(shop, '02-change-it'), { instanceOf: FoldRefused, message })
    t.deepEqual(await contents(shop.folder), before)
  }
})

test('a tree that is not the series with more on top is refused', async t => {
  const shop = await open()
  const git = (...args: string[]) => run('git', ['-C', shop.tree, ...args])
  await edit(shop, 'drivers/new/new.c', 'return 1;', 'return 11;')
  await git('commit', '-qam', 'mine')
  await writeFile(join(shop.folder, 'patches/03-more/message.md'), 'demo: do more\n\nThat is the best.\n')
  await t.notThrowsAsync(foldTree(shop, undefined, true), 'another message is no other tree')
  await edit({ ...shop, tree: shop.folder }, 'patches/03-more/edits.ts', 'never', 'ever')
  await t.throwsAsync(foldTree(shop), {
    instanceOf: NotTheSeries,
    message: /the series folder has changed .* in 'demo: do more'/,
  })
  await git('checkout', '-q', `${shop.generated.head}~1`)
  await t.throwsAsync(foldTree(shop), { instanceOf: NotTheSeries, message: /it lacks 03-more/ })
  await git('checkout', '-q', '--orphan', 'other')
  await t.throwsAsync(foldTree(shop), { instanceOf: NotTheSeries, message: /does not stand on/ })
})

test('commits on top and an amended one count as changes', async t => {
  const shop = await open()
  await edit(shop, 'drivers/new/new.c', '/* never */', '/* always */')
  await run('git', ['-C', shop.tree, 'commit', '-qa', '--amend', '--no-edit'])
  await edit(shop, 'drivers/new/new.c', 'return 1;', 'return 11;')
  t.deepEqual(
    (await foldTree(shop)).hunks.map(({ patch }) => patch),
    ['01-new-driver', '03-more'],
  )
  await isHome(t, shop, ['01-new-driver', '03-more'])
})

test('a trial says the same and writes nothing; nothing changed is nothing to do', async t => {
  const shop = await open()
  t.deepEqual((await foldTree(shop)).files, [])
  await edit(shop, 'drivers/new/new.c', 'return 1;', 'return 11;')
  const before = await contents(shop.folder)
  const trial = await foldTree(shop, undefined, true)
  t.deepEqual(await contents(shop.folder), before)
  t.deepEqual(await foldTree(shop), trial)
  t.notDeepEqual(await contents(shop.folder), before)
})

test('edits that code makes stay; what they brought is changed by an operation behind them', async t => {
  const shop = await open({
    'patches/03-more/edits.ts': `import { edit, insertAfter, when } from '@kseries/patchgen'
const names = ['a', 'b']
const edits = [
  edit('drivers/new/new.c', ...names.map(name => insertAfter('return 0;', \`\t/* \${name} */\n\`))),
  when({ missing: 'drivers/new/new.c' }, [edit('Kbuild', insertAfter('drivers/', 'no\\n'))]),
  when({ exists: 'drivers/new/new.c' }, [edit('Kbuild', insertAfter('obj-y', 'obj-y += yes/\\n'))]),
] as const
export default edits
`,
  })
  await edit(shop, 'drivers/new/new.c', '/* b */', '/* c */')
  await edit(shop, 'Kbuild', 'yes/', 'yes-it-is/')
  const { hunks } = await foldTree(shop)
  t.deepEqual(
    hunks.map(({ how }) => how),
    ['text of insertAfter()', 'added replace()'],
  )
  t.regex(await source(shop, '03-more'), /names\.map.*\n.*\n.*missing.*'no\\n'.*\n.*exists.*'obj-y \+= yes-it-is\/\\n'/)
  await isHome(t, shop, ['03-more'])
})

test('a text of which code makes another one is found out by generating: then an operation is added', async t => {
  const edits = `import { edit, insertAfter } from '@kseries/patchgen'
const polite = (text: string) => insertAfter('return 0;', text.replace('rude', 'polite'))
export default [edit('drivers/new/new.c', polite('\\t/* plain */\\n'))]
`
  const shop = await open({ 'patches/03-more/edits.ts': edits })
  await edit(shop, 'drivers/new/new.c', '/* plain */', '/* rude */')
  t.deepEqual(
    (await foldTree(shop)).hunks.map(({ how }) => how),
    ['added replace()'],
  )
  t.true((await source(shop, '03-more')).includes("polite('\\t/* plain */\\n')"))
  await isHome(t, shop, ['03-more'])
})

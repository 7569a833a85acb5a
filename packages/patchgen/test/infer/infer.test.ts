import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { run } from '@kseries/host'
import test from 'ava'
import * as fc from 'fast-check'
import type { Operation } from '../../src/index.ts'
import { parseHunks } from '../../src/infer/hunks.ts'
import { inferOperations } from '../../src/infer/infer.ts'
import { printEdits } from '../../src/infer/print.ts'
import { applyOperations } from '../../src/resolve/apply.ts'
import { driver } from '../driver.ts'

let folder = ''
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kseries-infer-'))
})
test.after.always(() => rm(folder, { recursive: true, force: true }))

let files = 0
/** What git says of two texts. */
const hunksOf = async (before: string, after: string) => {
  const number = ++files
  const [a, b] = [join(folder, `${number}.a`), join(folder, `${number}.b`)]
  await Promise.all([writeFile(a, before), writeFile(b, after)])
  const { stdout } = await run('git', ['diff', '--no-index', '-U0', '--histogram', '--no-color', a, b], {
    okCodes: [0, 1],
  })
  return [...parseHunks(`${stdout}\n`).values()][0] ?? []
}

/** Infers, checks that what was inferred gives the text, also when printed and read again. */
const infer = async (file: string, before: string, after: string): Promise<readonly Operation[]> => {
  const operations = await inferOperations(file, before, after, await hunksOf(before, after))
  const path = join(folder, `edits-${++files}.ts`)
  const self = pathToFileURL(new URL('../../src/index.ts', import.meta.url).pathname).href
  const source = printEdits([{ kind: 'edit', path: file, operations }])
  await writeFile(path, source.replace("'@kseries/patchgen'", `'${self}'`))
  const [read] = ((await import(pathToFileURL(path).href)) as { default: [{ operations: Operation[] }] }).default
  const got = await applyOperations(file, before, read.operations, { base: '', read: async () => undefined })
  if (got !== after) throw new Error(`printed edits give another text:\n${source}`)
  return operations
}

const inserted = (text: string, at: string, lines: string) => text.replace(at, `${at}${lines}`)

test('C: an include, a define, a member, an enumerator, a function are said as what they are', async t => {
  const cases: readonly [string, Operation['op']][] = [
    [inserted(driver, '#include <linux/module.h>\n', '#include <linux/mutex.h>\n'), 'include'],
    [inserted(driver, '#define DEMO_MAX	8\n', '#define DEMO_MIN	1\n'), 'define'],
    [inserted(driver, '	struct list_head node;\n', '	int key;\n'), 'member'],
    [inserted(driver, '	DEMO_BUSY = 4,	/* not 1 */\n', '	DEMO_DONE,\n'), 'enumerator'],
  ]
  for (const [after, op] of cases) {
    const operations = await infer('drivers/demo/demo.c', driver, after)
    t.deepEqual(
      operations.map(one => one.op),
      [op],
    )
  }
})

test('C: a new function stands next to another one, whichever of two blank lines git takes for new', async t => {
  const before = 'static int one(void)\n{\n\treturn 1;\n}\n\nstatic int two(void)\n{\n\treturn 2;\n}\n'
  const fresh = 'static int fresh(void)\n{\n\treturn 3;\n}\n\n'
  const operations = await infer('a.c', before, before.replace('static int two', `${fresh}static int two`))
  t.is(operations.length, 1)
  t.like(operations[0], { op: 'insert', anchor: { kind: 'function' } })
})

test('C: a line that is there in several functions is looked for in its own', async t => {
  const f = (name: string) => `static int ${name}(int a)\n{\n\tint err;\n\n\terr = check(a);\n\treturn err;\n}\n`
  const before = ['one', 'two', 'three'].map(f).join('\n')
  const [head = '', tail = ''] = before.split('static int two(int a)')
  const after = `${head}static int two(int a)${tail.replace('\terr = check(a);\n', '\terr = check(a + 1);\n')}`
  const operations = await infer('a.c', before, after)
  t.like(operations[0], { op: 'replace', anchor: { kind: 'line', in: 'two' } })
})

test('Kconfig, Makefile, MAINTAINERS, toctree', async t => {
  const kconfig = 'menu "Demo"\n\nconfig ALPHA\n\tbool "Alpha"\n\nconfig OMEGA\n\tbool "Omega"\n\nendmenu\n'
  const makefile = 'obj-$(CONFIG_ALPHA)\t+= alpha.o\nobj-$(CONFIG_OMEGA)\t+= omega.o\n'
  const maintainers = 'ALPHA\nM:\tA <a@b>\nF:\ta/\n\nOMEGA\nM:\tO <o@b>\nF:\to/\n'
  const index = '.. toctree::\n   :maxdepth: 1\n\n   alpha\n   omega\n'
  const cases: readonly [string, string, string, Operation['op']][] = [
    [
      'drivers/demo/Kconfig',
      kconfig,
      inserted(kconfig, '\tbool "Alpha"\n', '\nconfig BETA\n\tbool "Beta"\n'),
      'kconfigEntry',
    ],
    ['drivers/demo/Kconfig', kconfig, inserted(kconfig, '\tbool "Alpha"\n', '\tselect OMEGA\n'), 'kconfigAttribute'],
    [
      'drivers/demo/Makefile',
      makefile,
      inserted(makefile, 'alpha.o\n', 'obj-$(CONFIG_BETA)\t+= beta.o\n'),
      'makefileObject',
    ],
    [
      'MAINTAINERS',
      maintainers,
      inserted(maintainers, 'F:\ta/\n', '\nBETA\nM:\tB <b@b>\nF:\tb/\n'),
      'maintainersRecord',
    ],
    ['MAINTAINERS', maintainers, inserted(maintainers, 'F:\ta/\n', 'F:\tb/\n'), 'maintainersLine'],
    ['Documentation/demo/index.rst', index, inserted(index, '   alpha\n', '   beta\n'), 'indexEntry'],
  ]
  for (const [file, before, after, op] of cases) {
    const operations = await infer(file, before, after)
    t.deepEqual(
      operations.map(one => one.op),
      [op],
      `${file}: ${op}`,
    )
  }
})

test('what is hard to say is said all the same', async t => {
  const cases: readonly [string, string][] = [
    ['a\n\n\nb\n', 'a\nb\n'],
    ['\n\n', 'x\n\n\n'],
    ['x\n', 'x'],
    ['same\nsame\nsame\n', 'same\nother\nsame\nsame\n'],
    ['\tindented\n', '        indented\n'],
    ['`${x}` \\ \\n\n', 'y\n`${x}` \\ \\n \\`\n'],
  ]
  for (const [before, after] of cases) {
    if (after.endsWith('\n') && before.trim() !== '') await t.notThrowsAsync(infer('notes.txt', before, after), before)
    else await t.throwsAsync(infer('notes.txt', before, after), { message: /notes\.txt/ })
  }
})

test('any edits of a driver come out to the letter', async t => {
  const lines = driver.split('\n').slice(0, -1)
  const edit = fc.record({
    at: fc.nat(lines.length - 1),
    remove: fc.nat(4),
    add: fc.array(
      fc.oneof(
        fc.constantFrom(...lines),
        fc.constantFrom('', '\treturn 0;', '}', '#include <linux/zz.h>', '\tint fresh;', '`${a}`\\'),
      ),
      { maxLength: 4 },
    ),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async edits => {
      const changed = [...lines]
      for (const { at, remove, add } of edits) changed.splice(Math.min(at, changed.length), remove, ...add)
      const after = `${changed.join('\n')}\n`
      fc.pre(after !== driver && after.trim() !== '')
      await infer('drivers/demo/demo.c', driver, after)
    }),
    { numRuns: 60 },
  )
  t.pass()
})

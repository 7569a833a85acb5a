import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import * as fc from 'fast-check'
import { linesOf } from '../../src/infer/hunks.ts'
import { isolate, makeSeries } from '../kernel.ts'
import { everyOperation } from './every-operation.ts'
import { edit, foldTree, isHome, openWorkshop, patchIds, type Workshop } from './fold-kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

let made = 0
const open = async (): Promise<Workshop> =>
  openWorkshop(root, await makeSeries(join(root, `s${++made}`, 'demo'), everyOperation.series), everyOperation.kernel)

/** What a person does to lines of a file. */
interface Edit {
  readonly file: string
  readonly at: number
  readonly count: number
  readonly lines: readonly string[]
}

const files = everyOperation.files
const edits: fc.Arbitrary<readonly Edit[]> = fc.array(
  fc.record({
    file: fc.constantFrom(...files),
    at: fc.nat(),
    count: fc.nat(3),
    lines: fc.array(
      fc.constantFrom(
        '\tfresh();',
        '',
        '}',
        '\tif (`a` && "${b}\\n")',
        ' * in a comment',
        '#include <linux/x.h>',
        'int x;',
      ),
      { maxLength: 3 },
    ),
  }),
  { minLength: 1, maxLength: 4 },
)

const carryOut = async ({ tree }: Workshop, { file, at, count, lines }: Edit) => {
  const path = join(tree, file)
  const old = linesOf(await readFile(path, 'utf8'))
  const start = at % (old.length + 1)
  const now = [...old.slice(0, start), ...lines.map(line => `${line}\n`), ...old.slice(start + count)]
  // No edit makes a file of nothing but blank lines.
  if (now.join('').trim() !== '') await writeFile(path, now.join(''))
}

test('random edits of files of every kind: generate, edit, fold, generate gives the edited tree to the letter', async t => {
  t.timeout(600_000)
  await fc.assert(
    fc.asyncProperty(edits, async chosen => {
      const shop = await open()
      for (const one of chosen) await carryOut(shop, one)
      const { hunks } = await foldTree(shop, everyOperation.last)
      const home = new Set(hunks.map(({ patch }) => patch))
      const [was, now] = [await patchIds(shop, shop.generated), await patchIds(shop, await isHome(t, shop, undefined))]
      const changed = [...now.keys()].filter(patch => was.get(patch) !== now.get(patch))
      // A patch that no hunk went to stays what it was, line for line.
      t.deepEqual(
        changed.filter(patch => !home.has(patch)),
        [],
      )
      await rm(shop.tree, { recursive: true })
      await rm(shop.gitDir, { recursive: true })
    }),
    { numRuns: 15, verbose: true },
  )
})

test('a changed line of each kind of operation is changed in that operation, all at once', async t => {
  t.timeout(600_000)
  const shop = await open()
  for (const { file, line } of everyOperation.lines) await edit(shop, file, line, everyOperation.changed(line))
  const { hunks } = await foldTree(shop)
  const wanted = everyOperation.lines.map(({ file, how }) => `${file} ${how}`)
  t.deepEqual(hunks.map(({ file, how }) => `${file} ${how}`).toSorted(), wanted.toSorted())
  await isHome(t, shop, ['01-new-driver', '02-change-it', '03-more'])
})

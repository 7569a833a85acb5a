import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { fragmentFiles, parseFragment, readFragments } from '../src/fragment.ts'
import { FragmentMissing, FragmentSyntax, fragmentNames } from '../src/index.ts'
import { freshCache, removeCache } from './fake.ts'

test('options, comments and what is not set', t => {
  const text =
    '# words\n\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_N=-4\nCONFIG_H=0x10\nCONFIG_S="a \\"b\\""\nCONFIG_M=m # why\n'
  t.deepEqual(
    parseFragment(text, 'f').map(({ name, value, line }) => [name, value, line]),
    [
      ['A', 'y', 3],
      ['B', 'n', 4],
      ['N', '-4', 5],
      ['H', '0x10', 6],
      ['S', '"a \\"b\\""', 7],
      ['M', 'm', 8],
    ],
  )
})

test('an option that not every tree has', t => {
  const [one, two] = parseFragment('CONFIG_A=y # where it exists: before 7.3\nCONFIG_B=y # anywhere\n', 'f')
  t.true(one?.optional)
  t.is(two?.optional, undefined)
})

test('a line that is neither is named by file and line', t => {
  for (const line of ['A=y', 'CONFIG_A', 'CONFIG_A=yes', 'CONFIG_A = y', 'CONFIG_S="open', 'select A']) {
    t.throws(
      () => parseFragment(`CONFIG_X=y\n${line}\n`, 'my.config'),
      { instanceOf: FragmentSyntax, message: /my\.config:2/ },
      line,
    )
  }
})

test('a later fragment overrides an earlier one', async t => {
  const dir = await freshCache()
  const [one, two] = [join(dir, 'one.config'), join(dir, 'two.config')]
  await writeFile(one, 'CONFIG_A=y\nCONFIG_B=y\n')
  await writeFile(two, '# CONFIG_A is not set\n')
  t.deepEqual(await readFragments([one, two]), [
    { name: 'A', value: 'n', file: two, line: 1 },
    { name: 'B', value: 'y', file: one, line: 2 },
  ])
  await t.throwsAsync(readFragments([join(dir, 'none.config')]), { instanceOf: FragmentMissing })
  await removeCache(dir)
})

test('every fragment of ours can be read', async t => {
  const names = await fragmentNames()
  t.true(['base', 'x86_64', 'arm64', 'debug'].every(name => names.includes(name)))
  for (const arch of ['x86_64', 'arm64'] as const) {
    t.true((await readFragments(fragmentFiles(arch, ['debug']))).length > 30)
  }
})

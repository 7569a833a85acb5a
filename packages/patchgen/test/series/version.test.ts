import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { loadSeries, VersionNotWritten } from '../../src/index.ts'
import { writeVersion } from '../../src/series/version.ts'
import { isolate, makeSeries } from '../kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

let count = 0
const bumped = async (text: string, to: number) => {
  const folder = await makeSeries(join(root, `n${++count}`, 'demo'), { 'series.ts': text })
  const path = join(folder, 'series.ts')
  const error = await writeVersion(await loadSeries(folder), to).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return { error, text: await readFile(path, 'utf8') }
}

test('the version is written where it is, or below the date', async t => {
  const cases = [
    [
      "  title: 'x',\n  date: '2026-11-23',\n  rfc: true,\n",
      "  title: 'x',\n  date: '2026-11-23',\n  version: 2,\n  rfc: true,\n",
    ],
    ["  title: 'x',\n  date: '2026-11-23'\n", "  title: 'x',\n  date: '2026-11-23',\n  version: 2,\n"],
    [' title: \'x\', date: "2026-11-23", rfc: true ', ' title: \'x\', date: "2026-11-23", version: 2, rfc: true '],
    [" version: 1, title: 'x', date: '2026-11-23' ", " version: 2, title: 'x', date: '2026-11-23' "],
  ] as const
  for (const [before, after] of cases) {
    const { error, text } = await bumped(`export default {\n${before}}\n`, 2)
    t.is(error, undefined)
    t.is(text, `export default {\n${after}}\n`)
  }
  t.is((await bumped("export default { title: 'x', date: '2026-11-23', version: 11 }\n", 12)).error, undefined)
})

test('a version that is not one plain number is left to its author', async t => {
  for (const before of [
    "const version = 1\nexport default { title: 'x', date: '2026-11-23', version }\n",
    "// version: 1\nexport default { title: 'x', date: '2026-11-23', version: 1 }\n",
    "// version: 1\nexport default { title: 'x', date: '2026-11-23' }\n",
    "const date = '2026-11-23'\nexport default { title: 'x', date }\n",
  ]) {
    const { error, text } = await bumped(before, 2)
    t.true(error instanceof VersionNotWritten, before)
    t.is(text, before)
  }
})

import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import * as fc from 'fast-check'
import { EditMemory } from '../../src/generate/memory.ts'
import { isolate } from '../kernel.ts'

test('what was made once is recalled, byte for byte, and forgotten when not asked for', async t => {
  const root = await isolate()
  t.teardown(() => rm(root, { recursive: true, force: true }))
  const path = join(root, 'memory.json')
  const text = fc.array(fc.constantFrom('a\n', 'b\n', '→', ''), { maxLength: 12 }).map(parts => parts.join(''))
  await fc.assert(
    fc.asyncProperty(text, text, async (before, after) => {
      const first = await EditMemory.open(path, 'key')
      t.is(await first.recall(before, ['x'], async () => after), after)
      await first.save()
      const second = await EditMemory.open(path, 'key')
      t.is(await second.recall(before, ['x'], () => Promise.reject(new Error('made again'))), after)
      t.is(await second.recall(before, ['y'], async () => 'other'), 'other')
      t.is(await (await EditMemory.open(path, 'new code')).recall(before, ['x'], async () => 'new'), 'new')
      await (await EditMemory.open(path, 'key')).save()
      t.is(await (await EditMemory.open(path, 'key')).recall(before, ['x'], async () => 'again'), 'again')
    }),
    { numRuns: 40 },
  )
  await writeFile(path, '[')
  t.is(await (await EditMemory.open(path, 'key')).recall('', [], async () => 'made'), 'made')
})

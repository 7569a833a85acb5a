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
  const bytes = fc
    .array(fc.constantFrom('a\n', 'b\n', '→', '\xff', ''), { maxLength: 12 })
    .map(parts => Buffer.from(parts.join(''), 'latin1'))
  const remember = async (content: Uint8Array, input: string, made: string | Uint8Array, key = 'key') => {
    const memory = await EditMemory.open(path, key)
    const recalled = await memory.recall(content, [input], async () => Buffer.from(made))
    return { memory, recalled: Buffer.from(recalled) }
  }
  await fc.assert(
    fc.asyncProperty(bytes, bytes, async (before, after) => {
      const first = await remember(before, 'x', after)
      t.deepEqual(first.recalled, after)
      await first.memory.save()
      t.deepEqual((await remember(before, 'x', 'made again')).recalled, after)
      t.is((await remember(before, 'y', 'other')).recalled.toString(), 'other')
      t.is((await remember(before, 'x', 'new', 'new code')).recalled.toString(), 'new')
      await (await EditMemory.open(path, 'key')).save()
      t.is((await remember(before, 'x', 'again')).recalled.toString(), 'again')
    }),
    { numRuns: 40 },
  )
  await writeFile(path, '[')
  t.is((await remember(Buffer.alloc(0), '', 'made')).recalled.toString(), 'made')
})

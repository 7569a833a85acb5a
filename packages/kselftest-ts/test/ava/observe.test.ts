import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import test from 'ava'
import { type AvaEvent, EVENT_PREFIX } from '../../src/ava/events.ts'

const count = 20

/** A pipe that does not block, as whoever shares it may make it. */
const program = `
import { Socket } from 'node:net'
import { observe } from ${JSON.stringify(new URL('../../src/ava/observe.ts', import.meta.url).href)}
new Socket({ fd: 1, readable: false })
const changes = async function* () {
  for (let n = 0; n < ${count}; n++) {
    yield { type: 'test-passed', testFile: '/file', title: \`test \${n}\`, logs: ['x'.repeat(n % 2 ? 10 : 1_000_000)] }
  }
}
await observe(changes())
process.exit()
`

test('a reader that is slow gets all events, whole', async t => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await delay(500)
  const chunks: Buffer[] = []
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer)
  const events = Buffer.concat(chunks)
    .toString()
    .split('\n')
    .filter(line => line.startsWith(EVENT_PREFIX))
    .map(line => JSON.parse(line.slice(EVENT_PREFIX.length)) as AvaEvent)
  t.deepEqual(
    events.map(event => 'title' in event && event.title),
    Array.from({ length: count }, (_, n) => `test ${n}`),
  )
})

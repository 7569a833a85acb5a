import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { bothWorlds, Console, type Machine } from '../src/index.ts'
import { tail } from '../src/tail.ts'
import { secureDialect } from '../src/watch/dialect.ts'
import { temporary } from './helpers.ts'

const panic = (code: number) => `E/TC:? 0 TA panicked with code ${code}\nE/LD:  Status of TA x\n`

test('what the secure world reports before a line of the kernel is told before that line, whichever is read first', async t => {
  await using folder = await temporary()
  const over = Promise.withResolvers<void>()
  const input = { write: async () => {}, close: async () => {} }
  const laid = async (name: string, options = {}) => {
    const raw = join(folder.path, `${name}.raw`)
    await writeFile(raw, '')
    const source = (signal: AbortSignal) => tail(raw, { ended: over.promise, signal })
    const console = new Console(source, input, folder.path, performance.now(), { name, ...options })
    return { console, print: (text: string) => appendFile(raw, text) }
  }
  const normal = await laid('console')
  const secure = await laid('secure-console', { dialect: secureDialect })
  // FAKE: of a machine only its consoles.
  const both = bothWorlds({ console: normal.console, secureConsole: secure.console } as Machine)
  const heard: string[] = []
  both.listen(event => {
    if (event.kind === 'finding') heard.push(`${event.finding.title} at ${event.finding.consoleLine}`)
    else {
      heard.push(event.line.text)
      if (event.line.text.includes('mark')) both.settle()
    }
  })
  const rounds = 40
  for (let round = 0; round < rounds; round++) {
    // As QEMU writes it: the secure world first, then what the kernel says when it is back.
    await secure.print(panic(round))
    await normal.print(`[    1.000000] mark ${round}\r\n`)
    if (round % 7 === 0) await normal.console.waitForLine(text => text.endsWith(`mark ${round}`))
  }
  over.resolve()
  await Promise.all([normal.console.closed, secure.console.closed])
  t.is(heard.length, 2 * rounds)
  const at = (text: string) => heard.indexOf(text)
  for (let round = 0; round < rounds; round++) {
    const report = heard.find(text => text.startsWith(`TA panicked with code ${round} at `))
    // Never charged to the mark after it.
    t.true(Number(report?.split(' ').at(-1)) <= round, report)
    if (round > 0) t.true(at(report ?? '') < at(`[    1.000000] mark ${round + 1}`) || round === rounds - 1)
  }
  t.is(both.findings.length, rounds)
})

test('of a machine without a secure world it is the console', t => {
  const console = {} as Console
  t.is(bothWorlds({ console, secureConsole: undefined } as Machine), console)
})

import test from 'ava'
import { describe, exitCode, exitVerdict, type Finding, type MachineExit } from '../src/index.ts'

const lastLines = ['[    0.000000] Linux version 7.3.4']

for (const [kind, says] of [
  ['reset', /^the guest reset itself without a word: a triple fault\?/],
  ['powered-off', /^the guest powered off before its time/],
] as const) {
  test(`a guest that ends by itself (${kind}) is the kernel's fault`, t => {
    const verdict = exitVerdict({ kind }, [], lastLines)
    t.is(verdict.kind, 'panic')
    t.is(exitCode(verdict), 1)
    t.regex(describe(verdict), says)
    t.regex(describe(verdict), /last words:\n {2}.*Linux version/)
    t.regex(describe(exitVerdict({ kind }, [], [])), /the console said nothing$/)
  })
}

test('a panic explains any end; without one a QEMU that was killed or failed is our side', t => {
  const panic: Finding = {
    kind: 'panic',
    title: 'Kernel panic - not syncing: x',
    text: '',
    consoleLine: 1,
    complete: true,
  }
  const ours: readonly MachineExit[] = [
    { kind: 'killed', signal: 'SIGKILL' },
    { kind: 'failed', code: 1, stderr: 'no memory' },
    { kind: 'console-lost', message: 'disk full' },
    { kind: 'stopped' },
  ]
  for (const exit of ours) {
    t.is(exitVerdict(exit, [], lastLines).kind, 'infra', exit.kind)
    t.deepEqual(exitVerdict(exit, [panic], lastLines), { kind: 'panic', finding: panic })
  }
  t.deepEqual(exitVerdict({ kind: 'reset' }, [panic], lastLines), { kind: 'panic', finding: panic })
})

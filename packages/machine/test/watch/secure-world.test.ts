import test from 'ava'
import { ConsoleWatch, describe } from '../../src/index.ts'
import { secureDialect } from '../../src/watch/dialect.ts'

/** What the secure world's console says, and what comes of it. */
const findings = (text: string) => {
  const watch = new ConsoleWatch({ dialect: secureDialect })
  return [...watch.feed(Buffer.from(text)), ...watch.end()].flatMap(event =>
    event.kind === 'finding' ? [event.finding] : [],
  )
}

const boot = `NOTICE:  BL31: v2.12.1(release):2.12.1
I/TC:\x20
I/TC: OP-TEE version: 4.10.0 (gcc version 12.2.0 (Debian 12.2.0-14)) #1 Thu Jan  1 00:00:00 UTC 1970 aarch64
I/TC: WARNING: This OP-TEE configuration might be insecure!
I/TC: Primary CPU switching to normal world boot
D/TC:? 0 early_ta_init:56 Early TA 8f1c3f4a-2d6e-4e0b-9a57-1f0c5b7d9e21 size 14388
`

const taPanic = (code: string, uuid: string) => `E/TC:? 0\x20
E/TC:? 0 TA panicked with code ${code}
E/LD:  Status of TA ${uuid}
E/LD:   arch: aarch64
E/LD:  region  0: va 0x40005000 pa 0x0e31a000 size 0x002000 flags rw-s (ldelf)
E/LD:   [0] 8f1c3f4a-2d6e-4e0b-9a57-1f0c5b7d9e21 @ 0x40026000
E/LD:  Call stack:
E/LD:   0x400265e4
`

const [one, two] = ['8f1c3f4a-2d6e-4e0b-9a57-1f0c5b7d9e21', '9d9d3e0b-171e-459d-ae54-a69b9661e5e0']

test('a boot is nothing to report', t => {
  t.deepEqual(findings(boot), [])
})

test('a TA panic: one report for each, with whose it is', t => {
  const text = `${boot}${taPanic('0xffff0006', one)}${taPanic('0x2a', two)}I/TA: going on\nE/TC:? 0 another error\n`
  const found = findings(text)
  t.deepEqual(
    found.map(({ kind, title, complete }) => [kind, title, complete]),
    [
      ['ta-panic', `TA panicked with code 0xffff0006 (${one})`, true],
      ['ta-panic', `TA panicked with code 0x2a (${two})`, true],
    ],
  )
  t.regex(found[1]?.text ?? '', /Call stack:\nE\/LD: {3}0x400265e4$/)
})

test('a TA that touches what is not its own', t => {
  const text = `E/TC:? 0\x20
E/TC:? 0 User mode data-abort at address 0x0 (translation fault)
E/TC:? 0  esr 0x92000005  ttbr0 0x200000e1a5020   ttbr1 0x00000000   cidr 0x0
E/TC:? 0  x28 0000000000000000 x29 0000000000000000
E/LD:  Status of TA ${one}
E/LD:   arch: aarch64
`
  t.deepEqual(
    findings(text).map(({ kind, title }) => [kind, title]),
    [['ta-panic', `User mode data-abort at address 0x0 (translation fault) (${one})`]],
  )
})

test('an abort of the core and the panic after it are one death, and the verdict says whose', t => {
  const found = findings(`${boot}E/TC:0 0\x20
E/TC:0 0 Core data-abort at address 0xdeadbeef (translation fault)
E/TC:0 0  esr 0x96000005  ttbr0 0x200000e1a5020   ttbr1 0x00000000   cidr 0x0
E/TC:0 0 TEE load address @ 0xe100000
E/TC:0 0 Call stack:
E/TC:0 0  0x0e10b5a0
E/TC:0 0 Panic 'unhandled pageable abort' at core/arch/arm/kernel/abort.c:590 <abort_handler>
E/TC:0 0 TEE load address @ 0xe100000
`)
  t.deepEqual(
    found.map(({ kind, title }) => [kind, title]),
    [['panic', 'secure world: Core data-abort at address 0xdeadbeef (translation fault)']],
  )
  const [finding] = found
  t.is(
    finding && describe({ kind: 'panic', finding }),
    'the secure world panicked: Core data-abort at address 0xdeadbeef (translation fault)',
  )
})

for (const line of [
  'E/TC:0 0 Panic at core/kernel/assert.c:29 <_assert_break>',
  "E/TC:1 0 assertion 'x' failed at core/mm/mobj.c:1 <f>",
  'PANIC in EL3.',
  'ASSERT: bl31/bl31_main.c:12',
  'Unhandled Exception in EL3.',
])
  test(`the secure world dies: ${line}`, t => {
    t.deepEqual(
      findings(`${boot}${line}\nmore\n`).map(({ kind }) => kind),
      ['panic'],
    )
  })

test('what a TA prints is no report of the core', t => {
  t.deepEqual(findings('E/TA:  main:12 Panic at core/x.c:1\nE/TA: TA panicked with code 0x1\n'), [])
})

test("TF-A's power-off on QEMU, which ends in a panic() of its own, is no report", t => {
  t.deepEqual(findings('ERROR:   QEMU System Power off: with GPIO.\nPANIC at PC : 0x0e095b04\n'), [])
})

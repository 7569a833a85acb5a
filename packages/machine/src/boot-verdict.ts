import type { Finding } from './finding.ts'
import type { Machine, MachineExit } from './machine.ts'
import type { Verdict } from './verdict.ts'

// The console as far as a person wants to read it in a message.
const lines = 15

/**
 * The verdict on a machine that ended, or did not come to where it was wanted, while it had no business to.
 *
 * A panic explains everything after it. QEMU killed or failed is our side's fault. A guest that powered off or reset itself
 * without a word is the kernel's: a triple fault looks like that.
 *
 * @param exit - undefined when the deadline passed with the machine running.
 * @param deadline - milliseconds that it had.
 */
export const bootVerdict = (machine: Machine, exit: MachineExit | undefined, deadline: number): Verdict => {
  const panic = machine.findings.find(({ kind }) => kind === 'panic')
  if (panic) return { kind: 'panic', finding: panic }
  const lastLines = machine.console.lastLines(lines)
  if (!exit) return { kind: 'boot-timeout', seconds: deadline / 1000, lastLines }
  return exitVerdict(exit, machine.findings, lastLines)
}

/** The verdict on how QEMU ended, when nobody had asked it to. */
export const exitVerdict = (exit: MachineExit, findings: readonly Finding[], lastLines: readonly string[]): Verdict => {
  const panic = findings.find(({ kind }) => kind === 'panic')
  if (panic) return { kind: 'panic', finding: panic }
  switch (exit.kind) {
    case 'killed':
      return { kind: 'infra', message: `QEMU was killed by ${exit.signal}`, lastLines }
    case 'console-lost':
      return { kind: 'infra', message: exit.message, lastLines }
    case 'failed':
      return {
        kind: 'infra',
        message: `QEMU exited with ${exit.code}: ${exit.stderr.trim() || 'no word why'}`,
        lastLines,
      }
    case 'powered-off':
      return silentEnd('the guest powered off before its time', lastLines)
    case 'reset':
      return silentEnd('the guest reset itself without a word: a triple fault?', lastLines)
    case 'stopped':
      return { kind: 'infra', message: 'QEMU was told to quit', lastLines }
  }
}

const silentEnd = (title: string, lastLines: readonly string[]): Verdict => ({
  kind: 'panic',
  finding: { kind: 'silent-end', title, text: lastLines.join('\n'), consoleLine: 0, complete: true },
})

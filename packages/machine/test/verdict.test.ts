import type { ExitCode } from '@kseries/host'
import test from 'ava'
import { describe, exitCode, type Finding, type Verdict, worst } from '../src/index.ts'

const finding: Finding = {
  kind: 'panic',
  title: 'Kernel panic - not syncing: Attempted to kill init!',
  text: '',
  consoleLine: 1,
  complete: true,
}
// From the best to the worst, each with its exit code and what its line must say.
const verdicts: readonly (readonly [Verdict, ExitCode, RegExp])[] = [
  [{ kind: 'pass' }, 0, /^pass$/],
  [{ kind: 'skip', reason: 'no TEE here' }, 0, /^skipped: no TEE here$/],
  [{ kind: 'fail', failed: ['a', 'b', 'c', 'd'] }, 1, /^4 failed: a; b; c; …$/],
  [{ kind: 'splat', findings: [{ ...finding, title: 'WARNING: x' }] }, 1, /reported a problem: WARNING: x$/],
  [{ kind: 'hang', waitedFor: 'answer', seconds: 10, lastLines: ['the end'] }, 1, /no answer for 10 s.*\n {2}the end$/],
  [{ kind: 'panic', finding }, 1, /panicked: Attempted to kill init!$/],
  [{ kind: 'boot-timeout', seconds: 60, lastLines: [] }, 1, /not ready after 60 s; the console said nothing$/],
  [
    { kind: 'infra', message: 'QEMU was killed by SIGKILL', lastLines: ['x'] },
    4,
    /^QEMU was killed by SIGKILL.*\n {2}x$/,
  ],
]

test('each kind has a line and an exit code', t => {
  for (const [verdict, code, line] of verdicts) {
    t.is(exitCode(verdict), code, verdict.kind)
    t.regex(describe(verdict), line)
  }
})

test('the worst decides, the first of equals, and nothing proves nothing', t => {
  for (const [i, [verdict]] of verdicts.entries()) {
    t.is(worst(verdicts.slice(0, i + 1).map(([each]) => each)), verdict)
    t.is(
      worst(
        verdicts
          .slice(0, i + 1)
          .map(([each]) => each)
          .toReversed(),
      ),
      verdict,
    )
  }
  const first: Verdict = { kind: 'fail', failed: ['a'] }
  t.is(worst([first, { kind: 'fail', failed: ['b'] }]), first)
  t.is(worst([]).kind, 'infra')
})

import type { TestResult } from '../../src/results/result.ts'

const base = { duration: 1500, findings: [], log: [] }
const warning = { kind: 'warn', title: 'WARNING: at f', text: 'WARNING: at f\nCall Trace:\n f+0x1/0x2' }

/** One of each verdict. */
export const someResults: readonly TestResult[] = [
  { ...base, group: 'a.test.ts', title: 'passes', verdict: 'pass', log: ['said\r\nthis'] },
  { ...base, group: 'a.test.ts', title: 'is #1 & <not> "here"', verdict: 'skip', message: 'needs\tmore' },
  {
    ...base,
    group: 'a.test.ts',
    title: 'fails',
    verdict: 'fail',
    message: 'Skip nothing\nsecond',
    details: 'at a.ts:1',
  },
  { ...base, group: 'b.test.ts', title: 'splats', verdict: 'splat', message: 'WARNING: at f', findings: [warning] },
  { ...base, group: 'b.test.ts', title: 'panics', verdict: 'panic', message: 'The guest died' },
  { ...base, group: 'b.test.ts', title: 'hangs', verdict: 'hang', message: 'TODO never' },
  { ...base, group: 'b.test.ts', title: 'has no guest', verdict: 'infra', message: 'There is no guest' },
  { ...base, group: 'c.test.ts', title: 'only skipped', verdict: 'skip' },
]

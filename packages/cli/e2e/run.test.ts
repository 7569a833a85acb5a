import test from 'ava'
import { kseries, lastEvent, text } from './kseries.ts'

test('kseries run: the generated series boots and passes; a second run remembers the verdict', async t => {
  const first = await kseries(['run', '--json', '--fresh'])
  t.is(first.exitCode, 0, `${first.stdout.slice(-4000)}\n${first.stderr}`)
  const verdict = lastEvent(first.stdout, 'verdict') as {
    kind: string
    counts: Record<string, number>
    results: Record<string, string>
  }
  t.is(verdict.kind, 'pass')
  t.is(verdict.counts['fail'], 0)
  t.true((verdict.counts['pass'] ?? 0) > 40, JSON.stringify(verdict.counts))

  const ktap = await text(verdict.results['ktap'] ?? '')
  t.regex(ktap, /^KTAP version 1\n1\.\.\d+\n/)
  t.notRegex(ktap, /^\s*not ok/m)
  t.regex(await text(verdict.results['junit'] ?? ''), /<testsuites[^>]* failures="0"/)
  t.true(
    (await text(verdict.results['ndjson'] ?? ''))
      .trim()
      .split('\n')
      .map(line => JSON.parse(line)).length > 40,
  )

  const second = await kseries(['run', '--json'])
  t.is(second.exitCode, 0, second.stderr)
  t.is(typeof lastEvent(second.stdout, 'verdict')['remembered'], 'string')
})

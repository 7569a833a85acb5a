/**
 * Runs the ava tests of the package in the current folder, shows them for a person, and leaves the counts in
 * test-results/, where tools/test.ts adds them up; nx restores that folder when nothing changed.
 *
 * Usage: node ../../tools/unit.ts [NAME] [ava arguments]; NAME is the results' name, `unit` unless told.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { run } from '@kseries/host'

const [name = 'unit', ...avaArguments] = process.argv.slice(2)

// nx starts us in a process group of our own, so that a Ctrl-C, or what kills nx, does not reach us.
const owner = Number(process.env['KSERIES_TEST_RUN'] ?? process.pid)
const leaveWithOwner = () => {
  try {
    process.kill(owner, 0)
  } catch {
    process.exit(1)
  }
}
setInterval(leaveWithOwner, 1000).unref()

/** The last of what is no result: a run that fails without naming a test says why here, or not at all. */
const words: string[] = []
const results = { passed: 0, failed: 0, skipped: 0, failures: [] as string[] }
/** Whether what comes next says why the last test failed. */
let why = false
const show = (line: string) => {
  if (why) results.failures.push(`${results.failures.pop()}\n${line}`)
  if (line === '  ...') why = false
  const test = /^(not ok|ok) \d+ - (.*?)(?: # (SKIP|TODO)\b.*)?$/.exec(line)
  if (!test) {
    if (/^(TAP version|1\.\.|# (tests|pass|fail|skip))/.test(line) || line.trim() === '---') return
    if (line.trim() !== '') words.push(line)
    return console.log(line)
  }
  const [, ok, title, directive] = test
  if (directive) results.skipped++
  else if (ok === 'ok') results.passed++
  else {
    results.failed++
    results.failures.push(title ?? '')
    why = true
  }
  console.log(`  ${directive ? 'skip' : ok === 'ok' ? 'pass' : 'FAIL'}  ${title}`)
}

// nx forces colours, which processes of tests would put around the numbers they print.
const env = { FORCE_COLOR: undefined, NO_COLOR: '1' }
const { exitCode } = await run('ava', ['--tap', ...avaArguments], {
  env,
  okCodes: [0, 1],
  onLine: show,
  timeout: 80 * 60_000,
})
// A file that crashes, or has no tests, may fail the run without a `not ok` line of its own; and ava 8.0.1 crashes itself
// when it tells TAP of tests that came to no end.
if (exitCode !== 0 && results.failed === 0) {
  results.failed = 1
  results.failures.push([`ava exited with ${exitCode}; its last words:`, ...words.slice(-20)].join('\n'))
}
await mkdir('test-results', { recursive: true })
await writeFile(`test-results/${name}.json`, `${JSON.stringify(results)}\n`)
process.exit(exitCode)

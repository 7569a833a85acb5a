import test from 'ava'
import fc from 'fast-check'
import { writeJunit } from '../../src/results/junit.ts'
import { someResults } from '../helpers/some-results.ts'

test('groups are suites; a guest’s death is an error, a failed test a failure', t => {
  t.is(
    writeJunit(someResults, 'run'),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="run" tests="8" failures="2" errors="3" skipped="2" time="12.000">
  <testsuite name="a.test.ts" tests="3" failures="1" errors="0" skipped="1" time="4.500">
    <testcase classname="a.test.ts" name="passes" time="1.500">
      <system-out>said&#13;
this</system-out>
    </testcase>
    <testcase classname="a.test.ts" name="is #1 &amp; &lt;not&gt; &quot;here&quot;" time="1.500">
      <skipped message="needs\tmore"/>
    </testcase>
    <testcase classname="a.test.ts" name="fails" time="1.500">
      <failure type="fail" message="Skip nothing">Skip nothing
second
at a.ts:1</failure>
    </testcase>
  </testsuite>
  <testsuite name="b.test.ts" tests="4" failures="1" errors="3" skipped="0" time="6.000">
    <testcase classname="b.test.ts" name="splats" time="1.500">
      <failure type="splat" message="WARNING: at f">WARNING: at f
WARNING: at f
Call Trace:
 f+0x1/0x2</failure>
    </testcase>
    <testcase classname="b.test.ts" name="panics" time="1.500">
      <error type="panic" message="The guest died">The guest died</error>
    </testcase>
    <testcase classname="b.test.ts" name="hangs" time="1.500">
      <error type="hang" message="TODO never">TODO never</error>
    </testcase>
    <testcase classname="b.test.ts" name="has no guest" time="1.500">
      <error type="infra" message="There is no guest">There is no guest</error>
    </testcase>
  </testsuite>
  <testsuite name="c.test.ts" tests="1" failures="0" errors="0" skipped="1" time="1.500">
    <testcase classname="c.test.ts" name="only skipped" time="1.500">
      <skipped message=""/>
    </testcase>
  </testsuite>
</testsuites>
`,
  )
})

/** XML 1.0, production 2; a bare carriage return would be read as a newline. */
const allowed = /^[\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u

test('no text makes it other than XML', t => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (title, message) => {
      const xml = writeJunit([
        { group: 'g', title, verdict: 'fail', duration: 1, message, findings: [], log: [message] },
      ])
      t.regex(xml, allowed)
      // Nothing of it ends an element or an attribute.
      t.is(xml.match(/<(?!\/)/g)?.length, 6)
      t.is(xml.match(/"/g)?.length, 2 + 12 + 12 + 6 + 4 + 2)
    }),
    { numRuns: 500 },
  )
  t.pass()
})

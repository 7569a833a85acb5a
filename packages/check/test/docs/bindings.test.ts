import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Report } from '@kseries/host'
import test from 'ava'
import { docsChecks, type Subject } from '../../src/index.ts'
import { fakeKernel, goodMessage } from '../kernel.ts'
import { type Files, isolate, Repo, write } from '../repo.ts'

const folder = 'Documentation/devicetree/bindings'

/** FAKE: finds the word `wrong` and references to nothing, in the words of the real one; its version is in $FAKE_VERSION. */
const validate = `#!/usr/bin/python3
import os, re, sys
if '--version' in sys.argv:
    print(os.environ['FAKE_VERSION'])
    sys.exit()
assert sys.argv[2:4] == ['--url-path', '${folder}']
for path in sys.argv[4:]:
    full = os.path.abspath(path)
    for number, line in enumerate(open(path)):
        if 'wrong' in line:
            print(f'{full}:{number + 1}:3: properties:a: "wrong" is not one of ["right"]\\n\\thint: say right', file=sys.stderr)
        if 'crash' in line:
            raise ValueError('cannot read this')
        ref = re.search(r'\\$ref: /schemas/(\\S+)#', line)
        if ref and not os.path.exists('${folder}/' + ref[1]):
            print(f'{full}: Unresolvable reference: {ref[1]}', file=sys.stderr)
sys.exit(1)
`
/** FAKE, as is the style. */
const lint = `#!/usr/bin/python3
import sys
if '--version' in sys.argv:
    print('yamllint 1.29.0')
    sys.exit()
assert sys.argv[1:5] == ['--format', 'parsable', '--config-file', '${folder}/.yamllint']
for path in sys.argv[5:]:
    for number, line in enumerate(open(path)):
        if line.endswith(' \\n'):
            print(f'{path}:{number + 1}:1: [error] trailing spaces (trailing-spaces)')
        if len(line) > 111:
            print(f'{path}:{number + 1}:111: [warning] line too long (line-length)')
`
const style = `#!/usr/bin/env python3
import sys
for path in sys.argv[2:]:
    for number, line in enumerate(open(path)):
        if '\\t' in line:
            print(f'{path}:{number + 1}: example 0 [tabs] a tab in an example', file=sys.stderr)
`
const old = 'properties:\n  a: wrong\n  b:\n    $ref: /schemas/zoo/cat.yaml#\n'
const tree: Files = {
  [`${folder}/Makefile`]: 'DT_SCHEMA_MIN_VERSION = 2024.4\n',
  [`${folder}/.yamllint`]: '',
  [`${folder}/demo/demo.yaml`]: old,
  [`${folder}/zoo/cat.yaml`]: 'cat\n',
  'scripts/dtc/dt-check-style': style,
}

const root = await isolate()
let repo: Repo
let base = ''
test.before(async () => {
  repo = await Repo.make(join(root, 'repo'), { ...fakeKernel, ...tree })
  base = await repo.git('rev-parse', 'HEAD')
  await write(join(root, 'bin'), { 'dt-doc-validate': validate, yamllint: lint })
  Object.assign(process.env, { PATH: `${join(root, 'bin')}:${process.env['PATH']}`, FAKE_VERSION: '2024.11' })
})
test.after.always(() => rm(root, { recursive: true, force: true }))

let count = 0
const seriesOf = (...steps: readonly Files[]): Promise<Subject> =>
  repo.series(
    `series-${++count}`,
    base,
    steps.map(files => ({ message: goodMessage, files })),
  )
const check = async (...steps: readonly Files[]) => {
  const notes: string[] = []
  const report: Report = progress => {
    if (progress.kind === 'note') notes.push(progress.text)
  }
  const { findings, tools } = await docsChecks(await seriesOf(...steps), { isSandboxed: false, report })
  return {
    findings: findings.map(({ tool, file, line, text, blocks }) => [tool, file, line, text, blocks]),
    notes: notes.filter(text => !/ruamel/.test(text)),
    tools,
  }
}
const demo = `${folder}/demo/demo.yaml`
const more = `${folder}/demo/more.yaml`

test.serial('a binding that is right, beside one that was wrong and moved, and is named', async t => {
  const files = {
    [demo]: `# more\n${old}`,
    [more]: 'a: right\nb:\n  $ref: "/schemas/demo/demo.yaml#"\nc:\n  $ref: /schemas/zoo/cat.yaml#\n',
  }
  const { findings, notes } = await check(files)
  t.deepEqual([findings, notes], [[], []])
})

test.serial('caught: what is wrong, in YAML and in what it says; a long line is a note', async t => {
  const files = { [more]: `a: wrong\nb: \n# ${'long '.repeat(25)}\n` }
  t.deepEqual((await check(files)).findings, [
    ['dt-schema', more, 1, 'properties:a: "wrong" is not one of ["right"]\nhint: say right', true],
    ['yamllint', more, 2, 'trailing spaces (trailing-spaces)', true],
    ['yamllint', more, 3, 'trailing spaces (trailing-spaces)', true],
    ['yamllint', more, 3, 'line too long (line-length)', false],
  ])
})

test.serial('caught: a binding that goes, and is named', async t => {
  const { findings } = await check({ [`${folder}/zoo/cat.yaml`]: null })
  t.deepEqual(findings, [['dt-schema', demo, undefined, 'Unresolvable reference: zoo/cat.yaml', true]])
})

test.serial('caught: a tab in an example', async t => {
  const { findings } = await check({ [more]: '\ta\n' })
  if (findings.length === 0) return void t.pass('needs python3-ruamel.yaml')
  t.deepEqual(findings, [['dt-check-style', more, 1, 'example 0 [tabs] a tab in an example', true]])
})

test.serial('a program that breaks down is not one that finds nothing', async t => {
  t.deepEqual((await check({ [more]: 'crash\n' })).findings, [
    ['dt-schema', undefined, undefined, 'ValueError: cannot read this', true],
  ])
})

test.serial('a dt-schema that is too old, or none: a note with the next step, and the others look', async t => {
  const path = process.env['PATH']
  const wrong = (at: number) => ({ [more]: `a: wrong \n# ${at}\n` })
  try {
    for (const [version, minimum] of [
      ['2022.08.2', true],
      ['2024.04', false],
      ['2026.6', false],
    ] as const) {
      process.env['FAKE_VERSION'] = version
      const { findings, notes, tools } = await check(wrong(0), wrong(1))
      t.is(findings.length, minimum ? 1 : 2, version)
      t.is(notes.length, minimum ? 1 : 0, version)
      t.is(tools.has('dt-schema'), !minimum, 'what did not run has not ended an argument')
      if (minimum)
        t.regex(notes[0] ?? '', /dt-schema is 2022\.08\.2 and the tree wants 2024\.4: pip install 'dtschema>=2024\.4'/)
    }
    await rm(join(root, 'bin/dt-doc-validate'))
    await rm(join(root, 'bin/yamllint'))
    process.env['PATH'] = path?.replace(/:\/usr\/local\/bin/, '')
    const { notes } = await check(wrong(2))
    t.true(
      notes.some(text => /dt-schema is (not installed|2)/.test(text)),
      notes.join('\n'),
    )
  } finally {
    process.env['PATH'] = path
  }
})

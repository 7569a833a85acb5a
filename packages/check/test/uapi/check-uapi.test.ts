import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Report } from '@kseries/host'
import test from 'ava'
import { type Subject, uapiChecks } from '../../src/index.ts'
import { problemsIn } from '../../src/uapi/script/log.ts'
import { fakeKernel, goodMessage } from '../kernel.ts'
import { type Files, isolate, Repo } from '../repo.ts'
import { withSandbox } from '../with-sandbox.ts'
import { headers } from './headers.ts'

const header = 'include/uapi/linux/old.h'

/** FAKE: says of each header that differs, and that nobody keeps from it, what the real one says of one that lost a field. */
const script = `#!/bin/bash
# FAKE
readonly abidiff_min_version="2.4"
cd "$KERNEL_SRC" || exit 2
[ "$1 $2 $3 $4" = "-p past -b base" ] || exit 2
patterns=$(mktemp)
echo 'all: ; @echo $(no-header-test)' | cat - usr/include/Makefile | make -s -f - | tr ' ' '\\n' > "$patterns"
for name in $(git diff --name-only past base -- include/uapi | sed 's,/uapi,,' | grep -v -f "$patterns"); do
	echo "==== ABI differences detected in $name from past -> base ====" >&2
	echo "    [C] 'struct old' changed:" >&2
	echo "      type size changed from 64 to 32 (in bits)" >&2
	echo "      1 data member deletion:" >&2
	echo "        '__u32 b', at offset 32 (in bits) at $name:3:1" >&2
	echo "======" >&2
	failed=1
done
rm "$patterns"
exit "\${failed:-0}"
`

const wrap = (text: string) => `#include <linux/types.h>\n${text}`
const old = wrap('struct old { __u32 flags; __u32 b; };\n')
const small = wrap('struct old { __u32 flags; };\n')
const says =
  "'struct old' changed: type size changed from 64 to 32 (in bits) 1 data member deletion: '__u32 b', at offset 32 (in bits)"

let root = ''
let repo: Repo
let base = ''
test.before(async () => {
  root = await isolate()
  const files = {
    'scripts/check-uapi.sh': script,
    'usr/include/Makefile': 'no-header-test += linux/never.h\n',
    [header]: old,
  }
  repo = await Repo.make(join(root, 'repo'), { ...fakeKernel, ...headers, ...files })
  base = await repo.git('rev-parse', 'HEAD')
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const seriesOf = (name: string, ...steps: readonly Files[]): Promise<Subject> =>
  repo.series(
    name,
    base,
    steps.map(files => ({ message: goodMessage, files })),
  )

/** What the checks say where that version of abidiff is first on PATH. */
const check = async (subject: Subject, version: string, isSandboxed = false) => {
  const bin = join(root, `bin-${version}`)
  await mkdir(bin, { recursive: true })
  await writeFile(join(bin, 'abidiff'), `#!/bin/sh\necho "abidiff: ${version}"\n`)
  await chmod(join(bin, 'abidiff'), 0o755)
  const path = process.env['PATH']
  const notes: string[] = []
  const report: Report = progress => {
    if (progress.kind === 'note') notes.push(progress.text)
  }
  try {
    process.env['PATH'] = `${bin}:${path}`
    const { findings, tools } = await uapiChecks(subject, { isSandboxed, report })
    const its = findings.filter(({ tool }) => tool === 'check-uapi')
    return { its, didRun: tools.has('check-uapi'), notes: notes.filter(text => text.includes('check-uapi')) }
  } finally {
    process.env['PATH'] = path
  }
}

test.serial('the script is asked about headers that were there and that the commit touches', async t => {
  const subject = await seriesOf(
    'asked',
    { 'include/uapi/linux/added.h': wrap('struct added { __u32 flags; };\n') },
    { [header]: small, 'include/uapi/linux/added.h': null },
  )
  const { its, didRun, notes } = await check(subject, '2.6.0')
  t.true(didRun)
  t.deepEqual(notes, [])
  t.deepEqual(
    its.map(({ file, symbol, text, blocks, commit }) => [file, symbol, text, blocks, commit?.index]),
    [
      ['include/uapi/linux/added.h', 'struct old', says, true, 2],
      [header, 'struct old', says, true, 2],
    ],
  )
  await repo.git('update-ref', '-d', 'refs/heads/asked')
  t.deepEqual((await check(subject, '2.6.0')).its, its, 'remembered')
})

test.serial('it is the script of the base, whatever the series makes of it', async t => {
  const subject = await seriesOf('own', { [header]: small, 'scripts/check-uapi.sh': '#!/bin/bash\nexit 0\n' })
  t.is((await check(subject, '2.10.1')).its.length, 1)
})

test.serial('an abidiff that is too old, or none: a note with the next step, and the tool did not run', async t => {
  const subject = await seriesOf('too-old', { [header]: small })
  t.deepEqual(await check(subject, '2.2.0'), {
    its: [],
    didRun: false,
    notes: [
      'scripts/check-uapi.sh is not run, for abidiff is 2.2.0; it needs abidiff 2.4: install abigail-tools, which is new enough from Debian 13 on (Debian 12 has 2.2)',
    ],
  })
})

test.serial('where no header that was there is touched, nobody asks for an abidiff', async t => {
  const subject = await seriesOf('only-new', { 'include/uapi/linux/new.h': wrap('struct new { __u32 flags; };\n') })
  t.deepEqual(await check(subject, '1.0'), { its: [], didRun: true, notes: [] })
})

withSandbox('in the sandbox the script finds its repository, and reaches nothing else', async t => {
  const hostile = script.replace('# FAKE', `# FAKE\ntouch ${root}/touched "$KERNEL_SRC/touched" 2>/dev/null`)
  const head = await repo.series('hostile-script', base, [
    { message: goodMessage, files: { 'scripts/check-uapi.sh': hostile } },
  ])
  const first = head.commits[0]?.hash ?? ''
  const subject = await repo.series('sandboxed', first, [{ message: goodMessage, files: { [header]: small } }])
  t.is((await check(subject, '2.6.0', true)).its.length, 1)
  await t.throwsAsync(readFile(join(root, 'touched')), { code: 'ENOENT' })
})

test('what it says of headers that went, that do not compile, and that only grow', t => {
  const words = `==== UAPI header include/linux/gone.h was removed between past and base ====

==== Could not compile version of UAPI header linux/bad.h at past ====
linux/bad.h:1:2: error: no such thing
======
==== Could not compile version of UAPI header include/linux/bad.h at base ====
include/linux/bad.h:1:2: error: no such thing
======

==== ABI differences detected in include/linux/more.h from past -> base ====
    [C] 'struct more' changed:
      type size changed from 128 to 192 (in bits)
      1 data member insertion:
        '__u64 more', at offset 128 (in bits) at more.h:75:1
    [C] 'enum kinds' changed:
      type size hasn't changed
      1 enumerator insertion:
        'kinds::KIND_B' value '2'
    [C] 'struct less' changed:
      type size changed from 96 to 64 (in bits)
      1 data member insertion:
        '__u8 x', at offset 56 (in bits) at more.h:80:1
      1 data member change:
        '__u32 y' offset changed from 64 to 128 (in bits) (by +64 bits)
======


error - 4/9 UAPI headers compatible with x86 appear _not_ to be backwards compatible
`
  t.deepEqual(
    problemsIn(words, name => `include/uapi/${name}`).map(({ file, symbol, text, blocks }) => [
      file,
      symbol,
      text,
      blocks,
    ]),
    [
      ['include/uapi/linux/gone.h', undefined, 'linux/gone.h is gone', true],
      ['include/uapi/linux/bad.h', undefined, 'it does not compile: no such thing', true],
      [
        'include/uapi/linux/more.h',
        'struct more',
        "'struct more' changed: type size changed from 128 to 192 (in bits) 1 data member insertion: '__u64 more', at offset 128 (in bits)",
        false,
      ],
      [
        'include/uapi/linux/more.h',
        'enum kinds',
        "'enum kinds' changed: type size hasn't changed 1 enumerator insertion: 'kinds::KIND_B' value '2'",
        false,
      ],
      [
        'include/uapi/linux/more.h',
        'struct less',
        "'struct less' changed: type size changed from 96 to 64 (in bits) 1 data member insertion: '__u8 x', at offset 56 (in bits) 1 data member change: '__u32 y' offset changed from 64 to 128 (in bits) (by +64 bits)",
        true,
      ],
    ],
  )
})

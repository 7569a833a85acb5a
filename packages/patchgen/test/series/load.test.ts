import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { loadSeries, SeriesInvalid } from '../../src/index.ts'
import { addTrailers, parseMessage } from '../../src/series/message.ts'
import { isolate, makeSeries, writeFiles } from '../kernel.ts'

let root = ''
let count = 0
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const load = async (changes: Record<string, string | undefined> = {}) =>
  loadSeries(await makeSeries(join(root, `series-${count++}`, 'demo'), changes))

/** What is said about a series with these changes. */
const problems = async (changes: Record<string, string | undefined>): Promise<string[]> => {
  try {
    await load(changes)
    return []
  } catch (error) {
    if (error instanceof SeriesInvalid) return error.problems.map(({ path, message }) => `${path}: ${message}`)
    throw error
  }
}

test('a good folder is read whole', async t => {
  const series = await load()
  t.is(series.name, 'demo')
  t.deepEqual(series.meta.bases, ['7.3'])
  t.deepEqual(series.cover, { subject: 'demo: a thing to show', body: 'Why it is here.' })
  t.deepEqual(
    series.patches.map(({ name, edits, files }) => [
      name,
      edits.length,
      files.map(({ path, mode }) => `${mode} ${path}`),
    ]),
    [
      ['01-new-driver', 3, ['100644 drivers/new/new.c', '100755 scripts/new.sh']],
      ['02-change-it', 1, []],
    ],
  )
})

test('the key depends on what commits depend on', async t => {
  const { key } = await load()
  t.is((await load({ 'selftests/a.test.ts': 'x', config: 'CONFIG_X=y\n' })).key, key)
  t.is((await load({ 'cover.md': 'other: subject\n\nBody.\n' })).key, key)
  t.not((await load({ 'patches/01-new-driver/message.md': 'demo: other\n\nBody.\n' })).key, key)
  t.not((await load({ 'patches/01-new-driver/tree/drivers/new/new.c': 'int four;\n' })).key, key)
  t.not((await load({ 'patches/01-new-driver/edits.ts': undefined })).key, key)
})

test('the executable bit of a file is part of the key', async t => {
  const folder = await makeSeries(join(root, 'mode', 'demo'))
  const before = await loadSeries(folder)
  await chmod(join(folder, 'patches/01-new-driver/tree/drivers/new/new.c'), 0o755)
  const after = await loadSeries(folder)
  t.is(after.patches[0]?.files[0]?.mode, '100755')
  t.not(after.key, before.key)
})

test('a helper module that changes is read again, and what it makes is part of the key', async t => {
  const folder = await makeSeries(join(root, 'helper', 'demo'), {
    'patches/02-change-it/edits.ts': `import { edit, replace } from '@kseries/patchgen'
import { type } from '../../lib/names.ts'
export default [edit('drivers/new/new.c', replace('int two;', \`\${type} two;\`))]
`,
  })
  const once = async (helper: string) => {
    await writeFiles(folder, { 'lib/names.ts': helper })
    const { key, patches } = await loadSeries(folder)
    return { key, edits: JSON.stringify(patches[1]?.edits) }
  }
  const first = await once("export const type = 'long'\n")
  const same = await once("// A comment changes nothing.\nexport const type = 'long'\n")
  const second = await once("export const type = 'short'\n")
  t.regex(first.edits, /long two/)
  t.deepEqual(same, first)
  t.regex(second.edits, /short two/)
  t.not(second.key, first.key)
})

test('the folder has a name that a branch can have', async t => {
  for (const name of ['My Series', 'x.lock', '-x', 'Demo'])
    await t.throwsAsync(loadSeries(await makeSeries(join(root, 'names', name))), {
      instanceOf: SeriesInvalid,
      message: new RegExp(`\\n  \\.: its name must be lower-case words with -: it is '${RegExp.escape(name)}'$`),
    })
})

test('everything wrong is named at once, with its path', async t => {
  t.deepEqual(
    await problems({
      'series.ts': "export default { title: '', date: 'yesterday', needs: ['X'], colour: 'red', to: ['nobody'] }\n",
      'cover.md': undefined,
      'patches/01-new-driver/message.md': undefined,
      'patches/01-new-driver/edits.ts': "throw new RangeError('boom')\n",
      'patches/01-new-driver/notes.txt': 'x',
      'patches/01-new-driver/tree/drivers/new/new.c~': 'x',
      'patches/02-change-it/edits.ts': 'export default { op: 1 }\n',
      'patches/02-same-number/message.md': 'x: y\n\nz\n',
      'patches/Third/message.md': 'x: y\n\nz\n',
    }),
    [
      'series.ts: title: Too small: expected string to have >=1 characters',
      'series.ts: date: Invalid ISO date',
      'series.ts: needs.0: must be lower-case words with -',
      'series.ts: to.0: must be a mail address',
      'series.ts: default export: Unrecognized key: "colour"',
      'cover.md: it is missing: subject, blank line, body',
      'patches/02-same-number: it has the same number as 02-change-it',
      "patches/Third: its name must be two digits and lower-case words: '01-name'",
      'patches/01-new-driver/notes.txt: a patch consists of message.md, edits.ts and tree/; whole files of the kernel go into tree/',
      'patches/01-new-driver/message.md: it is missing: subject, blank line, body',
      "patches/01-new-driver/tree/drivers/new/new.c~: it looks like an editor's or a build's leftover",
      'patches/01-new-driver/edits.ts: RangeError: boom (line 1)',
      'patches/02-change-it/edits.ts: its default export must be a list of edit(…), deleteFile(…) and when(…)',
    ],
  )
})

test('modules that do not load, load to nothing, or never end loading', async t => {
  t.regex((await problems({ 'series.ts': undefined }))[0] ?? '', /series\.ts: it is missing/)
  t.regex((await problems({ 'series.ts': 'export const a = 1\n' }))[0] ?? '', /default export/)
  t.regex((await problems({ 'series.ts': 'export default {\n' }))[0] ?? '', /series\.ts: SyntaxError/)
  t.regex(
    (await problems({ 'patches/02-change-it/edits.ts': 'import "./nowhere.ts"\n' }))[0] ?? '',
    /Cannot find module/,
  )
  t.regex(
    (
      await problems({
        'patches/02-change-it/edits.ts':
          "import { edit, line } from '@kseries/patchgen'\n\nexport default [edit('/etc/passwd', line(''))]\n",
      })
    )[0] ?? '',
    /TypeError: Cannot look for an empty text \(line 3\)/,
  )
  t.regex(
    (
      await problems({
        'patches/02-change-it/edits.ts': "import { edit } from '@kseries/patchgen'\nexport default [edit('../x')]\n",
      })
    )[0] ?? '',
    /without '\.\.' \(line 2\)/,
  )
  t.regex(
    (
      await problems({
        'patches/02-change-it/edits.ts': "export default [{ kind: 'edit', path: 'a', operations: [{ op: 'burn' }] }]\n",
      })
    )[0] ?? '',
    /default export must be a list/,
  )
  t.regex(
    (
      await problems({
        'patches/02-change-it/edits.ts': 'await new Promise(() => setTimeout(() => {}, 1))\nexport default []\n',
      })
    )[0] ?? '',
    /did not finish loading/,
  )
})

test('a folder that is none, or has no patches', async t => {
  await t.throwsAsync(loadSeries(join(root, 'nowhere')), { instanceOf: SeriesInvalid, message: /no such folder/ })
  t.regex(
    (
      await problems(
        Object.fromEntries(
          [
            '01-new-driver/message.md',
            '01-new-driver/edits.ts',
            '01-new-driver/tree/drivers/new/new.c',
            '01-new-driver/tree/scripts/new.sh*',
            '02-change-it/message.md',
            '02-change-it/edits.ts',
          ].map(name => [`patches/${name}`, undefined]),
        ),
      )
    )[0] ?? '',
    /patches: there must be at least one patch/,
  )
})

const said = (source: string) => parseMessage(source, 'm', 'commit').problems.map(({ message }) => message)

test('messages are held to the rules of the kernel and of git am', t => {
  t.deepEqual(said('a: b\n\nBody.\n'), [])
  t.deepEqual(said(`a: ${'b'.repeat(73)}\n\nBody.\n`), ['its subject must have at most 75 columns: it has 76'])
  t.deepEqual(said('a: b.\nno\n'), [
    'its subject must not end with a full stop',
    'its second line must be blank',
    'it must have a body that says why',
  ])
  t.regex(said('add b\n\nBody.\n')[0] ?? '', /must name the area/)
  t.regex(said('[PATCH] a: b\n\nBody.\n')[0] ?? '', /must not begin with \[/)
  t.regex(said('# a: b\n\nBody.\n')[0] ?? '', /Markdown/)
  t.deepEqual(said(`a: b\n\n${'word '.repeat(16).trim()}\n`), ['line 3 must have at most 75 columns: it has 79'])
  t.deepEqual(said(`a: b\n\nBody.\n\n  ${'word '.repeat(16)}\nLink: https://example.org/${'x'.repeat(80)}\n`), [])
  t.regex(said('a: b\n\nBody.\n---\nx\n')[0] ?? '', /line 4 .*git am would cut/)
  t.regex(said('a: b\n\ndiff --git a b\n')[0] ?? '', /git am would cut/)
  t.regex(said('a: b\n\nFrom: x <x@y>\n\nz\n')[0] ?? '', /mail header/)
  t.regex(said('a: b\n\nBody.\n\nSigned-off-by: x <x@y>\n')[0] ?? '', /leave it out/)
})

test('a sign-off joins trailers, or begins a paragraph', t => {
  t.is(addTrailers('Body.', ['S: x']), 'Body.\n\nS: x')
  t.is(addTrailers('Note: this is the body.', ['S: x']), 'Note: this is the body.\n\nS: x')
  t.is(addTrailers('Body.\n\nLink: y\nAssisted-by: z', ['S: x']), 'Body.\n\nLink: y\nAssisted-by: z\nS: x')
  t.is(addTrailers('Body.\n\nMore: or\nless.', ['S: x']), 'Body.\n\nMore: or\nless.\n\nS: x')
  t.is(addTrailers('Body.', []), 'Body.')
})

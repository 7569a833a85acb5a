import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Interrupted, type Progress, run } from '@kseries/host'
import test from 'ava'
import { blameLine, EditImpossible, generate, loadChain } from '../../src/index.ts'
import { driver } from '../driver.ts'
import { gitSays, isolate, kernelFiles, makeRepo, makeSeries, writeFiles } from '../kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

const options = { label: '7.3' }

test('commits have the files, modes, messages and times that the series says', async t => {
  const { gitDir, base } = await makeRepo(join(root, 'plain'))
  const chain = await loadChain(await makeSeries(join(root, 'plain-series', 'demo')))
  const generated = await generate(chain, { ...options, gitDir, base })
  t.deepEqual(
    generated.commits.map(({ subject, series, patch, files }) => ({ subject, series, patch, files })),
    [
      {
        subject: 'demo: add a file',
        series: 'demo',
        patch: '01-new-driver',
        files: ['drivers/Makefile', 'drivers/demo/demo.c', 'drivers/demo/old.c', 'drivers/new/new.c', 'scripts/new.sh'],
      },
      { subject: 'demo: change that file', series: 'demo', patch: '02-change-it', files: ['drivers/new/new.c'] },
    ],
  )
  t.is(generated.head, await gitSays(gitDir, 'rev-parse', 'kseries/demo/7.3'))
  t.is(generated.treeHash, await gitSays(gitDir, 'rev-parse', `${generated.head}^{tree}`))
  t.is(base, await gitSays(gitDir, 'rev-parse', `${generated.head}~2`))
  t.is(await gitSays(gitDir, 'show', `${generated.head}:drivers/new/new.c`), 'int one;\nlong two;\nint three;')
  t.is(
    await gitSays(gitDir, 'show', `${generated.head}:drivers/demo/demo.c`),
    driver.replace('node;\n', 'node;\n\tint extra;\n').trimEnd(),
  )
  t.is(
    await gitSays(gitDir, 'diff', '--summary', base, generated.head),
    ' delete mode 100644 drivers/demo/old.c\n create mode 100644 drivers/new/new.c\n create mode 100755 scripts/new.sh',
  )
  t.is(
    await gitSays(gitDir, 'log', '-1', '--format=%an <%ae>|%cn|%at|%ct|%B%x00', `${generated.head}^`),
    'Test Person <test@example.org>|Test Person|1700000001|1700000001|demo: add a file\n\nIt is of use.\n\nLink: https://example.org/1\nSigned-off-by: Test Person <test@example.org>\n\0',
  )
  t.true((await gitSays(gitDir, 'log', '-1', '--format=%ct %B', generated.head)).startsWith('1700000002 demo: change'))
  t.true(generated.submittable)
  t.regex(await gitSays(gitDir, 'fsck', '--strict', '--no-dangling'), /^$/)
  t.is(await gitSays(gitDir, 'for-each-ref', 'refs/kseries/draft'), '')
})

test.serial('the same input gives the same hashes, in any repository, whatever the shell has set', async t => {
  const one = await makeRepo(join(root, 'same-1'))
  const two = await makeRepo(join(root, 'same-2'), { ...kernelFiles })
  const folder = await makeSeries(join(root, 'same-series', 'demo'))
  const first = await generate(await loadChain(folder), { ...options, ...one })
  process.env['GIT_DIR'] = '/nonexistent'
  process.env['GIT_INDEX_FILE'] = '/nonexistent'
  const second = await generate(await loadChain(folder), { ...options, ...two }).finally(() => {
    delete process.env['GIT_DIR']
    delete process.env['GIT_INDEX_FILE']
  })
  t.deepEqual({ ...first, gitDir: '' }, { ...second, gitDir: '' })
  t.is(
    await gitSays(two.gitDir, 'status', '--porcelain').catch(() => 'no work tree'),
    await gitSays(one.gitDir, 'status', '--porcelain').catch(() => 'no work tree'),
  )
})

test('unchanged input is only looked at; one changed file keeps the commits before it', async t => {
  const repo = await makeRepo(join(root, 'cached'))
  const folder = await makeSeries(join(root, 'cached-series', 'demo'))
  const events: Progress[] = []
  const once = async () =>
    generate(await loadChain(folder), { ...options, ...repo, report: event => events.push(event) })
  const first = await once()
  t.true(events.some(({ kind }) => kind === 'step'))
  events.length = 0
  const start = performance.now()
  t.deepEqual(await once(), first)
  t.log(`${Math.round(performance.now() - start)} ms`)
  t.deepEqual(events, [])

  await writeFile(join(folder, 'patches/02-change-it/message.md'), 'demo: change that file\n\nFor another reason.\n')
  const second = await once()
  t.is(second.commits[0]?.hash, first.commits[0]?.hash)
  t.not(second.head, first.head)
  t.is(second.treeHash, first.treeHash)

  // Edited modules are read again, in this process too.
  await writeFile(
    join(folder, 'patches/02-change-it/edits.ts'),
    "import { edit, replace } from '@kseries/patchgen'\nexport default [edit('drivers/new/new.c', replace('int two;', 'short two;'))]\n",
  )
  t.regex(await gitSays(repo.gitDir, 'show', `${(await once()).head}:drivers/new/new.c`), /short two/)
})

test.serial('a branch that went away, or a damaged cache, is made again', async t => {
  const repo = await makeRepo(join(root, 'again'))
  const folder = await makeSeries(join(root, 'again-series', 'demo'))
  const once = async () => generate(await loadChain(folder), { ...options, ...repo })
  const first = await once()
  await gitSays(repo.gitDir, 'branch', '-D', 'kseries/demo/7.3')
  t.is((await once()).head, first.head)
  t.is(await gitSays(repo.gitDir, 'rev-parse', 'kseries/demo/7.3'), first.head)
  const cache = join(process.env['KSERIES_CACHE'] ?? '', 'patchgen')
  await rm(cache, { recursive: true })
  t.is((await once()).head, first.head)
  await gitSays(repo.gitDir, 'update-ref', '-d', 'refs/heads/kseries/demo/7.3')
  for (const name of (await run('ls', [cache])).stdout.split('\n')) await writeFile(join(cache, name), '{"key":')
  // What a run that was killed between writing and moving leaves behind.
  await gitSays(repo.gitDir, 'update-ref', 'refs/kseries/draft/demo/7.3', repo.base)
  t.is((await once()).head, first.head)
})

test.serial('how many processes it takes', async t => {
  const repo = await makeRepo(join(root, 'count'))
  const folder = await makeSeries(join(root, 'count-series', 'demo'))
  const log = join(root, 'git.log')
  const real = (await run('sh', ['-c', 'command -v git'])).stdout
  await writeFiles(join(root, 'bin'), { 'git*': `#!/bin/sh\necho "$*" >> ${log}\nexec ${real} "$@"\n` })
  const path = process.env['PATH'] ?? ''
  const count = async () => {
    await writeFile(log, '')
    process.env['PATH'] = `${join(root, 'bin')}:${path}`
    await generate(await loadChain(folder), { ...options, ...repo }).finally(() => {
      process.env['PATH'] = path
    })
    return (await readFile(log, 'utf8')).trim().split('\n').length
  }
  t.is(await count(), 8)
  t.is(await count(), 2)
  await writeFile(join(folder, 'patches/01-new-driver/tree/drivers/new/new.c'), 'int one;\nint two;\n')
  t.is(await count(), 8)
})

test('a base may be called anything', async t => {
  const repo = await makeRepo(join(root, 'label'))
  const chain = await loadChain(await makeSeries(join(root, 'label-series', 'demo')))
  for (const [label, branch] of [
    ['git:https://example.org/linux.git#a..b', 'git-https-example.org-linux.git-a-b'],
    ['/x/y.lock', 'x-y'],
    ['~', 'base'],
  ] as const)
    t.deepEqual((await generate(chain, { ...repo, label })).branches, [`kseries/demo/${branch}`])
})

test('an abort changes nothing', async t => {
  const repo = await makeRepo(join(root, 'abort'))
  const chain = await loadChain(await makeSeries(join(root, 'abort-series', 'demo')))
  await t.throwsAsync(generate(chain, { ...options, ...repo, signal: AbortSignal.abort() }), {
    instanceOf: Interrupted,
  })
  t.is(await gitSays(repo.gitDir, 'for-each-ref', 'refs/heads/kseries'), '')
})

test('series that need others come after them, each with its branch', async t => {
  const repo = await makeRepo(join(root, 'chain'))
  await makeSeries(join(root, 'chain-series', 'demo'))
  const folder = await makeSeries(join(root, 'chain-series', 'on-top'), {
    'series.ts': "export default { title: 'On top', date: '2026-11-24', needs: ['demo'] }\n",
    'patches/01-new-driver/message.md': undefined,
    'patches/01-new-driver/edits.ts': undefined,
    'patches/01-new-driver/tree/drivers/new/new.c': undefined,
    'patches/01-new-driver/tree/scripts/new.sh*': undefined,
    'patches/02-change-it/edits.ts':
      "import { edit, replace } from '@kseries/patchgen'\nexport default [edit('drivers/new/new.c', replace('long two;', 'char two;'))]\n",
  })
  const chain = await loadChain(folder)
  t.deepEqual(
    chain.map(({ name }) => name),
    ['demo', 'on-top'],
  )
  const generated = await generate(chain, { ...options, ...repo })
  t.is(generated.commits.length, 3)
  t.deepEqual(generated.branches, ['kseries/demo/7.3', 'kseries/on-top/7.3'])
  t.is(
    await gitSays(repo.gitDir, 'rev-parse', 'kseries/on-top/7.3^'),
    await gitSays(repo.gitDir, 'rev-parse', 'kseries/demo/7.3'),
  )
  t.is(await gitSays(repo.gitDir, 'show', 'kseries/on-top/7.3:drivers/new/new.c'), 'int one;\nchar two;\nint three;')
  // The one below alone stays where it is.
  t.is(generated.commits[1]?.hash, (await generate(chain.slice(0, 1), { ...options, ...repo })).head)
})

test.serial('without an identity: by nobody, not signed off, not to be sent', async t => {
  const repo = await makeRepo(join(root, 'nobody'))
  const chain = await loadChain(await makeSeries(join(root, 'nobody-series', 'demo')))
  const generated = await generate(chain, { ...options, ...repo, identity: null })
  t.false(generated.submittable)
  t.is(
    await gitSays(repo.gitDir, 'log', '-1', '--format=%an <%ae>%n%b%x00', generated.head),
    'kseries <kseries@localhost>\nThat is better.\n\0',
  )
  const config = process.env['GIT_CONFIG_GLOBAL']
  process.env['GIT_CONFIG_GLOBAL'] = '/dev/null'
  const unset = await generate(chain, { ...options, ...repo }).finally(() => {
    process.env['GIT_CONFIG_GLOBAL'] = config
  })
  t.deepEqual(unset, generated)
  await t.throwsAsync(generate(chain, { ...options, ...repo, identity: 'x' }), { instanceOf: TypeError })
})

const forBases = (condition: string) => `import { c, edit, insertAfter, replaceText, when } from '@kseries/patchgen'
export default [
  edit('drivers/demo/demo.c', when(${condition}, [replaceText('THIS_MODULE', 'NEW')], [replaceText('THIS_OLD', 'OLD')])),
  when({ exists: 'drivers/demo/old.c' }, [edit('drivers/demo/old.c', insertAfter('int old;', 'int older;'))]),
]
`

test('one folder, two bases', async t => {
  const one = await makeRepo(join(root, 'two-1'))
  const { 'drivers/demo/old.c': _gone, ...others } = kernelFiles
  const two = await makeRepo(join(root, 'two-2'), {
    ...others,
    'drivers/demo/demo.c': driver.replace('THIS_MODULE', 'THIS_OLD'),
  })
  for (const [index, condition] of [
    "{ contains: 'THIS_MODULE' }",
    "{ file: 'drivers/demo/demo.c', contains: 'THIS_MODULE' }",
    "{ file: 'drivers/demo/demo.c', contains: '= THIS_MODULE' }",
    "{ exists: 'drivers/demo/old.c' }",
    "{ base: '7.3' }",
  ].entries()) {
    const folder = await makeSeries(join(root, `two-series-${index}`, 'demo'), {
      'patches/01-new-driver/edits.ts': forBases(condition),
    })
    const chain = await loadChain(folder)
    for (const [repo, label, added] of [
      [one, '7.3', 'NEW'],
      [two, '7.2', 'OLD'],
    ] as const) {
      const { gitDir, head } = await generate(chain, { ...repo, label })
      t.regex(
        await gitSays(gitDir, 'show', `${head}:drivers/demo/demo.c`),
        new RegExp(`= ${added},`),
        `${condition} ${label}`,
      )
      // Each condition wants a branch that nobody left behind.
      await gitSays(gitDir, 'update-ref', '-d', `refs/heads/kseries/demo/${label}`)
      await gitSays(gitDir, 'update-ref', '-d', `refs/kseries/generated/demo/${label}`)
    }
  }
})

const appending = (text: string) => ({
  'patches/01-new-driver/edits.ts': `import { append, edit } from '@kseries/patchgen'\nexport default [edit('drivers/demo/latin.c', append('${text}'))]\n`,
})

test('a file that is not UTF-8 keeps its bytes', async t => {
  const repo = await makeRepo(join(root, 'latin'))
  const folder = await makeSeries(join(root, 'latin-series', 'demo'), appending('int b;'))
  const { head } = await generate(await loadChain(folder), { ...options, ...repo })
  const { bytes } = await run('git', [`--git-dir=${repo.gitDir}`, 'show', `${head}:drivers/demo/latin.c`], {
    binary: true,
  })
  t.deepEqual(Buffer.from(bytes), Buffer.from('/* Andr\xe9 */\nint a;\nint b;\n', 'latin1'))
  await makeSeries(folder, appending('/* → */'))
  await t.throwsAsync(async () => generate(await loadChain(folder), { ...options, ...repo }), {
    instanceOf: EditImpossible,
    message: /not UTF-8/,
  })
})

test('a line is blamed on the patch that brought it', async t => {
  const repo = await makeRepo(join(root, 'blame'))
  const generated = await generate(await loadChain(await makeSeries(join(root, 'blame-series', 'demo'))), {
    ...options,
    ...repo,
  })
  const patchOf = async (path: string, line: number) => (await blameLine(generated, path, line))?.patch
  t.is(await patchOf('drivers/new/new.c', 1), '01-new-driver')
  t.is(await patchOf('drivers/new/new.c', 2), '02-change-it')
  t.is(await patchOf('drivers/new/new.c', 4), undefined)
  t.is(await patchOf('drivers/demo/demo.c', 1), undefined)
  t.is(await patchOf('drivers/demo/demo.c', 20), '01-new-driver')
  t.is(await patchOf('drivers/demo/old.c', 1), undefined)
  t.is(await patchOf('drivers/demo/latin.c', 1), undefined)
  t.is(await patchOf('nowhere.c', 1), undefined)
})

test('two at once do not disturb each other', async t => {
  const repo = await makeRepo(join(root, 'parallel'))
  const one = await loadChain(await makeSeries(join(root, 'parallel-series', 'demo')))
  const two = await loadChain(
    await makeSeries(join(root, 'parallel-series', 'other'), {
      'patches/01-new-driver/message.md': 'demo: other\n\nBody.\n',
    }),
  )
  const results = await Promise.all([one, two, one].map(chain => generate(chain, { ...options, ...repo })))
  t.deepEqual(results[0], results[2])
  t.not(results[0]?.head, results[1]?.head)
  t.is(await readFile(join(repo.folder, 'drivers/demo/old.c'), 'utf8'), 'int old;\n')
})

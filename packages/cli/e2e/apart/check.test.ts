import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '@kseries/host'
import test from 'ava'
import { copyOfSeries, edit, events, kseries, lastEvent, scratch, text } from '../kseries.ts'

// With a compiler these take as long as ten kernels: see packages/check for tests of that on a fake one.

const person = { GIT_AUTHOR_NAME: 'A. Person', GIT_AUTHOR_EMAIL: 'person@example.org' }

for (const series of ['securekey', 'securekey-afalg', 'securekey-chardev']) {
  test.serial(`${series}: nothing blocks, and what is argued is there`, async t => {
    const { exitCode, stdout, stderr } = await kseries(['check', series, '--no-build', '--json'], { env: person })
    t.is(exitCode, 0, stdout + stderr)
    const findings = events(stdout).filter(({ type }) => type === 'finding')
    t.true(findings.some(({ argued }) => argued !== undefined))
    t.like(lastEvent(stdout, 'checked'), { subject: series, blocking: 0, findings: findings.length })
  })
}

test.serial('a broken patch: exit 1, the finding names patch, file and line; in JUnit, too', async t => {
  const folder = await copyOfSeries()
  const patch = join(folder, 'securekey/patches/04-keys')
  await edit(join(patch, 'tree/drivers/securekey/key.c'), old => old.replace(/^\treturn/m, '\tif(1)  \n\t\treturn'))
  await edit(join(patch, 'message.md'), old => `${old.trimEnd()}\n\nFixes: 1234 (nothing)\n`)
  const junit = join(await scratch(), 'findings.xml')
  const { exitCode, stdout } = await kseries(
    ['check', join(folder, 'securekey'), '--no-build', '--junit', junit, '-q'],
    {
      env: person,
    },
  )
  t.is(exitCode, 1, stdout)
  t.regex(stdout, /BLOCKS +checkpatch +drivers\/securekey\/key\.c:\d+: TRAILING_WHITESPACE/)
  t.regex(stdout, /BLOCKS +fixes /)
  t.regex(await text(junit), /<failure type="fail" message="TRAILING_WHITESPACE/)
})

test.serial('mails: judged in the sandbox, or not at all', async t => {
  const out = await scratch()
  t.is((await kseries(['generate', 'securekey', '--out', out], { env: person })).exitCode, 0)
  const mails = (await readdir(out)).filter(name => name.endsWith('.patch')).toSorted()
  const mbox = join(out, 'securekey.mbox')
  await writeFile(mbox, (await Promise.all(mails.map(name => text(join(out, name))))).join('\n'))
  const checked = await kseries(['check', mbox, '--no-build'])
  if (/does not let us make namespaces/.test(checked.stderr)) {
    t.log('this machine has no sandbox')
    return t.is(checked.exitCode, 4, checked.stderr)
  }
  // Nobody argues for mails: the reminders of checkpatch block.
  t.is(checked.exitCode, 1, checked.stderr)
  t.regex(checked.stderr, /in a sandbox/)
  t.regex(checked.stdout, /BLOCKS +checkpatch .*FILE_PATH_CHANGES/)
})

test.serial('one mail for b4: found in the history of HEAD, findings as each of its commands wants them', async t => {
  const out = await scratch()
  const generated = await kseries(['generate', 'securekey', '--out', out, '--json'], { env: person })
  const { gitDir, branches } = lastEvent(generated.stdout, 'generated') as { gitDir: string; branches: string[] }
  const repo = join(await scratch(), 'linux')
  await run('git', ['clone', '-q', '--shared', '--no-checkout', '--branch', branches.at(-1) ?? '', gitDir, repo])
  const mail = (await readdir(out)).find(name => /04.*\.patch$/.test(name)) ?? ''
  const check = async (form: string, input: string) =>
    await kseries(['check', '--b4', form, '--repo', repo], { env: person, input })
  const text04 = await text(join(out, mail))
  const prep = await check('prep', text04)
  t.is(prep.exitCode, 0, prep.stderr)
  t.is(prep.stderr, '')
  t.regex(prep.stdout, /^drivers\/securekey\/key\.c:\d+: ERROR:checkpatch: FILE_PATH_CHANGES/m)
  const review = await check('review', text04)
  const results = JSON.parse(review.stdout) as { tool: string; status: string }[]
  t.is(results.find(({ tool }) => tool === 'checkpatch')?.status, 'fail')
  t.is(results.find(({ tool }) => tool === 'maintainers')?.status, 'pass')
  const none = await check('prep', 'no mail')
  t.is(none.exitCode, 2)
  t.regex(none.stderr, /it is no patch/)
})

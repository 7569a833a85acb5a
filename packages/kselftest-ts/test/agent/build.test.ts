import { stat } from 'node:fs/promises'
import { CommandMissing, ExitCode } from '@kseries/host'
import test from 'ava'
import { buildAgent, GuestBuildFailed } from '../../src/agent/build.ts'

for (const abi of ['x86_64', 'i386'] as const) {
  test(`${abi}: a static program of a few tens of kB, built once`, async t => {
    const path = await buildAgent({ abi })
    const first = await stat(path)
    t.true(first.size < 64 * 1024, `${first.size} bytes`)
    t.is(await buildAgent({ abi }), path)
    t.is((await stat(path)).mtimeMs, first.mtimeMs)
  })
}

test('C that does not compile is an error with what the compiler said', async t => {
  const cc = ['gcc', '-include', '/nonexistent/header.h'] as const
  const error = await t.throwsAsync(buildAgent({ abi: 'x86_64', cc }), { instanceOf: GuestBuildFailed })
  t.regex(error.message, /nonexistent\/header\.h: No such file/)
  t.is(error.exitCode, ExitCode.build)
})

test('a compiler that is not there is an error that names it', async t => {
  await t.throwsAsync(buildAgent({ abi: 'x86_64', cc: ['no-such-cc'] }), { instanceOf: CommandMissing })
})

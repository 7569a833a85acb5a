import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode } from '@kseries/host'
import { type Artefacts, buildDir, planBuild } from '@kseries/kernel'
import { loadChain } from '@kseries/patchgen'
import test from 'ava'
import { buildSpec } from '../../src/run/image.ts'
import { copyOfSeries, edit, kseries, lastEvent } from '../kseries.ts'

const core = 'securekey/patches/03-core/tree'

// chardev.test.ts, which runs before, has built it: from nothing it would take minutes.
const series = 'securekey-chardev'
let copy: string
test.before(async () => {
  copy = await copyOfSeries()
})
test.after.always(() => rm(copy, { recursive: true }))

const built = async (): Promise<Artefacts> => {
  const { exitCode, stdout, stderr } = await kseries(['build', join(copy, series), '--json'])
  if (exitCode !== 0) throw new Error(stderr)
  return lastEvent(stdout, 'artefacts') as unknown as Artefacts
}

/** What make said in the build folder. */
const said = async ({ treeHash }: Artefacts): Promise<string> => {
  const spec = await buildSpec(await loadChain(join(copy, series)), { arch: 'x86_64', profile: 'fast' })
  const output = buildDir({ name: `${series}-7.3` }, await planBuild(treeHash, spec))
  return await readFile(join(output, 'kseries-make.log'), 'utf8')
}

/** A line more in a file of the core. */
const change = (file: string, line: string) => edit(join(copy, core, file), old => `${old}${line}\n`)

test.serial(
  'make goes to the folders of changed files alone, and makes the image that it makes when it goes to all',
  async t => {
    await change('drivers/securekey/provider.c', `int kseries_first_${process.pid};`)
    await built()
    const changes: [string, string, RegExp][] = [
      ['drivers/securekey/provider.c', 'int kseries_second;', /CC +drivers\/securekey\/provider\.o/],
      ['drivers/securekey/internal.h', 'extern int kseries_second;', /CC +drivers\/securekey\/blob\.o/],
      ['include/linux/securekey.h', 'extern int kseries_second;', /CC +drivers\/securekey\/soft\/main\.o/],
    ]
    for (const [file, line, compiled] of changes) {
      await change(file, line)
      const some = await built()
      t.regex(await said(some), compiled)
      t.regex(await said(some), /AR +drivers\/securekey\/built-in\.a/)
      t.notRegex(await said(some), /AR +drivers\/built-in\.a/)
      const image = await readFile(some.image)
      await rm(some.dir, { recursive: true })
      const all = await built()
      t.regex(await said(all), /AR +drivers\/built-in\.a/)
      t.true(image.equals(await readFile(all.image)), file)
    }
  },
)

test.serial('after an error of the compiler it goes to the folder where the error was', async t => {
  await change('drivers/securekey/provider.c', 'int kseries_third(void) { return kseries_unknown; }')
  const { exitCode, stderr } = await kseries(['build', join(copy, series)])
  t.is(exitCode, ExitCode.build)
  t.regex(stderr, /drivers\/securekey\/provider\.c:\d+:\d+: .*kseries_unknown/)
  await change('drivers/securekey/provider.c', 'int kseries_unknown;')
  await t.throwsAsync(built())
  await edit(join(copy, core, 'drivers/securekey/provider.c'), old =>
    old.replace(/int kseries_third.*\nint kse.*\n/, ''),
  )
  t.notRegex(await said(await built()), /AR +drivers\/built-in\.a/)
})

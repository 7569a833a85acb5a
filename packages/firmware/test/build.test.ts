import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { cachePath, ExitCode, exists, Interrupted } from '@kseries/host'
import test from 'ava'
import {
  buildFirmware,
  FirmwareBuildFailed,
  FirmwareSourceSyntax,
  NotFirmware,
  parseFirmwareSource,
  TaUnfit,
} from '../src/index.ts'
import { fakes, sh, writeTree } from './fake.ts'

// The cache folder is of the process: one test at a time.

const everything = ['optee ta_dev_kit', 'ta ', 'optee all', 'tfa all fip']

test.serial('built of its parts once; then it is known, and nothing is made', async t => {
  await using fake = await fakes()
  const { spec, made } = fake
  const first = await buildFirmware(spec)
  t.false(first.wasBuilt)
  t.deepEqual(await made(), everything)
  const bios = await readFile(first.bios, 'utf8')
  t.regex(bios, /^TF-A QEMU_GICV3\nheader_v2: OP-TEE one\nprotmem=y\n\/\* one \*\/\ntest=\n/)
  t.regex(bios, /pager_v2: .*U-Boot\0bootcmd=x\0bootdelay=0\0bootfile=y\0$/s)
  t.deepEqual(first.tas, [{ name: 'one', uuid: '11111111-2222-3333-4444-555555555555' }])
  t.regex(first.origins.optee, /^folder .*\/optee$/)
  t.true(await exists(first.core))
  t.deepEqual(await buildFirmware(spec), { ...first, wasBuilt: true })
  t.deepEqual(await made(), [])
})

test.serial(
  'it is built again for a changed application, what applications share, a variable, a source, and for nothing else',
  async t => {
    await using fake = await fakes()
    const { dir, spec, made } = fake
    const keys = new Set([(await buildFirmware(spec)).key])
    const isNew = async (what: string, options = spec, said = everything) => {
      await made()
      const { key, wasBuilt, bios } = await buildFirmware(options)
      t.false(wasBuilt, what)
      t.false(keys.has(key), what)
      keys.add(key)
      t.deepEqual(await made(), said, what)
      return await readFile(bios, 'utf8')
    }
    await appendFile(join(dir, 'tas/one/one.c'), '/* two */\n')
    t.regex(await isNew('application'), /\/\* one \*\/\n\/\* two \*\//)
    await writeTree(dir, { 'tas/include/shared.h': '/* shared */\n' })
    t.regex(await isNew('shared'), /\/\* shared \*\//)
    const withVariable = { ...spec, variables: { CFG_FAKE_TEST: 'y' } }
    t.regex(await isNew('variable', withVariable), /test=y/)
    t.notRegex(await isNew('no application', { ...spec, tas: [] }, everything.toSpliced(1, 1)), /one \*\//)
    await writeFile(join(dir, 'optee/VERSION'), 'OP-TEE two\n')
    t.regex(await isNew('source'), /OP-TEE two/)
    // What a person's shell, or a build of theirs in the folder, leaves is no reason.
    await mkdir(join(dir, 'optee/out'))
    await writeFile(join(dir, 'optee/out/x'), '')
    process.env['CFG_FAKE_TEST'] = 'y'
    process.env['PLATFORM'] = 'other'
    t.true((await buildFirmware(spec)).wasBuilt)
    delete process.env['CFG_FAKE_TEST']
    delete process.env['PLATFORM']
  },
)

test.serial('what does not compile is said with its place, leaves nothing, and costs the next one nothing', async t => {
  await using fake = await fakes()
  const { dir, spec } = fake
  const file = join(dir, 'tas/one/one.c')
  await writeFile(file, 'int main(void) { return nothing; }\n')
  const error = await t.throwsAsync(buildFirmware(spec), {
    instanceOf: FirmwareBuildFailed,
    message: /^Cannot build one:\none\.c:1:\d+: error: |^Cannot build one:\none\.c:1:\d+: ['‘]nothing/,
  })
  t.is(error?.exitCode, ExitCode.build)
  t.true(await exists(error?.log ?? ''))
  t.deepEqual(await readdir(cachePath('firmware', 'built')).catch(() => []), [])
  await writeFile(file, '/* mended */\n')
  t.regex(await readFile((await buildFirmware(spec)).bios, 'utf8'), /mended/)
})

test.serial('kill -9 in the middle of a build: the next one is whole', async t => {
  await using fake = await fakes()
  const { dir, spec } = fake
  const hang = join(dir, 'HANG')
  await writeFile(hang, '')
  const program = `
    import { buildFirmware } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
    await buildFirmware(${JSON.stringify(spec)})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' })
  const half = async () => {
    const work = cachePath('firmware', 'work')
    const names = await readdir(work).catch(() => [])
    const found = await Promise.all(names.map(name => exists(join(work, name, 'core/main.o'))))
    return found.includes(true)
  }
  for (let i = 0; i < 3000 && !(await half()); i++) await delay(20)
  t.true(await half(), 'it was in the middle')
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.deepEqual(await readdir(cachePath('firmware', 'built')).catch(() => []), [])
  await rm(hang)
  const { bios } = await buildFirmware(spec)
  t.regex(await readFile(bios, 'utf8'), /^TF-A QEMU_GICV3\nheader_v2: OP-TEE one\n/)
})

test.serial('an abort ends it', async t => {
  await using fake = await fakes()
  const { dir, spec } = fake
  await writeFile(join(dir, 'HANG'), '')
  const abort = new AbortController()
  const building = buildFirmware(spec, {
    signal: abort.signal,
    report: progress => progress.kind === 'update' && progress.text.includes('CC main.o') && abort.abort(),
  })
  await t.throwsAsync(building, { instanceOf: Interrupted })
})

test.serial('from git: the commit that the ref names, kept until somebody asks again', async t => {
  await using fake = await fakes()
  const { dir, spec } = fake
  const repository = join(dir, 'optee')
  const git = (...args: readonly string[]) =>
    sh(repository, 'git', '-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args)
  await git('init', '-q', '-b', 'main')
  await git('add', '-A')
  await git('commit', '-q', '-m', 'one')
  const source = { ...spec, optee: parseFirmwareSource(`git:${repository}#main`) }
  const first = await buildFirmware(source)
  t.regex(first.origins.optee, /#main at [\da-f]{12}$/)
  await writeFile(join(repository, 'VERSION'), 'OP-TEE two\n')
  await git('commit', '-q', '-a', '-m', 'two')
  t.true((await buildFirmware(source)).wasBuilt)
  const { bios } = await buildFirmware(source, { refresh: true })
  t.regex(await readFile(bios, 'utf8'), /OP-TEE two/)
})

test.serial('what is no source, and no application, is refused by name', async t => {
  await using fake = await fakes()
  const { dir, spec } = fake
  await t.throwsAsync(buildFirmware({ ...spec, optee: spec.tfa }), {
    instanceOf: NotFirmware,
    message: /OP-TEE from .*\/tfa: that is no OP-TEE, it has no core\/arch\/arm\/plat-vexpress/,
  })
  await t.throwsAsync(buildFirmware({ ...spec, tas: [join(dir, 'tas')] }), {
    instanceOf: TaUnfit,
    message: /no Makefile/,
  })
  await t.throwsAsync(buildFirmware({ ...spec, tas: [...spec.tas, ...spec.tas] }), {
    instanceOf: TaUnfit,
    message: /another one of the name 'one'/,
  })
  await writeFile(join(dir, 'tas/one/Makefile'), 'all: ;\n')
  await t.throwsAsync(buildFirmware(spec), { instanceOf: TaUnfit, message: /made 0 files UUID\.stripped\.elf/ })
})

test('sources as they are written', t => {
  t.deepEqual(parseFirmwareSource('debian'), { kind: 'debian' })
  t.deepEqual(parseFirmwareSource('git:https://example.org/x#4.10.0'), {
    kind: 'git',
    url: 'https://example.org/x',
    ref: '4.10.0',
  })
  t.deepEqual(parseFirmwareSource('./optee_os', '/w'), { kind: 'folder', path: '/w/optee_os' })
  t.throws(() => parseFirmwareSource('4.10'), { instanceOf: FirmwareSourceSyntax, message: /'4\.10'/ })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { cachePath, exists, Interrupted, type Progress } from '@kseries/host'
import test from 'ava'
import { build, CompileFailed, checkout, findArtefacts, importTree, LocalChanges, OptionsLost } from '../src/index.ts'
import { fakeLinux, freshCache, makeFakeLinux, removeCache } from './fake.ts'

let dir: string
let source: string
test.before(async () => {
  dir = await freshCache()
  source = await makeFakeLinux(join(dir, 'linux'))
})
test.after.always(() => removeCache(dir))

/** Imports the fake tree with some files changed, and checks it out. */
const at = async (name: string, changes: Readonly<Record<string, string>> = {}) => {
  const kept = new Map<string, string | undefined>()
  for (const [file, text] of Object.entries(changes)) {
    kept.set(file, await readFile(join(source, file), 'utf8').catch(() => undefined))
    await writeFile(join(source, file), text)
  }
  const { commit } = await importTree({ kind: 'folder', path: source })
  for (const [file, text] of kept) {
    if (text === undefined) await rm(join(source, file))
    else await writeFile(join(source, file), text)
  }
  return checkout(commit, name)
}

/** What make was asked for, call by call. */
const calls = async (name: string) =>
  (await readFile(cachePath('work', name, 'make-calls'), 'utf8').catch(() => '')).trim().split('\n')

const spec = { arch: 'x86_64' } as const

test.serial('artefacts are complete and kept by content: the second time make is not called', async t => {
  const workTree = await at('keep')
  const progress: Progress[] = []
  const made = await build({ workTree, ...spec }, { report: item => progress.push(item) })
  t.is(made.release, '7.3.99')
  for (const path of [
    made.image,
    made.config,
    made.systemMap,
    join(made.headers, 'linux/fake.h'),
    join(made.sources, 'tools/include/nolibc/nolibc.h'),
  ]) {
    t.true(await exists(path), path)
  }
  t.regex(await readFile(made.config, 'utf8'), /^CONFIG_EXPERT=y$/m)
  t.is(made.modules, undefined)
  t.true(progress.some(item => item.kind === 'update' && item.text === 'CC init/main.o' && item.fraction !== undefined))
  const before = await calls('keep')
  const start = performance.now()
  t.deepEqual(await build({ workTree, ...spec }), made)
  t.log(`cached: ${(performance.now() - start).toFixed(0)} ms`)
  t.deepEqual(await calls('keep'), before)
  t.deepEqual(await findArtefacts(workTree.treeHash, spec), made)
  // The same tree under another name is the same kernel.
  t.deepEqual(await build({ workTree: await at('keep-too'), ...spec }), made)
  t.false(await exists(cachePath('work/keep-too/make-calls')))
  t.is(await findArtefacts('0'.repeat(40), spec), undefined)
})

test.serial('one changed file costs one compilation, no new configuration and no new headers', async t => {
  const own = { 'init/main.c': 'int start_kernel(void) { return 11; }\n' }
  const workTree = await at('increment', own)
  const first = await build({ workTree, ...spec })
  const before = await calls('increment')
  const changed = await at('increment', { ...own, 'crypto/other.c': 'int other(void) { return 33; }\n' })
  const steps: string[] = []
  const second = await build(
    { workTree: changed, ...spec },
    { report: item => item.kind === 'update' && steps.push(item.text) },
  )
  t.deepEqual(
    steps.filter(text => text.startsWith('CC ')),
    ['CC crypto/other.o'],
  )
  t.deepEqual((await calls('increment')).slice(before.filter(Boolean).length), ['vmlinux'])
  t.not(second.key, first.key)
  t.is(second.headers, first.headers)
  t.notDeepEqual(await readFile(second.image), await readFile(first.image))
  // Going back is free.
  t.deepEqual(await build({ workTree: await at('increment', own), ...spec }), first)
})

test.serial('changed uapi headers are exported anew', async t => {
  const first = await build({ workTree: await at('headers'), ...spec })
  const second = await build({
    workTree: await at('headers', { 'include/uapi/linux/fake.h': '#define FAKE 2\n' }),
    ...spec,
  })
  t.not(second.headers, first.headers)
  t.regex(await readFile(join(second.headers, 'linux/fake.h'), 'utf8'), /FAKE 2/)
  t.regex(await readFile(join(first.headers, 'linux/fake.h'), 'utf8'), /FAKE 1/)
})

test.serial('options, but not their order or comments, decide what is a new kernel', async t => {
  const workTree = await at('options')
  const [one, two, three] = ['one', 'two', 'three'].map(name => join(dir, `${name}.config`)) as [string, string, string]
  await writeFile(one, '# words\nCONFIG_CRYPTO=y\nCONFIG_FAKE=m\n')
  await writeFile(two, 'CONFIG_FAKE=m\n\nCONFIG_CRYPTO=y\n')
  await writeFile(three, 'CONFIG_CRYPTO=y\n')
  const first = await build({ workTree, ...spec, fragments: [one] })
  t.is((await build({ workTree, ...spec, fragments: [two] })).key, first.key)
  t.deepEqual(await readdir(join(first.modules ?? '', 'lib/modules/7.3.99')), ['fake.ko'])
  const third = await build({ workTree, ...spec, fragments: [three] })
  t.not(third.key, first.key)
  t.is(third.modules, undefined)
})

test.serial('of profiled files that are compiled the notes are kept; it is another kernel', async t => {
  const workTree = await at('profiled')
  const plain = await build({ workTree, ...spec })
  t.is(plain.coverageNotes, undefined)
  const profiled = ['init/main.c', 'crypto/not-compiled.c']
  const fragment = join(dir, 'profiled.config')
  await writeFile(fragment, 'CONFIG_CRYPTO=y\n')
  const made = await build({ workTree, ...spec, fragments: [fragment], profiled })
  t.not(made.key, plain.key)
  const notes = await readdir(made.coverageNotes ?? '', { recursive: true })
  t.deepEqual(
    notes.filter(name => name.endsWith('.gcno')),
    ['init/main.gcno'],
  )
  t.not((await build({ workTree, ...spec, fragments: [fragment] })).key, made.key)
})

test.serial('a changed option is built in the same folder, from where it is', async t => {
  const workTree = await at('reconfigured', { 'init/main.c': 'int start_kernel(void) { return 61; }\n' })
  const fragment = join(dir, 'changing.config')
  await writeFile(fragment, 'CONFIG_ONE=y\n')
  const first = await build({ workTree, ...spec, fragments: [fragment] })
  await writeFile(fragment, 'CONFIG_ONE=y\nCONFIG_TWO=y\n')
  const steps: string[] = []
  const report = (item: Progress) => item.kind === 'update' && steps.push(item.text)
  const second = await build({ workTree, ...spec, fragments: [fragment] }, { report })
  t.not(second.key, first.key)
  t.regex(await readFile(second.config, 'utf8'), /^CONFIG_TWO=y$/m)
  t.deepEqual(
    steps.filter(text => text.startsWith('CC ')),
    [],
  )
})

test.serial(
  'an option that did not survive is named with its fragment, line and reason; putting it right works',
  async t => {
    const workTree = await at('lost', { FAKE_LOST: 'CONFIG_CRYPTO_FAKE=y\nCONFIG_UNHEARD_OF=y\n' })
    const fragment = join(dir, 'lost.config')
    await writeFile(fragment, '# mine\nCONFIG_CRYPTO_FAKE=y\n')
    const job = { workTree, ...spec, fragments: [fragment] }
    const error = await t.throwsAsync(build(job), { instanceOf: OptionsLost })
    t.like(error?.options[0], { name: 'CRYPTO_FAKE', file: fragment, line: 2, actual: 'n' })
    t.regex(
      error?.message ?? '',
      /lost\.config:2: CONFIG_CRYPTO_FAKE=y became n: crypto\/Kconfig:7 depends on .*CRYPTO_HIDDEN is off/,
    )
    // An option that not every tree has must survive in the trees that have it.
    await writeFile(fragment, 'CONFIG_CRYPTO_FAKE=y # where it exists\n')
    await t.throwsAsync(build(job), { instanceOf: OptionsLost })
    await writeFile(fragment, '# CONFIG_CRYPTO_FAKE is not set\nCONFIG_UNHEARD_OF=y # where it exists\n')
    t.truthy((await build(job)).key)
  },
)

test.serial('a compile error is told by file, line and column of the tree; the next build goes on', async t => {
  const workTree = await at('broken', { 'crypto/fake.c': 'int fake(void)\n{\n\treturn undeclared;\n}\n' })
  const error = await t.throwsAsync(build({ workTree, ...spec }), { instanceOf: CompileFailed })
  t.is(error?.errors.length, 1)
  t.like(error?.errors[0], { file: 'crypto/fake.c', line: 3, column: 16 })
  t.regex(error?.message ?? '', /crypto\/fake\.c:3:16: .*undeclared/)
  t.is(error?.exitCode, 3)
  t.regex(await readFile(error?.log ?? '', 'utf8'), /undeclared/)
  t.is(await findArtefacts(workTree.treeHash, spec), undefined)
  t.truthy((await build({ workTree: await at('broken'), ...spec })).key)
})

test.serial('an error in a macro of a header is told where the macro is used', async t => {
  const workTree = await at('macro', {
    'include/uapi/linux/check.h': '#define inner(x) _Static_assert(x, "it is not so")\n#define check(x) inner(x)\n',
    'init/main.c': '#include "../include/uapi/linux/check.h"\n\ncheck(sizeof(int) == 5);\n',
  })
  const error = await t.throwsAsync(build({ workTree, ...spec }), { instanceOf: CompileFailed })
  t.like(error?.errors, [{ file: 'init/main.c', line: 3, message: 'static assertion failed: "it is not so"' }])
})

test.serial('edits in the work tree are not built under the name of its commit', async t => {
  const workTree = await at('edited', { 'init/main.c': 'int start_kernel(void) { return 77; }\n' })
  await writeFile(join(workTree.path, 'crypto/fake.c'), 'int fake(void) { return 99; }\n')
  await t.throwsAsync(build({ workTree, ...spec }), { instanceOf: LocalChanges })
  t.is(await findArtefacts(workTree.treeHash, spec), undefined)
})

test.serial('edits made while make runs are noticed', async t => {
  const workTree = await at('raced', { 'init/main.c': 'int start_kernel(void) { return 78; }\n' })
  const report = (item: Progress) => {
    if (item.kind === 'update' && item.text.startsWith('CC init'))
      void writeFile(join(workTree.path, 'Kbuild'), 'edited\n')
  }
  await t.throwsAsync(build({ workTree, ...spec }, { report }), { instanceOf: LocalChanges, message: /Kbuild/ })
  t.is(await findArtefacts(workTree.treeHash, spec), undefined)
})

test.serial('edits of what the linker runs are noticed, whenever they are made', async t => {
  const slow = fakeLinux['Makefile']?.replace('\t@echo "  LD      vmlinux"', '\t@sleep 0.5\n$&') ?? ''
  const workTree = await at('raced-link', { Makefile: slow, 'scripts/link-vmlinux.sh': 'true\n' })
  const events: string[] = []
  const options = {
    onHeaders: () => events.push('headers'),
    onLinking: () => events.push('linking'),
    report: (item: Progress) => {
      if (item.kind !== 'update') return
      events.push(item.text)
      if (item.text === 'LD vmlinux') writeFileSync(join(workTree.path, 'scripts/link-vmlinux.sh'), 'false\n')
    },
  }
  await t.throwsAsync(build({ workTree, ...spec }, options), { instanceOf: LocalChanges, message: /link-vmlinux/ })
  t.is(await findArtefacts(workTree.treeHash, spec), undefined)
  t.true(events.indexOf('headers') < events.indexOf('CC init/main.o'))
  t.is(events.indexOf('linking'), events.indexOf('LD vmlinux.o') + 1)
})

test.serial('a work tree that another run moved meanwhile is moved back', async t => {
  const mine = await at('shared', { 'init/main.c': 'int start_kernel(void) { return 81; }\n' })
  const theirs = await at('shared', { 'init/main.c': 'int start_kernel(void) { return 82; }\n' })
  const [one, two] = await Promise.all([build({ workTree: mine, ...spec }), build({ workTree: theirs, ...spec })])
  t.notDeepEqual(await readFile(one.image), await readFile(two.image))
  t.is(one.treeHash, mine.treeHash)
})

test.serial('headers that were edited while they were exported are not kept', async t => {
  const name = 'raced-headers'
  const workTree = await at(name, { 'include/uapi/linux/fake.h': '#define FAKE 3\n' })
  const [known, unknown] = ['fake.h', 'mine.h'].map(file => join(workTree.path, 'include/uapi/linux', file))
  for (const file of [known, unknown] as [string, string]) {
    const before = await readFile(file, 'utf8').catch(() => undefined)
    const report = (item: Progress) => {
      if (item.kind === 'update' && item.text === 'exporting headers') writeFileSync(file, '#define FAKE 666\n')
    }
    const error = await t.throwsAsync(build({ workTree, ...spec }, { report }), { instanceOf: LocalChanges })
    t.deepEqual(error?.files, [`include/uapi/linux/${basename(file)}`])
    if (before === undefined) await rm(file)
    else await writeFile(file, before)
  }
  const { headers } = await build({ workTree, ...spec })
  t.regex(await readFile(join(headers, 'linux/fake.h'), 'utf8'), /FAKE 3/)
  t.deepEqual(await readdir(join(headers, 'linux')), ['fake.h'])
})

test.serial('one tree built under two names at the same time is stored once', async t => {
  const fragment = join(dir, 'twice.config')
  await writeFile(fragment, 'CONFIG_FAKE=m\n')
  // Whoever comes second finds the first at it.
  const install = '\nmodules_install:\n'
  const slow = { Makefile: (fakeLinux['Makefile'] ?? '').replace(install, `${install}\t@sleep 2\n`) }
  const trees = [await at('twice', slow), await at('twice-too', slow)]
  const made = await Promise.all(trees.map(workTree => build({ workTree, ...spec, fragments: [fragment] })))
  t.deepEqual(made[0], made[1])
  t.deepEqual(await readdir(join(made[0]?.modules ?? '', 'lib/modules/7.3.99')), ['fake.ko'])
  const all = [...(await calls('twice')), ...(await calls('twice-too'))]
  t.is(all.filter(call => call === 'modules_install').length, 1)
})

test.serial('kill -9 in a build: the next one goes on from there', async t => {
  const many = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`crypto/many${n}.c`, `int many${n}(void) { return ${n}; }\n`]),
  )
  // However late the kill comes, the build is not over.
  const stall = '\t@case $* in *many25) while [ -e $(O)/../stall ]; do sleep 0.1; done ;; esac\n'
  const compile = '\t@$(CC) $(FAKE_CFLAGS)'
  const Makefile = (fakeLinux['Makefile'] ?? '').replace(compile, `${stall}${compile}`)
  const workTree = await at('killed', { ...many, Makefile })
  await writeFile(cachePath('work/killed/stall'), '')
  const program = `
    import { build } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
    await build({ workTree: ${JSON.stringify(workTree)}, arch: 'x86_64' }, { report: item => console.log(JSON.stringify(item)) })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const chunk of child.stdout) {
    said += String(chunk)
    if (said.includes('many25.o')) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  t.is(child.signalCode, 'SIGKILL', said)
  t.is(await findArtefacts(workTree.treeHash, spec), undefined)
  await rm(cachePath('work/killed/stall'))
  const steps: string[] = []
  const made = await build({ workTree, ...spec }, { report: item => item.kind === 'update' && steps.push(item.text) })
  t.true(await exists(made.image))
  const compiled = steps.filter(text => text.startsWith('CC ')).length
  t.true(compiled > 0 && compiled < 40, `compiled ${compiled} again`)
})

test.serial('an abort ends the build and nothing is left running', async t => {
  const workTree = await at('aborted', { 'init/main.c': 'int start_kernel(void) { return 91; }\n' })
  const controller = new AbortController()
  const report = (item: Progress) => {
    if (item.kind === 'update' && item.text.startsWith('CC ')) controller.abort()
  }
  await t.throwsAsync(build({ workTree, ...spec }, { report, signal: controller.signal }), { instanceOf: Interrupted })
  t.truthy((await build({ workTree, ...spec })).key)
})

import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Interrupted, type Progress, run } from '@kseries/host'
import test from 'ava'
import {
  type AbiName,
  abiPath,
  CompilerMissing,
  constantValue,
  describeAbi,
  HeadersRejected,
  NotAKernelTree,
} from '../src/index.ts'
import { allAbis, describeFor, inputsFor, nastyDir } from './support/inputs.ts'

const described = new Map(await Promise.all(allAbis.map(async abi => [abi, await describeFor(abi)] as const)))
const x86 = await inputsFor('x86_64')

const folder = await mkdtemp(join(tmpdir(), 'kseries-test-'))
test.after.always(() => rm(folder, { recursive: true, force: true }))

/** Numbers that differ between ABIs, from arch/…/include/uapi and the tables of system calls. */
const expected: Readonly<Record<AbiName, Readonly<Record<string, number>>>> = {
  x86_64: { O_DIRECTORY: 0o200000, MAP_32BIT: 0x40, read: 0, openat: 257, socket: 41, pointerSize: 8, long: 8 },
  i386: { O_DIRECTORY: 0o200000, MAP_32BIT: 0x40, read: 3, openat: 295, socket: 359, pointerSize: 4, long: 4 },
  arm64: { O_DIRECTORY: 0o40000, read: 63, openat: 56, socket: 198, pointerSize: 8, long: 8 },
  arm: { O_DIRECTORY: 0o40000, read: 3, openat: 322, socket: 281, pointerSize: 4, long: 4 },
}

for (const abi of allAbis) {
  const found = described.get(abi) ?? ''
  if (typeof found === 'string') {
    test.skip(`${abi}: ${found}`, t => t.fail())
    continue
  }
  const { description } = found

  test(`${abi}: constants of headers, of the tree, and system calls`, t => {
    const wanted = expected[abi]
    t.is<unknown, unknown>(constantValue('O_DIRECTORY', description), wanted['O_DIRECTORY'])
    t.is(description.syscalls['read'], wanted['read'])
    t.is(description.syscalls['openat'], wanted['openat'])
    t.is(description.syscalls['socket'], wanted['socket'])
    t.is<unknown, unknown>(description.pointerSize, wanted['pointerSize'])
    t.true(description.littleEndian)
    const same: Readonly<Record<string, number>> = {
      AF_ALG: 38,
      SOL_ALG: 279,
      SOCK_SEQPACKET: 5,
      SOCK_CLOEXEC: 0o2000000,
      MSG_MORE: 0x8000,
      SHUT_RDWR: 2,
      EOPNOTSUPP: 95,
      POLLIN: 1,
      POLLERR: 8,
      PROT_READ: 1,
      MAP_SHARED: 1,
      AT_FDCWD: -100,
      SO_ERROR: 4,
      S_IFMT: 0o170000,
      ALG_SET_KEY: 1,
      DMA_BUF_IOCTL_SYNC: 0x40086200,
      NASTY_EXPRESSION: (42 << 3) | (wanted['long'] === 8 ? 96 : abi === 'arm' ? 88 : 68),
    }
    for (const [name, value] of Object.entries(same)) t.is(constantValue(name, description), value, name)
    for (const name of [
      'NASTY_GONE',
      'NASTY_EMPTY',
      'NASTY_FUNCTION',
      'NASTY_TYPE',
      'NASTY_STATEMENT',
      'NASTY_FLOAT',
    ]) {
      t.is(description.constants['kseries/nasty.h']?.[name], undefined, name)
    }
    t.is(constantValue('NASTY_TEXT', description), 'na"sty\té')
    t.is(constantValue('NASTY_WIDE', description), 0x123456789abcdef0n)
    t.is(constantValue('NASTY_MINIMUM', description), -(2n ** 63n))
    t.is(constantValue('NASTY_TWICE', description), 2)
  })

  test(`${abi}: layouts that are easy to get wrong`, t => {
    const { records } = description
    const member = (name: string, path: string) => records[name]?.members.find(one => one.name === path)
    t.deepEqual(member('nasty_arrays', 'cube')?.type, {
      kind: 'array',
      count: 2,
      of: {
        kind: 'array',
        count: 3,
        of: { kind: 'array', count: 4, of: { kind: 'int', size: 1, signed: false, c: '__u8' } },
      },
    })
    t.deepEqual(member('nasty_packed_bits', 'd')?.bits, { at: 95, width: 63 })
    const signs = (name: string) => {
      const type = member('nasty_enums', name)?.type
      return type?.kind === 'enum' ? [type.size, type.signed] : undefined
    }
    t.deepEqual(signs('with_sign'), [4, true])
    t.deepEqual(signs('top'), [4, false])
    t.deepEqual(signs('huge'), [8, false])
    t.deepEqual(signs('byte'), [1, false])
    t.deepEqual(signs('nameless'), [4, true])
    t.is(records['nasty_untagged']?.c, 'nasty_untagged')
    t.is(records['nasty_union']?.kind, 'union')
    t.is(records['sockaddr_alg']?.header, 'linux/if_alg.h')
    t.is(records['kseries_probe'], undefined)
    t.deepEqual(description.includes.toSorted(), [...new Set(description.includes)].toSorted())
  })
}

const withX86 = typeof x86 === 'string' ? test.serial.skip : test.serial
const inputs = () => {
  if (typeof x86 === 'string') throw new Error(x86)
  return x86
}

withX86('many macros for members that nothing declares cost one run of the compiler, not one each', async t => {
  const headers = join(folder, 'undeclared')
  await mkdir(join(headers, 'mine'), { recursive: true })
  const members = Array.from({ length: 40 }, (_, at) => `#define mine_m${at} _mine_union.m${at}\n`)
  await writeFile(join(headers, 'mine/union.h'), `${members.join('')}#define MINE_AFTER 7\n`)
  let runs = 0
  const description = await describeAbi({
    ...inputs(),
    includes: ['mine/union.h'],
    includeDirs: [headers, ...inputs().includeDirs],
    // The cache knows nothing of it: a header of today.
    compiler: ['gcc', '-m64', `-DMINE_RUN=${process.pid}`],
    runIn: () => (file, args, options) => {
      runs++
      return run(file, args, options)
    },
  })
  t.deepEqual(description.constants['mine/union.h'], { MINE_AFTER: 7 })
  t.true(runs > 0 && runs < 16, `${runs} runs`)
})

withX86('a description made once is found again, without a compiler, until a header that was read changes', async t => {
  const headers = join(folder, 'headers')
  await mkdir(join(headers, 'mine'), { recursive: true })
  await writeFile(join(headers, 'mine/a.h'), '#define MINE_A 1\n')
  await writeFile(join(headers, 'mine/other.h'), '#define MINE_OTHER 1\n')
  const log = join(folder, 'log')
  const compiler = join(folder, 'counting-gcc')
  await writeFile(compiler, `#!/bin/sh\necho run >> ${log}\nexec gcc "$@"\n`)
  await chmod(compiler, 0o755)
  const runs = async () => (await readFile(log, 'utf8').catch(() => '')).split('\n').length - 1
  const options = { ...inputs(), includes: ['mine/a.h'], compiler: [compiler, '-m64'] }
  const describe = async (dirs = [headers]) =>
    await describeAbi({ ...options, includeDirs: [...dirs, ...options.includeDirs] })
  const notes: Progress[] = []

  const first = await describeAbi({
    ...options,
    includeDirs: [headers, ...options.includeDirs],
    report: one => notes.push(one),
  })
  t.deepEqual(
    notes.map(({ kind }) => kind),
    ['step', 'done'],
  )
  const cold = await runs()
  t.true(cold > 0)
  t.is(first.constants['mine/a.h']?.['MINE_A'], 1)
  t.deepEqual(await describe(), first)
  t.deepEqual(JSON.parse(await readFile(abiPath(first), 'utf8')), first)

  await cp(headers, join(folder, 'elsewhere'), { recursive: true })
  t.deepEqual(await describe([join(folder, 'elsewhere')]), first, 'the same headers in another place')
  await writeFile(join(headers, 'mine/other.h'), '#define MINE_OTHER 2\n')
  t.deepEqual(await describe(), first, 'a header that was not read')
  t.is(await runs(), cold, 'no compiler until here')

  await writeFile(join(headers, 'mine/a.h'), '#define MINE_A 2\n')
  const second = await describe()
  t.is(second.constants['mine/a.h']?.['MINE_A'], 2)
  t.not(second.key, first.key)
  const again = await runs()
  t.true(again > cold)
  t.deepEqual(await describe([join(folder, 'elsewhere')]), first, 'the old one is still known')
  t.is(await runs(), again)

  await writeFile(abiPath(second), '{ cut')
  t.deepEqual(await describe(), second, 'a damaged file is made again')
  await mkdir(join(headers, 'linux'))
  await writeFile(join(headers, 'linux/memfd.h'), '#define MINE_SHADOW 1\n')
  t.is((await describe()).constants['linux/memfd.h']?.['MINE_SHADOW'], 1, 'a header that is found first now')
})

withX86('paths with links, and relative ones', async t => {
  const link = join(folder, 'a-link-with-a-name-much-longer-than-that-of-the-folder-it-is-for')
  await symlink(nastyDir, link)
  const { includeDirs } = inputs()
  const [plain, linked, near] = await Promise.all(
    [nastyDir, link, `${relative(process.cwd(), link)}/`].map(
      async one =>
        await describeAbi({
          ...inputs(),
          includes: ['kseries/nasty.h'],
          includeDirs: [one, ...includeDirs.filter(other => other !== nastyDir)],
        }),
    ),
  )
  t.is(linked?.constants['kseries/nasty.h']?.['NASTY_NUMBER'], 42)
  t.deepEqual(linked, plain)
  t.deepEqual(near, plain)
})

withX86('many at once, on an empty cache', async t => {
  const cache = await mkdtemp(join(folder, 'cache-'))
  const before = process.env['KSERIES_CACHE']
  process.env['KSERIES_CACHE'] = cache
  try {
    const all = await Promise.all([1, 2, 3].map(() => describeAbi({ ...inputs(), includes: ['linux/if_alg.h'] })))
    t.deepEqual(all[1], all[0])
    t.deepEqual(all[2], all[0])
    t.deepEqual(
      (await readdir(join(cache, 'abi'))).filter(name => name.endsWith('.tmp')),
      [],
    )
  } finally {
    if (before === undefined) delete process.env['KSERIES_CACHE']
    else process.env['KSERIES_CACHE'] = before
  }
})

withX86('a header that is missing, and one that does not compile', async t => {
  const missing = await t.throwsAsync(describeAbi({ ...inputs(), includes: ['linux/no-such.h'] }), {
    instanceOf: HeadersRejected,
  })
  t.regex(
    missing?.message ?? '',
    /the compiler rejects linux\/no-such.h:\n.*linux\/no-such.h: No such file or directory/,
  )
  t.is(missing?.exitCode, 3)

  const headers = join(folder, 'broken')
  await mkdir(headers, { recursive: true })
  await writeFile(join(headers, 'broken.h'), '#include <linux/types.h>\n\nstruct a {\n\t__u33 x;\n};\n')
  const broken = await t.throwsAsync(
    describeAbi({ ...inputs(), includes: ['broken.h'], includeDirs: [headers, ...inputs().includeDirs] }),
    { instanceOf: HeadersRejected },
  )
  t.deepEqual(broken?.errors, [{ file: join(headers, 'broken.h'), line: 4, message: "unknown type name '__u33'" }])
})

withX86('a tree that is no kernel', async t => {
  const error = await t.throwsAsync(describeAbi({ ...inputs(), includes: [], tree: nastyDir }), {
    instanceOf: NotAKernelTree,
  })
  t.regex(error?.message ?? '', /must be a kernel source tree: it has no include\/linux\/socket.h/)
})

withX86('without a tree there are no socket families, and all else', async t => {
  const { tree: _, ...rest } = inputs()
  const description = await describeAbi({ ...rest, includes: ['linux/if_alg.h'] })
  t.throws(() => constantValue('AF_ALG', description), { message: /'AF_ALG'/ })
  t.is(constantValue('ALG_SET_KEY', description), 1)
})

withX86('an abort ends it', async t => {
  const signal = AbortSignal.abort()
  const cache = process.env['KSERIES_CACHE']
  await t.throwsAsync(
    describeAbi({
      ...inputs(),
      includes: ['linux/if_alg.h', 'linux/fs.h'],
      compiler: ['gcc', '-m64', '-DABORTED'],
      signal,
    }),
    { instanceOf: Interrupted },
  )
  t.is(process.env['KSERIES_CACHE'], cache)
})

test('a compiler that is missing: the error names the Debian package', async t => {
  const options = { headers: '/usr/include', includes: [], compiler: ['no-such-gcc'] }
  const packages: Readonly<Record<AbiName, RegExp>> = {
    x86_64: /^gcc(-x86-64-linux-gnu)?$/,
    i386: /^gcc(-x86-64-linux-gnu)?$/,
    arm64: /^gcc(-aarch64-linux-gnu)?$/,
    arm: /^gcc-arm-linux-gnueabi$/,
  }
  for (const abi of allAbis) {
    const error = await t.throwsAsync(describeAbi({ ...options, abi }), { instanceOf: CompilerMissing })
    t.regex(error?.debianPackage ?? '', packages[abi])
    t.is(error?.message, `Cannot describe the ABI ${abi}: there is no compiler 'no-such-gcc' on PATH`)
    t.is(error?.hint, `Install the Debian package ${error?.debianPackage}.`)
  }
})

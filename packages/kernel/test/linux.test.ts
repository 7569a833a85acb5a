import test from 'ava'
import { NotLinux } from '../src/index.ts'
import { linuxVersionOf, versionOfMakefile } from '../src/linux.ts'
import { freshCache, makeFakeLinux, removeCache, writeTree } from './fake.ts'

const makefile = (extra: string) =>
  `# SPDX\nVERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION =${extra}\nNAME = X\n`

test('the version a Makefile states', t => {
  t.is(versionOfMakefile(makefile(' -rc1')), '7.3.0-rc1')
  t.is(versionOfMakefile(makefile('')), '7.3.0')
  t.is(versionOfMakefile('VERSION = 2\nall:\n'), undefined)
})

test('a folder that is not Linux is refused with what is missing', async t => {
  const dir = await freshCache()
  await writeTree(`${dir}/other`, { Makefile: 'all:\n', 'src/main.c': '' })
  await t.throwsAsync(linuxVersionOf(`${dir}/other`), { instanceOf: NotLinux, message: /Kconfig.*init\/main\.c/ })
  await t.throwsAsync(linuxVersionOf(`${dir}/nothing`), { instanceOf: NotLinux })
  await makeFakeLinux(`${dir}/broken`, { Makefile: 'all:\n' })
  await t.throwsAsync(linuxVersionOf(`${dir}/broken`), { instanceOf: NotLinux, message: /Makefile/ })
  t.is(await linuxVersionOf(await makeFakeLinux(`${dir}/linux`)), '7.3.99')
  await removeCache(dir)
})

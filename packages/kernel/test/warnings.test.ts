import test from 'ava'
import { parseWarnings } from '../src/index.ts'

const parse = (text: string) => parseWarnings(text.split('\n'), '/k/linux', '/k/out')

test("gcc's warnings come with function, flag and object; sparse's stand behind CHECK", t => {
  const { warnings, made } = parse(`  CC      crypto/a.o
../linux/crypto/a.c: In function 'one':
../linux/crypto/a.c:12:9: warning: unused variable 'b' [-Wunused-variable]
   12 |     int b;
../linux/crypto/a.c: At top level:
../linux/crypto/a.c:20:12: warning: 'two' defined but not used [-Wunused-function]
  CHECK   ../linux/crypto/a.c
../linux/crypto/a.c:30:5: warning: incorrect type in assignment (different base types)
../linux/crypto/a.c:31:5: error: undefined identifier 'x'
  CC [M]  crypto/b.o
In file included from ../linux/crypto/b.c:3:
../linux/include/linux/c.h:4:1: warning: no previous prototype for 'c' [-Wmissing-prototypes]
../linux/crypto/b.c:9:1: error: expected ';'`)
  t.deepEqual(warnings, [
    {
      tool: 'gcc',
      file: 'crypto/a.c',
      line: 12,
      symbol: 'one',
      text: "unused variable 'b'",
      flag: '-Wunused-variable',
      object: 'crypto/a.o',
    },
    {
      tool: 'gcc',
      file: 'crypto/a.c',
      line: 20,
      text: "'two' defined but not used",
      flag: '-Wunused-function',
      object: 'crypto/a.o',
    },
    {
      tool: 'sparse',
      file: 'crypto/a.c',
      line: 30,
      text: 'incorrect type in assignment (different base types)',
      object: 'crypto/a.o',
    },
    {
      tool: 'sparse',
      file: 'crypto/a.c',
      line: 31,
      text: "undefined identifier 'x'",
      isError: true,
      object: 'crypto/a.o',
    },
    {
      tool: 'gcc',
      file: 'include/linux/c.h',
      line: 4,
      text: "no previous prototype for 'c'",
      flag: '-Wmissing-prototypes',
      object: 'crypto/b.o',
    },
  ])
  t.deepEqual(made, ['crypto/a.o', 'crypto/b.o'])
})

test('objtool names a function without its offset, modpost an object, Kconfig an option', t => {
  const { warnings } = parse(`  OBJTOOL vmlinux.o
vmlinux.o: warning: objtool: do_it.isra.0+0x1c: unreachable instruction
  MODPOST Module.symvers
WARNING: modpost: crypto/b: section mismatch in reference: x (section: .text) -> y (section: .init.text)
WARNING: unmet direct dependencies detected for CRYPTO_B
crypto/Kconfig:7:warning: config symbol defined without type`)
  t.like(warnings, [
    { tool: 'objtool', file: 'vmlinux.o', symbol: 'do_it', text: 'unreachable instruction', object: 'vmlinux.o' },
    { tool: 'modpost', file: 'crypto/b', object: 'Module.symvers' },
    { tool: 'kconfig', symbol: 'CRYPTO_B' },
    { tool: 'kconfig', file: 'crypto/Kconfig', line: 7 },
  ])
})

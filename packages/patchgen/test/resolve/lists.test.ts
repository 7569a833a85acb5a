import test from 'ava'
import {
  AnchorAmbiguous,
  AnchorNotFound,
  addCase,
  addDefine,
  addEnumerator,
  addInclude,
  addInitializer,
  addKernelDoc,
  addStructMember,
  append,
  EditImpossible,
  insertInFunction,
  type Operation,
} from '../../src/index.ts'
import { apply } from '../apply.ts'
import { driver } from '../driver.ts'

/** The lines next to the added line. */
const near = async (operation: Operation, text = driver) => {
  const lines = (await apply(text, operation)).split('\n')
  const at = lines.findIndex(line => line.includes('NEW'))
  return [lines[at - 1], lines[at + 1]]
}

test('struct members: after, before, at the end; comments, macros and conditions do not matter', async t => {
  const add = (place = {}) => near(addStructMember('demo_item', '\tint NEW;\n', place))
  t.deepEqual(await add({ after: 'node' }), ['\tstruct list_head node;', '\tu8 data[] __counted_by(len);\t/* grows'])
  t.deepEqual(await add({ after: 'data' }), ['\t\t\t\t\t * with time */', '\tint (*show)(struct demo_item *item,'])
  t.deepEqual(await add({ after: 'show' }), ['\t\t    char *buf);', '#ifdef CONFIG_DEMO_DEBUG'])
  t.deepEqual(await add({ before: 'misses' }), ['#ifdef CONFIG_DEMO_DEBUG', '\tunsigned int hits:3, misses;'])
  t.deepEqual(await add({ after: 'lock' }), ['\tspinlock_t __rcu *lock __aligned(8);', '};'])
  t.deepEqual(await add(), ['\tspinlock_t __rcu *lock __aligned(8);', '};'])
  const missing = await t.throwsAsync(add({ after: 'buf' }), { instanceOf: AnchorNotFound })
  t.regex(missing?.message ?? '', /member 'buf' of struct demo_item; nearest:\n +19: /)
  await t.throwsAsync(near(addStructMember('demo', 'int NEW;')), { instanceOf: AnchorNotFound })
  await t.throwsAsync(near(addStructMember('a', 'int NEW;'), 'struct a { int b; };\n'), { instanceOf: EditImpossible })
})

test('a member goes before the comment of the next one', async t => {
  const text = 'struct a {\n\tint b; /* of b */\n\t/** @c: of c */\n\tint c;\n};\n'
  t.deepEqual(await near(addStructMember('a', '\tint NEW;', { before: 'c' }), text), [
    '\tint b; /* of b */',
    '\t/** @c: of c */',
  ])
})

test('enumerators and initialisers get the comma they need', async t => {
  const after = await apply(driver, addEnumerator('demo_state', '\tDEMO_NEW,\n'))
  t.true(after.includes('\tDEMO_GONE,\n\tDEMO_NEW,\n};'))
  t.deepEqual(await near(addEnumerator('demo_state', '\tDEMO_NEW,\n', { after: 'DEMO_BUSY' })), [
    '\tDEMO_BUSY = 4,\t/* not 1 */',
    '\tDEMO_GONE',
  ])
  const fops = await apply(driver, addInitializer('demo_fops', '\t.poll\t\t= NEW,\n', { after: 'unlocked_ioctl' }))
  t.true(fops.includes('\t.unlocked_ioctl\t= demo_ioctl,\n\t.poll\t\t= NEW,\n};'))
  t.deepEqual(await near(addInitializer('demo_fops', '\t.read\t\t= NEW,\n', { before: '.open' })), [
    '\t.owner\t\t= THIS_MODULE,',
    '\t.open\t\t= demo_open,',
  ])
})

const nearCase = (place = {}) => near(addCase('demo_ioctl', '\tcase NEW:\n', place))

test('cases: by label, at the end before default, in the right switch', async t => {
  t.deepEqual(await nearCase({ after: 'DEMO_GET' }), ['\t}', '\t/* For those who know. */'])
  t.deepEqual(await nearCase({ before: 'DEMO_PEEK' }), ['\tswitch (cmd) {', '\tcase DEMO_GET:'])
  t.deepEqual(await nearCase({ before: 'DEMO_SET ... DEMO_SET_LAST' }), ['\t}', '\t/* For those who know. */'])
  t.deepEqual(await nearCase({ before: 'default' }), ['\t\tbreak;', '\tdefault:'])
  t.deepEqual(await nearCase({ on: 'cmd' }), ['\t\tbreak;', '\tdefault:'])
  t.deepEqual(await nearCase({ on: 'd->state' }), ['\t\tbreak;', '\t}'])
  t.deepEqual(await nearCase({ after: '7' }), ['\t\t\treturn 7;', '\t\t}'])
  await t.throwsAsync(nearCase(), { instanceOf: AnchorAmbiguous, message: /switch in demo_ioctl is there 3 times/ })
  await t.throwsAsync(nearCase({ after: 'DEMO_PUT', on: 'cmd' }), {
    instanceOf: AnchorNotFound,
    message: /case 'DEMO_PUT'/,
  })
})

const withInclude = async (header: string) => (await apply(driver, addInclude(header))).replaceAll('\n', ',')

test('includes go where the alphabet has them, else last of their kind', async t => {
  t.true(
    (await withInclude('<linux/kref.h>')).includes('<linux/cleanup.h>,#include <linux/kref.h>,#include <linux/list.h>'),
  )
  t.true((await withInclude('<linux/zlib.h>')).includes('<linux/slab.h>,#include <linux/zlib.h>,#include <net/sock.h>'))
  t.true((await withInclude('<crypto/aes.h>')).includes(',,#include <crypto/aes.h>,#include <linux/cleanup.h>'))
  t.true((await withInclude('"wrap.h"')).includes('"demo.h",#include "wrap.h",'))
  t.is(await apply(driver, addInclude('<linux/slab.h>')), driver)
  t.deepEqual(await near(addInclude('<linux/NEW.h>', { after: '<net/sock.h>' })), ['#include <net/sock.h>', ''])
  await t.throwsAsync(near(addInclude('<linux/NEW.h>', { after: '<net/tcp.h>' })), { instanceOf: AnchorNotFound })
  t.throws(() => addInclude('linux/x.h'), { instanceOf: TypeError })
  const unsorted =
    '#ifndef A\n#define A\n#include <linux/b.h>\n#include <linux/a.h>\n#ifdef X\n#include <linux/0.h>\n#endif\n#endif\n'
  t.true((await apply(unsorted, addInclude('<linux/0a.h>'))).includes('<linux/a.h>\n#include <linux/0a.h>\n#ifdef'))
})

test('defines go next to a define', async t => {
  t.deepEqual(await near(addDefine('#define NEW 1', { after: 'DEMO_HELP' })), ['\t\t\t" and a ; too"', ''])
  t.deepEqual(await near(addDefine('#define NEW 1', { before: 'DEMO_MAX' })), ['', '#define DEMO_MAX\t8'])
})

test('kernel-doc lines go next to a parameter or after the last', async t => {
  t.deepEqual(await near(addKernelDoc('demo_ioctl', ' * @NEW: new', { after: 'file' })), [
    ' * @file: the file',
    ' * @cmd: what to do,',
  ])
  t.deepEqual(await near(addKernelDoc('demo_ioctl', ' * @NEW: new')), [' *\tin numbers', ' *'])
  await t.throwsAsync(near(addKernelDoc('demo_find', ' * @NEW: new')), { instanceOf: EditImpossible })
})

const nearBody = (at: 'start' | 'declarations' | 'end', fn = 'demo_find') => near(insertInFunction(fn, at, '\tNEW;'))

test('a function body: its start, after its declarations, its end', async t => {
  t.deepEqual(await nearBody('start'), ['{', '\tstruct demo_item *item;'])
  t.deepEqual(await nearBody('declarations'), ['\tint found = 0;', ''])
  t.deepEqual(await nearBody('end'), ['\treturn found;', '}'])
  t.deepEqual(await nearBody('declarations', 'demo_call'), ['{', '\treturn fd;'])
})

test('a last line without a line end gets one', async t => {
  t.is(await apply('a', append('b')), 'a\nb\n')
})

test('a place is one place', t => {
  t.throws(() => addDefine('#define A', { after: 'B', before: 'C' }), {
    instanceOf: TypeError,
    message: /after 'B' and before 'C'/,
  })
})

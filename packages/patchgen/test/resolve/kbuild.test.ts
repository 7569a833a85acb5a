import test from 'ava'
import {
  AnchorAmbiguous,
  AnchorNotFound,
  addIndexEntry,
  addKconfig,
  addKconfigSource,
  addMaintainers,
  addMakefileObject,
  addToKconfig,
  addToMaintainers,
  EditImpossible,
} from '../../src/index.ts'
import { apply, changed } from '../apply.ts'

const kconfig = `# SPDX-License-Identifier: GPL-2.0-only
menu "Demo"

source "drivers/tee/Kconfig"

source "drivers/mux/Kconfig"

config DEMO
	tristate "Demo"
	depends on NET
	depends on PCI || \\
		   USB
	select CRC32
	help
	  Counts.

	  select nothing.

# About what follows.
config DEMO_DEBUG
	bool

endmenu
`

test('a Kconfig entry goes between blank lines', async t => {
  const entry = 'config NEW\n\tbool\n'
  t.deepEqual(changed(kconfig, await apply(kconfig, addKconfig(entry, { after: 'DEMO' }))), [
    '+config NEW',
    '+\tbool',
    '+',
  ])
  t.true(
    (await apply(kconfig, addKconfig(entry, { after: 'DEMO' }))).includes('nothing.\n\nconfig NEW\n\tbool\n\n# About'),
  )
  t.true(
    (await apply(kconfig, addKconfig(entry, { before: 'CONFIG_DEMO_DEBUG' }))).includes(
      '.\n\nconfig NEW\n\tbool\n\n# About',
    ),
  )
  t.true(
    (await apply(kconfig, addKconfig(entry, { after: 'DEMO_DEBUG' }))).endsWith(
      '\tbool\n\nconfig NEW\n\tbool\n\nendmenu\n',
    ),
  )
  await t.throwsAsync(apply(kconfig, addKconfig(entry, { after: 'DEM' })), {
    instanceOf: AnchorNotFound,
    message: /config DEMO/,
  })
})

const addSource = (text: string) =>
  apply(text, addKconfigSource('drivers/new/Kconfig', { after: 'drivers/tee/Kconfig' }))

test('a source line is spaced as its neighbours', async t => {
  t.true((await addSource(kconfig)).includes('tee/Kconfig"\n\nsource "drivers/new/Kconfig"\n\nsource "drivers/mux'))
  t.is(
    await addSource('source "drivers/tee/Kconfig"\nsource "b"\n'),
    'source "drivers/tee/Kconfig"\nsource "drivers/new/Kconfig"\nsource "b"\n',
  )
})

const lineBefore = async (line: string, symbol = 'DEMO') => {
  const lines = (await apply(kconfig, addToKconfig(symbol, line))).split('\n')
  return lines[lines.indexOf(`\t${line}`) - 1]
}

test('an attribute goes after those of its kind, before the help', async t => {
  t.is(await lineBefore('select X'), '\tselect CRC32')
  t.is(await lineBefore('depends on X'), '\t\t   USB')
  t.is(await lineBefore('imply X'), '\tselect CRC32')
  t.is(await lineBefore('default y'), '\tselect CRC32')
  t.is(await lineBefore('select X', 'DEMO_DEBUG'), '\tbool')
})

const addObject = (text: string, variable: string, value: string, place = {}) =>
  apply(text, addMakefileObject(variable, value, place))

test('a Makefile line has its operator in the column of its neighbour', async t => {
  const tabs = 'obj-$(CONFIG_TEE)\t\t+= tee/\nobj-$(CONFIG_A)\t\t\t+= a/ b/\n'
  t.deepEqual(changed(tabs, await addObject(tabs, 'obj-$(CONFIG_SECUREKEY)', 's/', { after: 'tee/' })), [
    '+obj-$(CONFIG_SECUREKEY)\t\t+= s/',
  ])
  t.deepEqual(changed(tabs, await addObject(tabs, 'obj-$(CONFIG_A_VERY_LONG_NAME)', 's/', { after: 'b/' })), [
    '+obj-$(CONFIG_A_VERY_LONG_NAME)\t+= s/',
  ])
  t.deepEqual(changed(tabs, await addObject(tabs, 'obj-y', 's/', { before: 'tee/' })), ['+obj-y\t\t\t\t+= s/'])
  const spaces = 'x-y := a.o \\\n\tb.o\nobj-m += x.o # why\n'
  t.is(
    await addObject(spaces, 'x-y', 'c.o', { after: 'b.o' }),
    'x-y := a.o \\\n\tb.o\nx-y += c.o\nobj-m += x.o # why\n',
  )
  t.is(await addObject(spaces, 'y-y :=', 'c.o'), `${spaces}y-y := c.o\n`)
  await t.throwsAsync(addObject(spaces, 'x-y', 'c.o', { after: 'why' }), { instanceOf: AnchorNotFound })
  await t.throwsAsync(addObject(`${spaces}z := b.o\n`, 'x-y', 'c.o', { after: 'b.o' }), { instanceOf: AnchorAmbiguous })
})

const maintainers = `List of maintainers
===================

Descriptions of section entries and preferred order
---------------------------------------------------

	M: *Mail* patches to: FullName <address@domain>

Maintainers List
----------------

3C59X NETWORK DRIVER
L:	netdev@vger.kernel.org
S:	Odd Fixes
F:	drivers/net/3c59x.c

ZYX OUT OF ORDER
S:	Orphan

ALPHA DRIVER
S:	Maintained
F:	a/
F:	c/
K:	alpha

SECURE COMPUTING
S:	Supported

SECURITY CONTACT
S:	Supported

THE REST
S:	Buried alive in reporters
F:	*
`

const addRecord = (title: string) => apply(maintainers, addMaintainers(`${title}\nS:\tOdd Fixes\nF:\tx/\n`))

test('a MAINTAINERS record goes where the alphabet has it', async t => {
  t.true(
    (await addRecord('SECURE KEYS')).includes('Supported\n\nSECURE KEYS\nS:\tOdd Fixes\nF:\tx/\n\nSECURITY CONTACT'),
  )
  t.true((await addRecord('ZZZ')).includes('\n\nZZZ\nS:\tOdd Fixes\nF:\tx/\n\nTHE REST'))
  t.true((await addRecord('ABC')).includes('\n\nABC\nS:\tOdd Fixes\nF:\tx/\n\nZYX OUT'))
  t.true((await addRecord('MIDDLE')).includes('\n\nMIDDLE\nS:\tOdd Fixes\nF:\tx/\n\nSECURE COMPUTING'))
  await t.throwsAsync(addRecord('THE REST'), { instanceOf: EditImpossible, message: /already/ })
  await t.throwsAsync(apply('nothing\n', addMaintainers('A\nS:\tx\n')), { instanceOf: EditImpossible })
})

test('a line of a record goes among those of its letter', async t => {
  const add = async (line: string, title = 'ALPHA DRIVER') =>
    changed(maintainers, await apply(maintainers, addToMaintainers(title, line)))
  t.deepEqual(await add('F:\tb/'), ['+F:\tb/'])
  t.true((await apply(maintainers, addToMaintainers('ALPHA DRIVER', 'F:\tb/'))).includes('F:\ta/\nF:\tb/\nF:\tc/\n'))
  t.true((await apply(maintainers, addToMaintainers('ALPHA DRIVER', 'L:\tx@y'))).includes('ALPHA DRIVER\nL:\tx@y\nS:'))
  t.true(
    (await apply(maintainers, addToMaintainers('SECURE COMPUTING', 'F:\tb/'))).includes(
      'Supported\nF:\tb/\n\nSECURITY',
    ),
  )
  t.deepEqual(await add('F:\ta/'), [])
  await t.throwsAsync(add('F:\tb/', 'ALPHA'), { instanceOf: AnchorNotFound, message: /ALPHA DRIVER/ })
})

const index = `Title
=====

.. toctree::
   :caption: One
   :maxdepth: 2

   first
   second

Between
-------

.. toctree::
   :caption: Two

   third

.. only:: html
`

test('an index entry goes into the right toctree', async t => {
  t.true((await apply(index, addIndexEntry('new', { after: 'first' }))).includes('   first\n   new\n   second\n'))
  t.true((await apply(index, addIndexEntry('new', { before: 'third' }))).includes('Two\n\n   new\n   third\n'))
  t.true((await apply(index, addIndexEntry('new', { toctree: 'One' }))).includes('   second\n   new\n\nBetween'))
  t.true((await apply(index, addIndexEntry('new', { toctree: 'third' }))).includes('   third\n   new\n\n.. only'))
  await t.throwsAsync(apply(index, addIndexEntry('new')), { instanceOf: AnchorAmbiguous })
  await t.throwsAsync(apply(index, addIndexEntry('new', { toctree: 'One', after: 'third' })), {
    instanceOf: AnchorNotFound,
  })
  await t.throwsAsync(apply('no tree\n', addIndexEntry('new')), { instanceOf: AnchorNotFound })
})

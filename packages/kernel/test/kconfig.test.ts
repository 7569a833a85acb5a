import { join } from 'node:path'
import test from 'ava'
import { explainLoss, findDefinitions, readEntry } from '../src/kconfig.ts'
import { freshCache, makeFakeLinux, removeCache, sh } from './fake.ts'

let dir: string
let tree: { path: string; srcArch: string }
test.before(async () => {
  dir = await freshCache()
  const path = await makeFakeLinux(join(dir, 'linux'), {
    'arch/x86/Kconfig': 'config X86_ONLY\n\tbool "x86"\n\tdepends on NET\n',
    'arch/arm64/Kconfig': 'config ARM_ONLY\n\tbool "arm"\n',
  })
  await sh('git', ['init', '--quiet', path])
  await sh('git', ['add', '--all', '--force'], path)
  tree = { path, srcArch: 'x86' }
})
test.after.always(() => removeCache(dir))

const on = (...names: string[]) => new Map(names.map(name => [name, 'y']))

test('conditions of the entry, its prompt, its menu and the file around it are found', async t => {
  const [definition] = await findDefinitions(tree, 'CRYPTO_FAKE')
  t.like(definition, { file: 'crypto/Kconfig', line: 7, prompt: true })
  t.deepEqual(definition?.conditions, ['!EXPERT', 'CRYPTO &&  (CRYPTO_HIDDEN || CRYPTO_OTHER)', '!SLUB_TINY', 'NET'])
  // The help text of NET has an `if` that opens nothing.
  t.deepEqual((await findDefinitions(tree, 'SLUB_TINY'))[0]?.conditions, ['EXPERT'])
})

const why = (name: string, wanted: string, values: Map<string, string>) => explainLoss(tree, name, wanted, values)

test('the unmet dependency is named with its place and the symbols to blame', async t => {
  t.is(
    await why('CRYPTO_FAKE', 'y', on('NET', 'CRYPTO', 'SLUB_TINY', 'CRYPTO_HIDDEN')),
    'crypto/Kconfig:7 depends on !SLUB_TINY, and SLUB_TINY is on',
  )
  t.is(await why('CRYPTO', 'y', on()), 'crypto/Kconfig:1 depends on NET, and NET is off')
  t.regex(await why('CRYPTO_FAKE', 'm', on('NET', 'CRYPTO')), /CRYPTO_HIDDEN is off, CRYPTO_OTHER is off$/)
  t.regex(await why('CRYPTO_HIDDEN', 'y', on('NET')), /no prompt .*there is none/)
  t.regex(await why('CRYPTO_SELECTED', 'y', on()), /no such option/)
  t.regex(await why('CRYPTO_SELECTED', 'n', on()), /no such option|selects it/)
  t.is(await why('ARM_ONLY', 'y', on()), 'this tree has no such option')
  t.regex(await why('X86_ONLY', 'y', on()), /NET is off/)
})

test('choices, conditional dependencies, nested blocks', t => {
  const text = `choice
	prompt "Pick"
	depends on A

config ONE
	bool "One"
	depends on B if C

endchoice

if D
menu "M"
	visible if E
config TWO
	int "Two"
endmenu
endif

config THREE
	bool
	prompt "Three" if F
`.split('\n')
  t.deepEqual(readEntry(text, 5), { conditions: ['!(C) || (B)', 'A'], prompt: true, inChoice: true })
  t.deepEqual(readEntry(text, 14), { conditions: ['D', 'E'], prompt: true, inChoice: false })
  t.deepEqual(readEntry(text, 19), { conditions: ['F'], prompt: true, inChoice: false })
})

/**
 * `npm run bench`: the figures of the README, medians of 5 (or of the number given), ratios side by side in one run.
 * Usage: npm run bench -- [rounds] [part …]; parts: run, guest, line, text, tee, check. All but check, which takes long, unless told.
 */
import type { Artefacts } from '@kseries/kernel'
import { kseries, lastEvent, scratch } from '../e2e/kseries.ts'
import { builds, textChecks } from './check.ts'
import { guestFigures } from './guest.ts'
import { oneLine, unchanged } from './loop.ts'
import { type Figure, table } from './measure.ts'
import { teeFigures } from './tee.ts'

const [count = '5', ...names] = process.argv.slice(2)
const rounds = Number(count)

const built = async (): Promise<Artefacts> => {
  const { exitCode, stdout, stderr } = await kseries(['build', '--json'])
  if (exitCode !== 0) throw new Error(stderr)
  return lastEvent(stdout, 'artefacts') as unknown as Artefacts
}

const parts: Readonly<Record<string, () => Promise<Figure[]>>> = {
  run: () => unchanged(rounds),
  guest: async () => guestFigures(await built(), rounds, await scratch()),
  line: async () => oneLine(rounds, await scratch()),
  text: () => textChecks(rounds),
  tee: async () => teeFigures(rounds, await scratch()),
  check: () => builds(rounds),
}
const wanted = names.length > 0 ? names : Object.keys(parts).filter(name => name !== 'check')
const strange = wanted.filter(name => !Object.hasOwn(parts, name))
if (!(rounds >= 1) || strange.length > 0)
  throw new Error(`Usage: npm run bench -- [rounds] [part …]; parts: ${Object.keys(parts).join(', ')}`)

console.log(`medians of ${rounds}, TCG; second column: lowest to highest`)
for (const name of wanted) console.log(table((await parts[name]?.()) ?? []))

/**
 * `npm run bench`: the figures of the README, medians of 5 (or of the number given), ratios side by side in one run.
 * Usage: npm run bench -- [rounds]
 */
import type { Artefacts } from '@kseries/kernel'
import { kseries, lastEvent, scratch } from '../e2e/kseries.ts'
import { guestFigures } from './guest.ts'
import { oneLine, unchanged } from './loop.ts'
import { type Figure, table } from './measure.ts'

const rounds = Number(process.argv[2] ?? 5)
const folder = await scratch()
const built = await kseries(['build', '--json'])
if (built.exitCode !== 0) throw new Error(built.stderr)
const artefacts = lastEvent(built.stdout, 'artefacts') as unknown as Artefacts

const parts: readonly (() => Promise<Figure[]>)[] = [
  () => unchanged(rounds),
  () => guestFigures(artefacts, rounds, folder),
  () => oneLine(rounds, folder),
]
console.log(`medians of ${rounds}, TCG; second column: lowest to highest`)
for (const part of parts) console.log(table(await part()))

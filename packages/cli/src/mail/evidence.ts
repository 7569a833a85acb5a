import { ExitCode, KseriesError } from '@kseries/host'
import { describe } from '@kseries/machine'
import type { Generated, Series } from '@kseries/patchgen'
import { everyVerdict } from '../run/remember.ts'
import { testKeys } from '../run/verdict-inputs.ts'
import { configKey, type Remembered, type VerdictSubject } from '../run/verdict-subject.ts'
import { nameOf } from '../series.ts'

/** A good verdict on the very tree that is to be sent. */
export interface Evidence extends Pick<VerdictSubject, 'tree' | 'arch' | 'machine' | 'profile'> {
  readonly counts: { readonly pass: number; readonly fail: number; readonly skip: number }
  /** When the run was, ISO 8601. */
  readonly when: string
}

/**
 * The verdicts of `kseries run` on the tree of the last commit, configured as it is now, by the tests as they are now: of each
 * architecture and profile the newest. A run of some tests proves nothing if it is good, and counts if it is bad.
 * @param command - what tests these trees, for who is refused: 'kseries run securekey'.
 * @throws EvidenceMissing if there is none, EvidenceBad if one of them is bad.
 */
export const findEvidence = async (
  chain: readonly Series[],
  generated: Generated,
  command: string,
): Promise<Evidence[]> => {
  const series = nameOf(chain)
  const tests = await testKeys(chain)
  const verdicts = (await everyVerdict<Partial<Remembered>>()).flatMap(verdict =>
    saysWhatItIsAbout(verdict) ? [verdict] : [],
  )
  const ofTree = verdicts.filter(({ about }) => about.series === series && about.tree === generated.treeHash)
  const ofTests = ofTree.filter(({ about }) => about.tests.join() === tests.join())
  const configs = await Promise.all(ofTests.map(({ about }) => configKey(chain, about)))
  const ofConfig = ofTests.filter(({ about }, index) => about.config === configs[index])
  const telling = ofConfig.filter(({ about, outcome }) => about.isWhole || outcome.verdict.kind !== 'pass')
  const newest = new Map<string, Remembered>()
  for (const verdict of telling.toSorted((a, b) => (whenOf(a) < whenOf(b) ? -1 : 1)))
    newest.set(placeOf(verdict), verdict)
  if (newest.size === 0) {
    const known = verdicts.filter(({ about }) => about.series === series)
    throw new EvidenceMissing(series, generated.treeHash, reasonOf(known, ofTree, ofTests, ofConfig), command)
  }
  const found = [...newest.values()].toSorted((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1))
  for (const { about, outcome } of found)
    if (outcome.verdict.kind !== 'pass')
      throw new EvidenceBad(series, about, describe(outcome.verdict), `${command}${optionsOf(about)}`)
  return found.map(verdict => ({
    tree: verdict.about.tree,
    arch: verdict.about.arch,
    ...(verdict.about.machine && { machine: verdict.about.machine }),
    profile: verdict.about.profile,
    counts: verdict.outcome.counts,
    when: whenOf(verdict),
  }))
}

/** The evidence as the cover letter has it. */
export const evidenceText = (evidence: readonly Evidence[], base: string): string[] => [
  `Tested in QEMU, on Linux ${base} with all patches applied:`,
  `  tree ${evidence[0]?.tree}`,
  ...evidence.map(({ arch, machine, profile, counts }) => {
    const how = profile === 'debug' ? ' (KASAN, lockdep)' : ''
    return `  ${machine ?? arch}, profile ${profile}${how}: ${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped`
  }),
]

// A verdict that an earlier version of ours wrote does not say what it is about.
const saysWhatItIsAbout = (verdict: Partial<Remembered>): verdict is Remembered =>
  verdict.about !== undefined && verdict.outcome?.remembered !== undefined

const whenOf = ({ outcome }: Remembered): string => outcome.remembered ?? ''

/** x86_64 before arm64, fast before debug, when sorted downwards. */
const placeOf = ({ about }: Remembered): string => `${about.arch} ${about.profile} ${about.machine ?? ''}`

const optionsOf = ({ arch, machine, profile }: VerdictSubject): string =>
  `${machine ? ` --machine ${machine}` : arch === 'x86_64' ? '' : ` --arch ${arch}`}${profile === 'fast' ? '' : ` --profile ${profile}`}`

const reasonOf = (...[known, ofTree, ofTests, ofConfig]: (readonly Remembered[])[]): string => {
  if (known?.length === 0) return 'it has not been tested'
  if (ofTree?.length === 0) return 'it has been tested only as other trees'
  if (ofTests?.length === 0) return 'its tests have changed since'
  return ofConfig?.length === 0 ? 'its configuration has changed since' : 'only some of its tests were run'
}

const withoutEvidence = 'or send it without evidence: --no-evidence'

/** No verdict is about what is to be sent. */
export class EvidenceMissing extends KseriesError {
  constructor(series: string, tree: string, reason: string, command: string) {
    super(`Cannot mail ${series}: there is no verdict on the tree to be sent, ${tree.slice(0, 12)}: ${reason}`, {
      exitCode: ExitCode.usage,
      hint: `Run \`${command}\`, ${withoutEvidence}.`,
    })
  }
}

/** The newest verdict on what is to be sent is bad. */
export class EvidenceBad extends KseriesError {
  constructor(series: string, { tree, arch, machine, profile }: VerdictSubject, verdict: string, command: string) {
    super(
      `Cannot mail ${series}: the tree to be sent, ${tree.slice(0, 12)}, failed on ${machine ?? arch} (profile ${profile}): ${verdict}`,
      {
        exitCode: ExitCode.verdict,
        hint: `Look with \`${command}\`, put it right, ${withoutEvidence}.`,
      },
    )
  }
}

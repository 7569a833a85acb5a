import { availableParallelism } from 'node:os'
import { type ConfigOption, fetchCommits, withWorkTree } from '@kseries/kernel'
import { gitOf } from '@kseries/patchgen'
import pMap from 'p-map'
import { type Finding, newProblems, type Problem } from '../model/finding.ts'
import { commitName, type Subject, workName } from '../subject/subject.ts'
import { changesOf } from '../text/changes.ts'
import type { BuildCheckOptions } from './build-checks.ts'
import { Builder, type BuildJob } from './builder.ts'
import { cachesFor } from './caches.ts'
import { targetsFor, targetsOf } from './folders.ts'
import { Place } from './place.ts'

/** Each makes errors of the warnings of a part of the tree. */
const fatal = ['', 'OBJTOOL_', 'KVM_', 'DRM_', 'DRM_AMDGPU_', 'DRM_I915_', 'DRM_XE_'].map(part => `${part}WERROR`)

/** Nothing is fatal, and nothing takes most of the time and says nothing. */
const options: readonly ConfigOption[] = [
  ...fatal.map(name => [name, 'n'] as const),
  ['DEBUG_INFO_NONE', 'y'] as const,
].map(([name, value]) => ({ name, value, file: 'allmodconfig', line: 0, wish: true }))

/**
 * Builds the folders that a series touches with all options on, as modules where they can be: at the base and at each commit,
 * and says what each brings.
 */
export const allmodChecks = async (subject: Subject, job: BuildCheckOptions): Promise<readonly Finding[]> => {
  const { arch, signal, report, isSandboxed } = job
  const { gitDir, base, commits } = subject
  const changes = await pMap(commits, ({ parent, hash }) => changesOf(gitDir, parent, hash, signal), {
    concurrency: 2 * availableParallelism(),
    ...(signal && { signal }),
  })
  const head = commits.at(-1)?.hash ?? base
  const targets = await targetsFor(gitDir, head, arch, changes.flat(), signal)
  if (targets.length === 0) return []
  const name = workName(subject, isSandboxed)
  await fetchCommits(gitDir, head, commits.length + 1, signal)
  let done = 0
  const tell = (text: string) => report({ kind: 'update', id: 'allmod', text, fraction: done / (commits.length + 1) })
  const builder = await Builder.open({
    place: new Place(name, signal),
    arch,
    others: 'allmodconfig',
    ...(isSandboxed && { caches: cachesFor(name, base) }),
    signal,
    onStep: tell,
  })
  const build = async (commit: BuildJob['commit']): Promise<readonly Problem[]> => {
    const its = await targetsOf(gitDir, commit.hash, targets, signal)
    return its.length === 0 ? [] : (await builder.build({ commit, options, sources: [], targets: its })).problems
  }
  const walk = async () => {
    const { stdout } = await gitOf(gitDir, ['rev-parse', `${base}^{tree}`], { signal })
    let before = await build({ hash: base, tree: stdout.trim() })
    const broken = before.find(({ tool, text }) => tool === 'make' || text.startsWith('error: '))
    if (broken)
      report({
        kind: 'note',
        text: `the base has errors with allmodconfig, what they hide is not seen: ${broken.text}`,
      })
    const findings: Finding[] = []
    for (const commit of commits) {
      done++
      tell(commit.subject)
      const after = await build(commit)
      const config = arch === 'x86_64' ? 'allmodconfig' : `${arch}, allmodconfig`
      findings.push(...newProblems(before, after).map(problem => ({ ...problem, config, commit: commitName(commit) })))
      before = after
    }
    return findings
  }
  return await withWorkTree(name, walk, { signal, report })
}

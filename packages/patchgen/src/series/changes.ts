import type { SeriesProblem } from '../errors.ts'
import { bodyProblems } from './message.ts'

/** What a version of a series changed, in its author's words. */
export interface VersionChanges {
  readonly version: number
  /** Without a line break at its end. */
  readonly text: string
}

/**
 * Reads changes.md: a heading `## v2` for each version but the first, lines of text below it.
 * @returns what each version changed, the newest first.
 */
export const parseChanges = (
  source: string,
  path: string,
): { readonly changes: readonly VersionChanges[]; readonly problems: readonly SeriesProblem[] } => {
  const [before = '', ...parts] = source.replaceAll(/[ \t]+$/gm, '').split(/^(?=## )/m)
  const isFirst = before === '' || before.startsWith('## ')
  const sections = (isFirst && before !== '' ? [before, ...parts] : parts).map(section => {
    const [heading = '', ...lines] = section.split('\n')
    return { heading, version: Number(/^## v([1-9]\d*)$/.exec(heading)?.[1]), text: lines.join('\n').trim() }
  })
  const versions = sections.map(({ version }) => version)
  const wrong = [
    ...(isFirst || before.trim() === '' ? [] : ['it must begin with a heading: ## v2']),
    ...sections.flatMap(({ heading, version, text }, index) => {
      if (!(version >= 2)) return [`its headings must be versions from ## v2 on: "${heading}"`]
      if (versions.indexOf(version) !== index) return [`it has v${version} twice`]
      if (text === '') return [`it must say what changed in v${version}`]
      return bodyProblems(text, 'cover').map(problem => `v${version}, ${problem}`)
    }),
  ]
  return {
    changes: sections.map(({ version, text }) => ({ version, text })).toSorted((a, b) => b.version - a.version),
    problems: wrong.map(message => ({ path, message })),
  }
}

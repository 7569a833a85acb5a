import type { Problem } from '../../model/finding.ts'

/**
 * Reads what scripts/check-uapi.sh says on standard error.
 * @param sourceOf - the file of the tree that an exported header ('linux/tee.h') is of.
 */
export const problemsIn = (words: string, sourceOf: (name: string) => string | undefined): readonly Problem[] => {
  const sections = words.split(/^(?===== )/m).filter(section => section.startsWith('==== '))
  return sections.flatMap(section => {
    const [, name = ''] = /UAPI header include\/(\S+)|in include\/(\S+) from/.exec(section)?.filter(Boolean) ?? []
    const source = sourceOf(name)
    const place = { tool: 'check-uapi', ...(source !== undefined && { file: source }) }
    if (/^==== UAPI header \S+ was removed/.test(section)) return [{ ...place, text: `${name} is gone`, blocks: true }]
    if (/^==== Could not compile .* at base ====/.test(section))
      return [{ ...place, text: `it does not compile: ${firstError(section)}`, blocks: true }]
    const [body = ''] = section.split(/^=+$/m)
    return body
      .split(/^ {4}(?=\[)/m)
      .slice(1)
      .map(entry => ({ ...place, ...changeOf(entry) }))
  })
}

const firstError = (section: string) => /error: (.*)$/m.exec(section)?.[1] ?? 'the compiler says no error'

/** abidiff's paragraph about one type, in one line, and without lines of files, which drift. */
const changeOf = (entry: string): Pick<Problem, 'text' | 'symbol' | 'blocks'> => {
  const lines = entry
    .split('\n')
    .map(line => line.trim().replaceAll(/ at [^\s,]+:\d+:\d+/g, ''))
    .filter(Boolean)
  const text = lines.join(' ').replace(/^\[\w\] /, '')
  const symbol = /^'([^']+)'/.exec(text)?.[1]
  return { text, ...(symbol !== undefined && { symbol }), blocks: !isMore(text) }
}

/** Nothing but more at the end: what was there stays where it was. The script itself calls that ambiguous. */
const isMore = (text: string): boolean => {
  const [, was = '', is = ''] = /^'[^']+' changed: type size changed from (\d+) to (\d+)/.exec(text) ?? []
  return (
    / insertions?:/.test(text) &&
    !/ (deletion|change)s?:| offset changed/.test(text) &&
    Number(is || 0) >= Number(was || 0)
  )
}

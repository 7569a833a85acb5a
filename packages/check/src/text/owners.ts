/** A record of MAINTAINERS: what it is about. */
export interface OwnersRecord {
  readonly hasPerson: boolean
  /** Nobody wants it changed. */
  readonly isObsolete: boolean
  readonly files: readonly RegExp[]
  readonly not: readonly RegExp[]
}

/** The patterns of each record but THE REST: F:, X: and N: as the head of MAINTAINERS describes them. */
export const recordsOf = (text: string): OwnersRecord[] =>
  text
    .split(/\n{2,}/)
    .filter(record => /^[FN]:\s/m.test(record) && !/^\s*THE REST\b/m.test(record))
    .map(record => ({
      hasPerson: /^[MRL]:\s/m.test(record),
      isObsolete: /^S:.*obsolete/im.test(record),
      files: [
        ...[...record.matchAll(/^F:\s+(\S+)/gm)].map(([, pattern = '']) => globOf(pattern)),
        ...[...record.matchAll(/^N:\s+(\S+)/gm)].flatMap(([, pattern = '']) => regexOf(pattern)),
      ],
      not: [...record.matchAll(/^X:\s+(\S+)/gm)].map(([, pattern = '']) => globOf(pattern)),
    }))

/** Whether a file is the record's. */
export const covers = ({ files, not }: OwnersRecord, path: string): boolean =>
  files.some(pattern => pattern.test(path)) && !not.some(pattern => pattern.test(path))

/** `dir/` is all below it, `dir/*` what is in it and not below; ** is any depth. */
const globOf = (pattern: string): RegExp => {
  const parts = pattern
    .split(/(\*\*|\*|\?)/)
    .map(part => ({ '**': '.*', '*': '[^/]*', '?': '[^/]' })[part] ?? RegExp.escape(part))
  // A folder may be named without its slash.
  return new RegExp(`^${parts.join('')}${pattern.endsWith('/') ? '' : /[*?]/.test(pattern) ? '$' : '(/.*)?$'}`)
}

const regexOf = (pattern: string): RegExp[] => {
  try {
    return [new RegExp(pattern)]
  } catch {
    return []
  }
}

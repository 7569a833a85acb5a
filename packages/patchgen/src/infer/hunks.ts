/** A run of lines that gives way to another; one of the two may be empty. Numbers of lines, from 0. */
export interface Hunk {
  readonly oldStart: number
  readonly oldCount: number
  readonly newStart: number
  readonly newCount: number
}

/**
 * The hunks of each file in what `git diff -U0` prints.
 * @returns by the file's path after the change; files that only came, went, or are binary have none.
 */
export const parseHunks = (diff: string): Map<string, Hunk[]> => {
  const files = new Map<string, Hunk[]>()
  let hunks: Hunk[] = []
  // Lines of a hunk are skipped by their number: a removed line "-- b/x" looks like a header.
  const lines = diff.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const header = /^\+\+\+ (?:b\/([^\t]*)\t?|\/dev\/null)$/.exec(line)
    if (header) {
      hunks = []
      if (header[1] !== undefined) files.set(header[1], hunks)
      continue
    }
    const range = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line)
    if (!range) continue
    const [, oldLine = '', oldLines = '1', newLine = '', newLines = '1'] = range
    const oldCount = Number(oldLines)
    const newCount = Number(newLines)
    // git counts from 1, and names the line before where there is none.
    const start = (text: string, count: number) => Number(text) - (count === 0 ? 0 : 1)
    hunks.push({ oldStart: start(oldLine, oldCount), oldCount, newStart: start(newLine, newCount), newCount })
    at += oldCount + newCount
    while (lines[at + 1]?.startsWith('\\ ')) at++
  }
  return files
}

/** The lines of a text, each with its line break. */
export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

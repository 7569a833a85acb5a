/** What a file of the kernel may have. */
const LARGEST_BINARY = 16 << 20

const ended = { oldLeft: 0, newLeft: 0 } as const

/**
 * Looks at what git apply does not look at, or only when it is too late.
 *
 * - a hunk that goes on behind the number of lines that its header says: git takes the rest for prose, and drops it;
 * - a diff that has less than its diffstat says: the mail was cut between two hunks or files;
 * - a mode that is none: git leaves such a file out;
 * - a binary patch that says it has gigabytes: git asks for the memory first.
 * @returns why it must be refused.
 */
export const diffFault = (diff: Uint8Array): string | undefined => {
  const text = Buffer.from(diff).toString('latin1')
  const has = { files: 0, insertions: 0, deletions: 0 }
  let said: typeof has | undefined
  let hunk: { oldLeft: number; newLeft: number } = ended
  let at = 0
  let [hunkAt, isBehindHunk] = [0, false]
  for (const line of linesOf(text)) {
    at++
    const first = line[0] ?? ' '
    if (hunk.oldLeft > 0 || hunk.newLeft > 0) {
      if (first === '+') has.insertions++
      if (first === '-') has.deletions++
      if (first === '\\') continue
      hunk = { oldLeft: hunk.oldLeft - (first === '+' ? 0 : 1), newLeft: hunk.newLeft - (first === '-' ? 0 : 1) }
      isBehindHunk = true
      continue
    }
    if (isBehindHunk && first === '\\') continue
    if (isBehindHunk && /^(\+|-(?!-))/.test(line))
      return `the hunk at line ${hunkAt} of its diff has more lines than it says`
    isBehindHunk = false
    const range = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line)
    if (range && has.files > 0) {
      hunk = { oldLeft: Number(range[1] ?? 1), newLeft: Number(range[2] ?? 1) }
      hunkAt = at
    } else if (line.startsWith('diff --git ')) has.files++
    else if (has.files === 0) said = diffstat(line) ?? said
    const mode = /^(?:new|old|new file|deleted file) mode (\d+)$/.exec(line)?.[1]
    if (mode && !/^(100\d{3}|120000|160000)$/.test(mode)) return `it gives a file the mode ${mode}, which no file has`
    const bytes = Number(/^(?:literal|delta) (\d+)$/.exec(line)?.[1] ?? 0)
    if (bytes > LARGEST_BINARY)
      return `it has a binary file of ${bytes} bytes: at most ${LARGEST_BINARY >> 20} MB can be`
  }
  for (const key of ['files', 'insertions', 'deletions'] as const)
    if (said && has.files > 0 && has[key] < said[key])
      return `it is cut: its diffstat says ${said[key]} ${key}, its diff has ${has[key]}`
  return undefined
}

/** ` 2 files changed, 3 insertions(+), 1 deletion(-)` */
const diffstat = (line: string) => {
  const [, files, insertions = 0, deletions = 0] =
    /^ (\d+) files? changed(?:, (\d+) insertions?\(\+\))?(?:, (\d+) deletions?\(-\))?\s*$/.exec(line) ?? []
  return files === undefined
    ? undefined
    : { files: Number(files), insertions: Number(insertions), deletions: Number(deletions) }
}

/** One after the other: a list of all lines of a large text would take many times its size. */
function* linesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at)
    yield text.slice(at, end < 0 ? undefined : end)
    at = end < 0 ? text.length : end + 1
  }
}

/**
 * The lines of files of which something is in the output of the preprocessor (gcc -E), by file.
 * @param text - with line markers, `# 12 "file"`.
 * @param nameOf - what a file of these is called.
 * @param wanted - the files to look for, by that name.
 */
export const linesLeft = (
  text: string,
  nameOf: (path: string) => string,
  wanted: ReadonlySet<string>,
): Map<string, Set<number>> => {
  const names = new Map<string, string>()
  const found = new Map<string, Set<number>>()
  let its: Set<number> | undefined
  let at = 0
  for (const line of text.split('\n')) {
    const [, number, path = ''] = /^# (\d+) "(.*?)"/.exec(line) ?? []
    if (number !== undefined) {
      const name = names.get(path) ?? nameOf(path)
      names.set(path, name)
      its = wanted.has(name) ? (found.get(name) ?? new Set()) : undefined
      if (its) found.set(name, its)
      at = Number(number)
      continue
    }
    if (its && line.trim() !== '') its.add(at)
    at++
  }
  return found
}

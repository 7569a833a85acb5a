import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CommandFailed, writeFileAtomic } from '@kseries/host'

/**
 * Runs make in a build folder so that a kill -9 of it, or of us, cannot spoil later builds.
 *
 * make deletes the target it was writing when it is interrupted, but not when it is killed: half an object is then newer
 * than its sources, and taken for finished. A marker tells the next call, which deletes such files first.
 * @param clean - deletes them. @default removeHalfMade
 */
export const guardHalfMade = async <T>(
  output: string,
  work: () => Promise<T>,
  clean: (output: string, since: number) => Promise<unknown> = removeHalfMade,
): Promise<T> => {
  const marker = join(output, 'kseries-making')
  const begun = await stat(marker).catch(() => undefined)
  if (begun) await clean(output, begun.mtimeMs)
  // Not through a link that a tree that is not trusted may have put there.
  await writeFileAtomic(marker, '')
  try {
    const result = await work()
    await rm(marker)
    return result
  } catch (error) {
    // A make that failed by itself has cleaned up after itself; one that signal n killed comes as 128 + n from keeper.sh.
    if (error instanceof CommandFailed && error.code !== undefined && error.code < 128) await rm(marker)
    throw error
  }
}

/**
 * Deletes the products that a killed make may have left half written: of what was written since it began. Kbuild writes `.X.cmd` once X is complete
 * (scripts/Kbuild.include, cmd_and_savecmd), so an X newer than that is not. tools/ keeps no such record of what it links.
 * @param since - when the make began, in milliseconds of the file system's clock. Everything builds upon tools such as objtool, so
 * what was whole by then must not go.
 * @returns the paths, relative to the folder.
 */
export const removeHalfMade = async (output: string, since: number): Promise<string[]> => {
  const entries = await readdir(output, { recursive: true, withFileTypes: true })
  const files = new Set(
    entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name).slice(output.length + 1)),
  )
  const age = async (file: string) => (await stat(join(output, file))).mtimeMs
  const removed: string[] = []
  for (const file of files) {
    const name = file.slice(file.lastIndexOf('/') + 1)
    if (name.startsWith('.') && name.endsWith('.cmd')) continue
    const record = join(dirname(file), `.${name}.cmd`)
    if (!files.has(record) && !isToolProduct(file)) continue
    const written = await age(file)
    if (written < since || (files.has(record) && written <= (await age(record)))) continue
    await rm(join(output, file))
    removed.push(file)
  }
  return removed
}

const isToolProduct = (file: string) => file.startsWith('tools/') && !/\.(d|h|mk|txt)$/.test(file)

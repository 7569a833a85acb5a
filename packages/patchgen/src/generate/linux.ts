import { NotLinux } from '../errors.ts'
import { type BaseCommit, findCommit, type TreeFile } from '../git/repository.ts'

/** What a commit must have to be taken for Linux. */
export const linuxFiles = ['Kbuild', 'Kconfig', 'MAINTAINERS', 'Makefile']

/**
 * The commit to generate onto.
 * @throws NotLinux if there is none of that name.
 */
export const baseOf = async (gitDir: string, name: string, signal?: AbortSignal): Promise<BaseCommit> => {
  const found = await findCommit(gitDir, name, signal)
  if (!found) throw new NotLinux(name, gitDir, 'there is no such commit')
  return found
}

/** @throws NotLinux if the files are not those of a kernel. */
export const checkLinux = (gitDir: string, commit: string, files: ReadonlyMap<string, TreeFile>): void => {
  const missing = linuxFiles.find(path => !files.has(path))
  if (missing !== undefined) throw new NotLinux(commit, gitDir, `it has no ${missing}`)
  const makefile = Buffer.from(files.get('Makefile')?.content ?? []).toString()
  if (!/^VERSION\s*=\s*\d+\nPATCHLEVEL\s*=\s*\d+$/m.test(makefile))
    throw new NotLinux(commit, gitDir, 'its Makefile has no VERSION and PATCHLEVEL')
}

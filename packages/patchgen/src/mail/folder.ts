import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode, explainDiskErrors, KseriesError } from '@kseries/host'

/** The names of the mails that are ours, so that they can be replaced and nothing else is. */
const listName = '.kseries-patches'

/** Where mails are made. It is in their folder, since a rename works only within a file system. */
const temporaryPrefix = '.formatting-'

/** What a mail's name begins with. */
export const fileNumber = (value: number): string => String(value).padStart(4, '0')

/**
 * Replaces the mails that an earlier run wrote into a folder. Whenever it is cut off, the next run knows which files are
 * ours and clears up. The caller has the folder to itself.
 * @param make - writes the new mails into a temporary folder, and returns their names.
 * @throws ForeignPatches if there are other *.patch files in the folder, which git am would take along; DiskFull.
 */
export const replaceMails = async (
  folder: string,
  make: (temporary: string) => Promise<readonly string[]>,
): Promise<void> =>
  explainDiskErrors(folder, async () => {
    await mkdir(folder, { recursive: true })
    const names = await readdir(folder)
    const earlier = await earlierMails(folder, names)
    for (const name of names.filter(one => one.startsWith(temporaryPrefix)))
      await rm(join(folder, name), { recursive: true, force: true })
    const temporary = await mkdtemp(join(folder, temporaryPrefix))
    const writeList = async (mails: readonly string[]) => {
      await writeFile(join(temporary, listName), mails.map(name => `${name}\n`).join(''))
      await rename(join(temporary, listName), join(folder, listName))
    }
    try {
      const made = await make(temporary)
      // From here to the end the folder may have mails of both runs.
      await writeList([...new Set([...earlier, ...made])])
      for (const name of earlier.filter(one => !made.includes(one))) await rm(join(folder, name))
      for (const name of made) await rename(join(temporary, name), join(folder, name))
      await writeList(made)
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
  })

const earlierMails = async (folder: string, names: readonly string[]): Promise<string[]> => {
  const list = await readFile(join(folder, listName), 'utf8').catch(() => '')
  const ours = new Set(list.split('\n').filter(name => /^(\d{4}-[^/]+\.(patch|txt)|series\.mbox)$/.test(name)))
  const others = names.filter(name => name.endsWith('.patch') && !ours.has(name))
  if (others.length > 0) throw new ForeignPatches(folder, others)
  return names.filter(name => ours.has(name))
}

/** Mails in the folder are not ours: git am would take them for part of the series. */
export class ForeignPatches extends KseriesError {
  constructor(folder: string, names: readonly string[]) {
    super(
      `Cannot write patches into ${folder}: it has other patches: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`,
      {
        exitCode: ExitCode.usage,
        hint: 'Give an empty or a new folder with --out.',
      },
    )
  }
}

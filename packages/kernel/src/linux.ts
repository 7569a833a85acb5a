import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode, exists, KseriesError } from '@kseries/host'

/** Files that every kernel tree since 2006 has and nothing else has together. */
export const linuxLandmarks = ['Makefile', 'Kconfig', 'Kbuild', 'init/main.c', 'scripts/kconfig/conf.c'] as const

/**
 * The version a kernel's top Makefile states.
 * @returns '7.3.4', '7.3.0-rc1'; undefined when it is not a kernel's.
 */
export const versionOfMakefile = (makefile: string): string | undefined => {
  const value = (name: string) => new RegExp(`^${name} *=[ \\t]*(.*)$`, 'm').exec(makefile)?.[1]?.trim()
  const [major, minor, patch] = [value('VERSION'), value('PATCHLEVEL'), value('SUBLEVEL')]
  if (!major || !minor || !patch || value('NAME') === undefined) return undefined
  return `${major}.${minor}.${patch}${value('EXTRAVERSION') ?? ''}`
}

/**
 * The kernel version of a folder.
 * @throws NotLinux
 */
export const linuxVersionOf = async (folder: string): Promise<string> => {
  const missing: string[] = []
  for (const file of linuxLandmarks) if (!(await exists(join(folder, file)))) missing.push(file)
  if (missing.length > 0) throw new NotLinux(folder, `it has no ${missing.join(', no ')}`)
  const version = versionOfMakefile(await readFile(join(folder, 'Makefile'), 'utf8'))
  if (version === undefined) throw new NotLinux(folder, 'its Makefile states no VERSION, PATCHLEVEL and SUBLEVEL')
  return version
}

/** What was given as a kernel tree is none. */
export class NotLinux extends KseriesError {
  constructor(what: string, why: string) {
    super(`Cannot use ${what} as a kernel tree: ${why}`, {
      hint: 'Give the top folder of a Linux source tree, a git URL of one, or a version.',
      exitCode: ExitCode.usage,
    })
  }
}

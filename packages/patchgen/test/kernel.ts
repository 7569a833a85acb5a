import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from '@kseries/host'
import { driver } from './driver.ts'

/** Gives this test file a cache, and a git configuration, of its own. */
export const isolate = async (): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), 'kseries-patchgen-'))
  process.env['KSERIES_CACHE'] = join(root, 'cache')
  process.env['GIT_CONFIG_GLOBAL'] = join(root, 'gitconfig')
  process.env['GIT_CONFIG_NOSYSTEM'] = '1'
  for (const name of ['GIT_AUTHOR_NAME', 'GIT_AUTHOR_EMAIL', 'EMAIL']) delete process.env[name]
  await writeFile(join(root, 'gitconfig'), '[user]\n\tname = Test Person\n\temail = test@example.org\n')
  return root
}

/** Writes files below a folder; a name that ends with `*` becomes executable. */
export const writeFiles = async (
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> => {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name.replace(/\*$/, ''))
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
    if (name.endsWith('*')) await chmod(path, 0o755)
  }
}

/** What makes a tree a kernel, and the driver to change. */
export const kernelFiles: Readonly<Record<string, string | Uint8Array>> = {
  Makefile: '# SPDX-License-Identifier: GPL-2.0\nVERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\n',
  Kbuild: 'obj-y += drivers/\n',
  Kconfig: 'source "drivers/Kconfig"\n',
  MAINTAINERS: 'Maintainers List\n----------------\n\nALPHA\nS:\tMaintained\nF:\ta/\n\nTHE REST\nS:\tOdd\nF:\t*\n',
  'drivers/Kconfig': 'menu "Drivers"\n\nsource "drivers/demo/Kconfig"\n\nendmenu\n',
  'drivers/Makefile': 'obj-$(CONFIG_DEMO)\t+= demo/\n',
  'drivers/demo/demo.c': driver,
  'drivers/demo/old.c': 'int old;\n',
  'drivers/demo/latin.c': Buffer.from('/* Andr\xe9 */\nint a;\n', 'latin1'),
  'scripts/run.sh*': '#!/bin/sh\necho\n',
}

/** A git repository with one commit; a work tree of it is in `folder`. */
export const makeRepo = async (
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>> = kernelFiles,
): Promise<{ readonly gitDir: string; readonly base: string; readonly folder: string }> => {
  await mkdir(folder, { recursive: true })
  await run('git', ['init', '-q', '-b', 'main', folder])
  await writeFiles(folder, files)
  await run('git', ['-C', folder, 'add', '-A', '-f'])
  const env = { GIT_AUTHOR_DATE: '1700000000 +0000', GIT_COMMITTER_DATE: '1700000000 +0000' }
  const who = ['-c', 'user.name=Base', '-c', 'user.email=base@example.org']
  await run('git', ['-C', folder, ...who, 'commit', '-q', '-m', 'Linux'], { env })
  const { stdout } = await run('git', ['-C', folder, 'rev-parse', 'HEAD'])
  return { gitDir: join(folder, '.git'), base: stdout, folder }
}

/** git on a repository, giving what it says. */
export const gitSays = async (gitDir: string, ...args: readonly string[]): Promise<string> =>
  (await run('git', [`--git-dir=${gitDir}`, ...args])).stdout

/** The files of a series 'demo' of two patches, as a series folder has them. */
export const demoSeries: Readonly<Record<string, string>> = {
  'series.ts': `import { defineSeries } from '@kseries/patchgen'
export default defineSeries({ title: 'Demo', date: '2026-11-23' })
`,
  'cover.md': 'demo: a thing to show\n\nWhy it is here.\n',
  'patches/01-new-driver/message.md': 'demo: add a file\n\nIt is of use.\n\nLink: https://example.org/1\n',
  'patches/01-new-driver/edits.ts': `import { addMakefileObject, addStructMember, deleteFile, edit } from '@kseries/patchgen'
export default [
  edit('drivers/Makefile', addMakefileObject('obj-$(CONFIG_NEW)', 'new/', { after: 'demo/' })),
  edit('drivers/demo/demo.c', addStructMember('demo_item', '\\tint extra;\\n', { after: 'node' })),
  deleteFile('drivers/demo/old.c'),
]
`,
  'patches/01-new-driver/tree/drivers/new/new.c': 'int one;\nint two;\nint three;\n',
  'patches/01-new-driver/tree/scripts/new.sh*': '#!/bin/sh\n',
  'patches/02-change-it/message.md': 'demo: change that file\n\nThat is better.\n',
  'patches/02-change-it/edits.ts': `import { edit, replace } from '@kseries/patchgen'
export default [edit('drivers/new/new.c', replace('int two;', 'long two;'))]
`,
}

/** A series folder, by default of demoSeries, with files changed, added or (undefined) left out. */
export const makeSeries = async (
  folder: string,
  changes: Readonly<Record<string, string | undefined>> = {},
): Promise<string> => {
  const files = Object.entries({ ...demoSeries, ...changes }).flatMap(([name, content]) =>
    content === undefined ? [] : [[name, content] as const],
  )
  await writeFiles(folder, Object.fromEntries(files))
  return folder
}

/** All files of a folder, by name. */
export const readAll = async (folder: string, names: readonly string[]): Promise<Record<string, string>> =>
  Object.fromEntries(await Promise.all(names.map(async name => [name, await readFile(join(folder, name), 'utf8')])))

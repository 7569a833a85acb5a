import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '@kseries/host'
import { kernelFiles, makeRepo } from '../../kernel.ts'

/** The lines of drivers/demo/count.c, which most of the patches change. */
export const countLines: readonly string[] = Array.from({ length: 40 }, (_, index) => `int a${index + 1};`)

export const count = 'drivers/demo/count.c'

/** count.c with some lines changed, by their numbers. */
export const countWith = (changes: Readonly<Record<number, string>>): string =>
  countLines.map((line, index) => `${changes[index + 1] ?? line}\n`).join('')

export const blob = Buffer.from([0, 1, 2, 3])

/** A kernel with a file to change, a binary one, and a symbolic link: `drivers/link` to `demo`. */
export const makeBase = async (folder: string) => {
  await makeRepo(folder, { ...kernelFiles, [count]: countWith({}), 'drivers/demo/blob.bin': blob })
  await symlink('demo', join(folder, 'drivers/link'))
  await run('git', ['-C', folder, 'add', '-A'])
  await run('git', ['-C', folder, 'commit', '-q', '--amend', '--no-edit'])
  const { stdout: base } = await run('git', ['-C', folder, 'rev-parse', 'HEAD'])
  return { gitDir: join(folder, '.git'), folder, base }
}

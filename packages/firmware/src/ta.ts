import { readdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { contentKey, ExitCode, exists, folderKey, KseriesError } from '@kseries/host'
import { crossCompile } from '@kseries/kernel'
import { type MakeJob, make } from './make.ts'

/** A trusted application to be compiled in. */
export interface TaSource {
  /** Its folder's. */
  readonly name: string
  readonly folder: string
  /** Of its files, and of those in a folder `include` beside it, which several may share. */
  readonly key: string
}

/** One that was built. */
export interface BuiltTa {
  readonly name: string
  readonly uuid: string
  /** Path of the ELF file without symbols, as OP-TEE takes it in. */
  readonly elf: string
}

const uuidOf = (file: string) => /^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.stripped\.elf$/.exec(file)?.[1]

/**
 * Looks at the folders of trusted applications.
 * @param folders - each with a Makefile that includes the dev kit's ta_dev_kit.mk.
 * @throws TaUnfit
 */
export const readTas = async (folders: readonly string[]): Promise<TaSource[]> => {
  const tas = await Promise.all(
    folders.map(async given => {
      const folder = resolve(given)
      if (!(await exists(join(folder, 'Makefile')))) throw new TaUnfit(folder, 'it has no Makefile')
      const shared = join(dirname(folder), 'include')
      const keys = [await folderKey(folder), (await exists(shared)) ? await folderKey(shared) : '']
      return { name: basename(folder), folder, key: contentKey(keys) }
    }),
  )
  const twice = tas.find(({ name }, index) => tas.findIndex(other => other.name === name) !== index)
  if (twice) throw new TaUnfit(twice.folder, `there is another one of the name '${twice.name}'`)
  return tas
}

/**
 * Builds a trusted application with OP-TEE's dev kit.
 * @param devKit - the folder with mk/ta_dev_kit.mk.
 * @param variables - for its Makefile: CFG_… = y
 * @throws TaUnfit, FirmwareBuildFailed, …
 */
export const buildTa = async (
  { name, folder }: TaSource,
  devKit: string,
  variables: Readonly<Record<string, string>>,
  job: Pick<MakeJob, 'output' | 'toolchain' | 'signal' | 'update'>,
): Promise<BuiltTa> => {
  const settings = Object.entries(variables).map(([variable, value]) => `${variable}=${value}`)
  const args = [`O=${job.output}`, `TA_DEV_KIT_DIR=${devKit}`, `CROSS_COMPILE=${crossCompile('arm64')}`, ...settings]
  await make({ ...job, title: name, source: folder, args })
  const elves = (await readdir(job.output)).filter(file => uuidOf(file) !== undefined)
  const [elf = '', more] = elves
  if (elf === '' || more !== undefined)
    throw new TaUnfit(folder, `its Makefile made ${elves.length} files UUID.stripped.elf in O=, not one`)
  return { name, uuid: uuidOf(elf) ?? '', elf: join(job.output, elf) }
}

/** A folder is no trusted application that can be compiled in. */
export class TaUnfit extends KseriesError {
  constructor(folder: string, why: string) {
    super(`Cannot compile the trusted application ${folder} in: ${why}`, {
      hint: 'It is a folder with a Makefile that sets BINARY to its UUID and includes $(TA_DEV_KIT_DIR)/mk/ta_dev_kit.mk.',
      exitCode: ExitCode.usage,
    })
  }
}

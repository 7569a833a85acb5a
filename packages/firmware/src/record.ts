import { readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath } from '@kseries/host'

/** Firmware that was built. All paths are absolute. */
export interface Firmware {
  /** Of all it is made of: sources, flags, compilers, trusted applications. */
  readonly key: string
  readonly dir: string
  /** What the processor runs from reset: -bios. */
  readonly bios: string
  /** OP-TEE's core with its symbols, for addresses in its panics. */
  readonly core: string
  /** Where its parts came from, in words. */
  readonly origins: { readonly tfa: string; readonly optee: string; readonly uboot: string }
  readonly tas: readonly { readonly name: string; readonly uuid: string }[]
  /** For the trusted applications' Makefiles. */
  readonly variables: Readonly<Record<string, string>>
}

/** Written with the folder, which appears whole or not at all. */
export const recordName = 'firmware.json'

/** What is stored: the cache folder may be moved. */
export type FirmwareRecord = Omit<Firmware, 'dir' | 'bios' | 'core'>

export const firmwareDir = (key: string): string => cachePath('firmware', 'built', key)

/** The firmware of a key, if it was built. */
export const readFirmware = async (key: string): Promise<Firmware | undefined> => {
  const dir = firmwareDir(key)
  const text = await readFile(join(dir, recordName), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  // For whoever cleans the cache: when it was last of use.
  await utimes(dir, new Date(), new Date()).catch(() => {})
  const record = JSON.parse(text) as FirmwareRecord
  return { ...record, dir, bios: join(dir, 'qemu_fw.bios'), core: join(dir, 'tee.elf') }
}

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buildFirmware, type Firmware, type FirmwareOptions, type FirmwareSpec } from '@kseries/firmware'
import { exists } from '@kseries/host'
import { projectRoot } from '../series.ts'

/** Tests ask trusted applications for more than users do: faults, digests of protected memory. */
export const testVariables = { CFG_SECUREKEY_TEST: 'y' } as const

/** The folders of the trusted applications that come with kseries, by name. */
export const ownTas = async (): Promise<string[]> => {
  const home = join(projectRoot, 'qemu', 'ta')
  const names = (await readdir(home).catch(() => [])).toSorted()
  const are = await Promise.all(names.map(name => exists(join(home, name, 'Makefile'))))
  return names.filter((_, index) => are[index]).map(name => join(home, name))
}

/**
 * The firmware that tests run on: with our trusted applications, and what in them is for tests.
 * @param spec - what of it is otherwise.
 * @throws what buildFirmware() throws
 */
export const testFirmware = async (
  spec: FirmwareSpec,
  options: FirmwareOptions,
): Promise<Firmware & { readonly wasBuilt: boolean }> =>
  await buildFirmware({ tas: await ownTas(), variables: testVariables, ...spec }, options)

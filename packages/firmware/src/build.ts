import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, contentKey, exists, makeDirAtomic, type Report, silent, step, withLock } from '@kseries/host'
import { crossCompile, findToolchain, type Toolchain } from '@kseries/kernel'
import { opteeFlags, tfaFlags } from './flags.ts'
import { make } from './make.ts'
import { type Prepared, type PrepareOptions, prepare } from './prepare.ts'
import { type Firmware, type FirmwareRecord, firmwareDir, readFirmware, recordName } from './record.ts'
import { type FirmwareSource, parts } from './source.ts'
import { type BuiltTa, buildTa, readTas, type TaSource } from './ta.ts'

/** What is to be built. */
export interface FirmwareSpec {
  /** @default Debian's arm-trusted-firmware */
  readonly tfa?: FirmwareSource | undefined
  /** @default Debian's optee-os */
  readonly optee?: FirmwareSource | undefined
  /** A folder with usr/lib/u-boot/qemu_arm64/u-boot.bin, or a repository. @default Debian's u-boot-qemu */
  readonly uboot?: FirmwareSource | undefined
  /** Folders of trusted applications that are compiled in: they need no supplicant and are there from boot. @default none */
  readonly tas?: readonly string[] | undefined
  /** Variables for their Makefiles: { CFG_X: 'y' }. @default none */
  readonly variables?: Readonly<Record<string, string>> | undefined
}

export interface FirmwareOptions extends Omit<PrepareOptions, 'report'> {
  readonly report?: Report | undefined
}

/** Raised when the way of putting it together changes what comes out. */
const RECIPE = 2

/** Raised when what makes have left is of no use to the next. */
const WORK = 2

/**
 * Builds the firmware of QEMU's virt board with a secure world: TF-A, and in it OP-TEE with trusted applications, and U-Boot, which
 * boots what QEMU's -kernel names. Or gives what was built of the same before.
 *
 * @throws TaUnfit, NotFirmware, FirmwareBuildFailed, CommandMissing, what fetching a part throws, DiskFull, Interrupted
 */
export const buildFirmware = async (
  spec: FirmwareSpec,
  { report = silent, signal, refresh, apt }: FirmwareOptions = {},
): Promise<Firmware & { readonly wasBuilt: boolean }> => {
  const { variables = {} } = spec
  const [tas, toolchain] = await Promise.all([readTas(spec.tas ?? []), findToolchain('arm64', signal)])
  const onWait = (holder: string) =>
    report({ kind: 'note', text: `Waiting for ${holder}, which is building firmware.` })
  return await withLock(
    'firmware',
    async () => {
      const options = { report, signal, refresh, apt }
      const debian = { kind: 'debian' } as const
      const tfa = await prepare(parts.tfa, spec.tfa ?? debian, options)
      const optee = await prepare(parts.optee, spec.optee ?? debian, options)
      const uboot = await prepare(parts.uboot, spec.uboot ?? debian, options)
      const made: Plan = { tfa, optee, uboot, tas, variables, toolchain }
      const key = contentKey([
        RECIPE,
        ...[tfa, optee, uboot].map(part => part.key),
        [opteeFlags, tfaFlags],
        tas.map(ta => [ta.name, ta.key]),
        variables,
        toolchain.id,
      ])
      const known = await readFirmware(key)
      if (known) return { ...known, wasBuilt: true }
      await step(report, 'build TF-A and OP-TEE', update => makeAll(key, made, text => update(text), signal))
      const built = await readFirmware(key)
      if (!built) throw new Error(`The build of firmware ${key} ended without a record`)
      return { ...built, wasBuilt: false }
    },
    { signal, onWait },
  )
}

interface Plan {
  readonly tfa: Prepared
  readonly optee: Prepared
  readonly uboot: Prepared
  readonly tas: readonly TaSource[]
  readonly variables: Readonly<Record<string, string>>
  readonly toolchain: Toolchain
}

const makeAll = async (
  key: string,
  { tfa, optee, uboot, tas, variables, toolchain }: Plan,
  update: (text: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const job = { toolchain, signal, update }
  // Products of the same sources stay where they are, so that a changed trusted application costs a link.
  const work = (part: string, ...of: readonly unknown[]) =>
    cachePath('firmware', 'work', `${part}-${contentKey([WORK, toolchain.id, ...of]).slice(0, 12)}`)
  const core = work('optee', optee.key, opteeFlags)
  const makeOptee = (...args: readonly string[]) =>
    make({
      ...job,
      title: 'OP-TEE',
      source: optee.tree,
      output: core,
      args: [
        `O=${core}`,
        `CROSS_COMPILE64=${crossCompile('arm64')}`,
        `TEE_IMPL_VERSION=${optee.version}`,
        ...opteeFlags,
        ...args,
      ],
    })
  await makeOptee('ta_dev_kit')
  const built: BuiltTa[] = []
  for (const ta of tas) {
    const output = work(`ta-${ta.name}`, optee.key, opteeFlags, ta.key, variables)
    built.push(await buildTa(ta, join(core, 'export-ta_arm64'), variables, { ...job, output }))
  }
  await unlink(join(core, 'core'), /^(all_objs|unpaged|init)\.o$|^tee.*\.(elf|bin)$|^early_ta_/)
  await makeOptee('all', `EARLY_TA_PATHS=${built.map(({ elf }) => elf).join(' ')}`)

  const bl33 = cachePath('firmware', 'work', `u-boot-${uboot.key.slice(0, 12)}.bin`)
  await writeFile(bl33, withoutDelay(await readFile(join(uboot.tree, parts.uboot.landmarks[0]))))

  const output = work('tfa', tfa.key, tfaFlags)
  const product = join(output, 'qemu', 'release')
  await unlink(product, /^(fip\.bin|qemu_fw\..*)$/)
  const bin = (name: string) => join(core, 'core', name)
  await make({
    ...job,
    title: 'TF-A',
    source: tfa.tree,
    output,
    args: [
      `BUILD_BASE=${output}`,
      `CROSS_COMPILE=${crossCompile('arm64')}`,
      `BUILD_STRING=${tfa.version}`,
      'BUILD_MESSAGE_TIMESTAMP="kseries"',
      ...tfaFlags,
      `BL32=${bin('tee-header_v2.bin')}`,
      `BL32_EXTRA1=${bin('tee-pager_v2.bin')}`,
      `BL32_EXTRA2=${bin('tee-pageable_v2.bin')}`,
      `BL33=${bl33}`,
      'all',
      'fip',
    ],
  })

  const record: FirmwareRecord = {
    key,
    origins: { tfa: tfa.origin, optee: optee.origin, uboot: uboot.origin },
    tas: built.map(({ name, uuid }) => ({ name, uuid })),
    variables,
  }
  await makeDirAtomic(firmwareDir(key), async temporary => {
    await copyFile(join(product, 'qemu_fw.bios'), join(temporary, 'qemu_fw.bios'))
    await copyFile(bin('tee.elf'), join(temporary, 'tee.elf'))
    for (const { uuid, elf } of built) await copyFile(elf, join(temporary, `${uuid}.elf`))
    await writeFile(join(temporary, recordName), `${JSON.stringify(record, null, 2)}\n`)
  })
}

/** U-Boot that does not wait two seconds for a key before it boots: its default environment is in it as text. */
const withoutDelay = (uboot: Buffer): Buffer => {
  const patient = Buffer.from('\0bootdelay=2\0')
  const at = uboot.indexOf(patient)
  if (at < 0) return uboot
  const prompt = Buffer.from(uboot)
  prompt.write('\0bootdelay=0\0', at)
  return prompt
}

/** Deletes what make would take for up to date although it is made of other files now: their list is no prerequisite of it. */
const unlink = async (folder: string, names: RegExp): Promise<void> => {
  if (!(await exists(folder))) return
  const old = (await readdir(folder)).filter(name => names.test(name))
  await Promise.all(old.map(name => rm(join(folder, name), { recursive: true })))
}

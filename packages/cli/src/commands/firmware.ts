import { type Firmware, parseFirmwareSource } from '@kseries/firmware'
import { ExitCode } from '@kseries/host'
import { testFirmware } from '../run/firmware.ts'
import { firmwareText } from '../ui/firmware.ts'
import { chooseView, runStages } from '../ui/stage.ts'
import { setupStage } from './setup.ts'

interface FirmwareCommandOptions {
  readonly optee: string
  readonly tfa: string
  /** Folders; false: none. */
  readonly ta?: readonly string[] | boolean
  readonly production?: boolean
  readonly refresh?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

/**
 * `kseries firmware`: builds TF-A and OP-TEE, and says what of and where they are.
 * @throws FirmwareSourceSyntax, and what buildFirmware() throws
 */
export const firmware = async (options: FirmwareCommandOptions, signal: AbortSignal): Promise<ExitCode> => {
  const { ta, production, refresh } = options
  const spec = {
    optee: parseFirmwareSource(options.optee),
    tfa: parseFirmwareSource(options.tfa),
    ...(Array.isArray(ta) && { tas: ta }),
    ...(ta === false && { tas: [] }),
    ...(production && { variables: {} }),
  }
  const context: { built?: Firmware & { readonly wasBuilt: boolean } } = {}
  await runStages<typeof context>(
    [
      setupStage(['arm64'], signal, { firmware: true }),
      {
        title: 'firmware',
        work: async (it, report) => {
          it.built = await testFirmware(spec, { report, signal, refresh })
          return firmwareText(it.built)
        },
      },
    ],
    context,
    chooseView(options),
  )
  const { built } = context
  if (!built) return ExitCode.infra
  process.stdout.write(options.json ? `${JSON.stringify({ type: 'firmware', ...built })}\n` : `${text(built)}\n`)
  return ExitCode.ok
}

const text = ({ bios, origins, tas, variables }: Firmware): string =>
  [
    `TF-A     ${origins.tfa}`,
    `OP-TEE   ${origins.optee}`,
    `U-Boot   ${origins.uboot}`,
    ...tas.map(({ name, uuid }) => `TA       ${uuid} ${name}`),
    ...Object.entries(variables).map(([name, value]) => `TA with  ${name}=${value}`),
    bios,
  ].join('\n')

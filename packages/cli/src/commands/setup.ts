import { ExitCode } from '@kseries/host'
import { installRequirements } from '../setup/install.ts'
import type { HostArch, RequirementOptions } from '../setup/requirements.ts'
import { chooseView, runStages } from '../ui/stage.ts'

/** `kseries setup`: installs the Debian packages that are missing, saying first what and why. */
export const setup = async (
  options: RequirementOptions & {
    readonly arch: readonly HostArch[]
    readonly json?: boolean
    readonly quiet?: boolean
  },
  signal: AbortSignal,
): Promise<ExitCode> => {
  await runStages(
    [setupStage(options.arch, signal, { mail: options.mail, firmware: options.firmware, check: true })],
    {},
    chooseView(options),
  )
  return ExitCode.ok
}

/** The stage that other commands begin with. */
export const setupStage = (arches: readonly HostArch[], signal: AbortSignal, options: RequirementOptions = {}) => ({
  title: 'Debian packages',
  work: async (_: unknown, report: Parameters<typeof installRequirements>[1]['report']) => {
    const installed = await installRequirements(arches, { ...options, report, signal })
    return installed.length === 0 ? 'all there' : `installed ${installed.join(' ')}`
  },
})

import { ExitCode } from '@kseries/host'
import { doctorTable, examine } from '../setup/doctor.ts'
import type { HostArch } from '../setup/requirements.ts'

/** `kseries doctor`: says what is there and what is missing; changes nothing. Exit 4 if something is missing. */
export const doctor = async (
  options: { readonly arch: readonly HostArch[]; readonly firmware?: boolean; readonly json?: boolean },
  signal: AbortSignal,
): Promise<ExitCode> => {
  const findings = await examine(options.arch, { firmware: options.firmware }, signal)
  const missing = findings.filter(({ state }) => state === 'missing')
  if (options.json) {
    for (const finding of findings) process.stdout.write(`${JSON.stringify({ type: 'finding', ...finding })}\n`)
  } else {
    const verdict =
      missing.length === 0
        ? 'Ready.'
        : `${missing.length} missing. \`./kseries setup\` installs what Debian packages can bring; \`./kseries run\` does so by itself.`
    process.stdout.write(`${doctorTable(findings)}\n\n${verdict}\n`)
  }
  return missing.length === 0 ? ExitCode.ok : ExitCode.infra
}

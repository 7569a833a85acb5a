import { aptInstall, aptMissing, type Report, step } from '@kseries/host'
import { type HostArch, type RequirementOptions, requirements } from './requirements.ts'

/** What is missing for these architectures: each requirement with the packages that are not installed; empty if all is there. */
export const missingRequirements = async (
  arches: readonly HostArch[],
  options: RequirementOptions = {},
  signal?: AbortSignal,
) => {
  const wanted = requirements(arches, options)
  const missing = new Set(
    await aptMissing(
      wanted.flatMap(({ packages }) => packages),
      signal,
    ),
  )
  return wanted
    .map(requirement => ({ ...requirement, packages: requirement.packages.filter(name => missing.has(name)) }))
    .filter(({ packages }) => packages.length > 0)
}

/**
 * Installs what is missing, saying first what and why.
 * @returns the packages installed; empty when nothing was missing.
 * @throws AptFailed
 */
export const installRequirements = async (
  arches: readonly HostArch[],
  { report, signal, ...options }: RequirementOptions & { readonly report: Report; readonly signal?: AbortSignal },
): Promise<string[]> => {
  const missing = await missingRequirements(arches, options, signal)
  if (missing.length === 0) return []
  for (const { what, why, packages } of missing) {
    report({ kind: 'note', text: `missing: ${what} (${why}): apt-get install ${packages.join(' ')}` })
  }
  const packages = [...new Set(missing.flatMap(requirement => requirement.packages))]
  await step(report, `apt-get install ${packages.join(' ')}`, update =>
    aptInstall(packages, { onLine: line => update(line), ...(signal && { signal }) }),
  )
  return packages
}

/** Lint and format check of the whole repository: oxlint, then Biome. Exit 1 if either finds something. */
import { run } from '@kseries/host'

const checks = [
  ['oxlint', '--deny-warnings'],
  ['biome', 'ci', '--colors=off', '--max-diagnostics=40'],
] as const

let failed = false
for (const [tool, ...args] of checks) {
  const { exitCode, stdout, stderr } = await run(tool, args, { okCodes: [0, 1] })
  if (exitCode !== 0) console.log(`${stdout}\n${stderr}`.trim())
  console.log(`${tool}: ${exitCode === 0 ? 'clean' : 'findings, see above'}`)
  failed ||= exitCode !== 0
}
process.exit(failed ? 1 : 0)

import { enableCompileCache } from 'node:module'
import { cachePath, ExitCode, KseriesError } from '@kseries/host'
import { CommanderError } from 'commander'

// Stripped and compiled sources are kept: a run with nothing to do is mostly loading them.
enableCompileCache(cachePath('compile'))
const { program } = await import('./program.ts')

const abort = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The second request ends us at once; keeper.sh then ends what we started.
    if (abort.signal.aborted) process.exit(ExitCode.interrupted)
    process.stderr.write(`\nkseries: ${signal}: ending what was started (once more to leave at once)\n`)
    abort.abort(new Error(signal))
  })
}

try {
  process.exitCode = await program(process.argv.slice(2), abort.signal)
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.usage
  } else if (error instanceof KseriesError) {
    process.stderr.write(`kseries: ${error.message}\n${error.hint ? `  -> ${error.hint}\n` : ''}`)
    process.exitCode = abort.signal.aborted ? ExitCode.interrupted : error.exitCode
  } else {
    process.stderr.write(
      `kseries: this is a defect of kseries itself:\n${error instanceof Error ? error.stack : error}\n`,
    )
    process.exitCode = ExitCode.infra
  }
}

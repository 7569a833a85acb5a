import { ExitCode, KseriesError } from '@kseries/host'
import { CommanderError } from 'commander'

const abort = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The second request ends us at once; keeper.sh then ends what we started.
    if (abort.signal.aborted) process.exit(ExitCode.interrupted)
    process.stderr.write(`\nkseries: ${signal}: ending what was started (once more to leave at once)\n`)
    abort.abort(new Error(signal))
  })
}

/** A failure as the caller sees it: words on standard error, and with `--json` an event as well. */
const tell = (code: ExitCode, message: string, hint?: string) => {
  process.stderr.write(`kseries: ${message}\n${hint ? `  -> ${hint}\n` : ''}`)
  if (process.argv.includes('--json'))
    process.stdout.write(`${JSON.stringify({ type: 'error', exitCode: code, message, hint })}\n`)
  process.exitCode = code
}

const tellDefect = (error: unknown) =>
  tell(
    ExitCode.infra,
    `this is a defect of kseries itself:\n${error instanceof Error ? error.stack : error}`,
    'What was complete stays usable; run the same command again.',
  )

process.on('unhandledRejection', error => {
  tellDefect(error)
  process.exit()
})

try {
  const { program } = await import('./program.ts')
  process.exitCode = await program(process.argv.slice(2), abort.signal)
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? ExitCode.ok : ExitCode.usage
  } else if (error instanceof KseriesError) {
    tell(abort.signal.aborted ? ExitCode.interrupted : error.exitCode, error.message, error.hint)
  } else if (abort.signal.aborted) tell(ExitCode.interrupted, 'interrupted')
  else tellDefect(error)
}

import test, { type ExecutionContext } from 'ava'
import { proveSandbox, SandboxUnavailable } from '../src/index.ts'

const why = await proveSandbox().then(
  () => undefined,
  (error: unknown) => {
    if (error instanceof SandboxUnavailable) return error.message
    throw error
  },
)

/**
 * ava's test.serial for what runs in the sandbox, skipped with the reason on a machine that has none. Serial, since what runs there is
 * all one user's, and a test that meets the limit on processes would meet it for the others, too.
 */
export const withSandbox = (title: string, body: (t: ExecutionContext) => Promise<void>): void => {
  if (why === undefined) test.serial(title, body)
  else test.serial.skip(`${title} (${why})`, body)
}

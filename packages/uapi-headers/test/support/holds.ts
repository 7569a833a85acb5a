import type { ExecutionContext } from 'ava'
import * as fc from 'fast-check'

/**
 * Checks a property; a failure says why, and with which seed it comes again, without printing the values: of hundreds of
 * structs at once they fill pages.
 */
export const holds = async <T>(
  t: ExecutionContext,
  property: fc.IAsyncProperty<T> | fc.IProperty<T>,
  parameters: fc.Parameters<T>,
): Promise<void> => {
  const { failed, seed, counterexamplePath, errorInstance } = await fc.check(property, parameters)
  if (!failed) {
    t.pass()
    return
  }
  const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  t.fail(`seed ${seed}, path '${counterexamplePath}': ${why.slice(0, 4000)}`)
}

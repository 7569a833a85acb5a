import { ExitCode, KseriesError } from '@kseries/host'
import type { AbiDescription } from './layout.ts'

/** Constants or structs are used and nobody has said of which ABI. */
export class AbiNotBound extends KseriesError {
  constructor(what: string) {
    super(`Cannot tell ${what}: no ABI is bound`, {
      hint: '`kseries` sets KSERIES_ABI for the tests it runs; elsewhere call bindAbi(description) before the generated file is imported.',
      exitCode: ExitCode.usage,
    })
  }
}

/** KSERIES_ABI names a file that is no description. */
export class BadAbiFile extends KseriesError {
  constructor(path: string, cause: unknown) {
    super(`Cannot read the ABI as KSERIES_ABI must name a description made by describeAbi(): it is '${path}'`, {
      cause,
    })
  }
}

const near = (name: string, all: readonly string[]): string => {
  const folded = name.toLowerCase()
  const stem = folded.slice(0, Math.max(3, folded.lastIndexOf('_')))
  const found = all.filter(one => one.toLowerCase().startsWith(stem)).slice(0, 12)
  return found.length === 0 ? '' : ` Near: ${found.join(', ')}.`
}

/** The headers define no such constant for this ABI. */
export class UnknownConstant extends KseriesError {
  readonly constant: string

  constructor({ abi, constants }: AbiDescription, name: string) {
    const all = Object.values(constants).flatMap(group => Object.keys(group))
    super(`Cannot find the constant '${name}' in the headers of ${abi}.`, {
      hint: `Is its header among those described, and was the kernel tree given?${near(name, all)}`,
      exitCode: ExitCode.usage,
    })
    this.constant = name
  }
}

/** The headers define no such struct or union for this ABI. */
export class UnknownStruct extends KseriesError {
  readonly struct: string

  constructor({ abi, records }: AbiDescription, name: string) {
    super(`Cannot find the struct or union '${name}' in the headers of ${abi}.`, {
      hint: `Is its header among those described?${near(name, Object.keys(records))}`,
      exitCode: ExitCode.usage,
    })
    this.struct = name
  }
}

/** A constant is of another kind than when the generated file was made. */
export class StaleTypes extends KseriesError {
  constructor(name: string, value: unknown, wanted: string) {
    super(
      `Cannot use the constant '${name}' as the generated file says that it must be a ${wanted}: it is ${String(value)}`,
      {
        hint: 'Make the generated file anew.',
        exitCode: ExitCode.usage,
      },
    )
  }
}

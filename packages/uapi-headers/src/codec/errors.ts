import { inspect } from 'node:util'
import { ExitCode, KseriesError } from '@kseries/host'

/** Something about one member of a struct. */
abstract class MemberError extends KseriesError {
  /** "sockaddr_alg.salg_type", "tee_ioctl_invoke_arg.params[2].a". */
  readonly member: string

  constructor(member: string, message: string, hint?: string) {
    super(message, { exitCode: ExitCode.usage, ...(hint === undefined ? {} : { hint }) })
    this.member = member
  }
}

/** A value was given for a member that the struct does not have. */
export class UnknownMember extends MemberError {
  constructor(member: string, record: string, known: readonly string[]) {
    super(member, `Cannot encode '${member}': ${record} has no such member; it has ${known.join(', ') || 'none'}`)
  }
}

/** A value does not fit its member: too large, too long, or of another type. */
export class ValueOutOfRange extends MemberError {
  readonly value: unknown

  constructor(member: string, value: unknown, wanted: string) {
    super(member, `Cannot encode '${member}' as it must be ${wanted}: it is ${show(value)}`)
    this.value = value
  }
}

/** Two members of a union were given, and they want different bits in the same place. */
export class UnionConflict extends MemberError {
  constructor(member: string, other: string) {
    super(
      member,
      `Cannot encode '${member}' together with '${other}': they share their bytes and differ in them`,
      'Give one member of a union, or leave out those that came with a decoded value.',
    )
  }
}

/** Bytes end before the struct does. */
export class ShortBuffer extends MemberError {
  readonly length: number
  readonly needed: number

  constructor(record: string, length: number, needed: number, why = '') {
    super(record, `Cannot decode '${record}' from ${length} bytes: it needs ${needed}${why}`)
    this.length = length
    this.needed = needed
  }
}

const show = (value: unknown): string =>
  inspect(value, { depth: 1, maxArrayLength: 8, maxStringLength: 80, breakLength: Infinity })

/**
 * An error on its way out of nested codecs: each adds its part in front of the path, so that nothing is paid for paths
 * while all is well.
 */
export class Fault {
  path: string
  readonly make: (member: string) => KseriesError

  constructor(path: string, make: (member: string) => KseriesError) {
    this.path = path
    this.make = make
  }
}

/** For codecs: this value is not `wanted`. */
export const outOfRange = (value: unknown, wanted: string): Fault =>
  new Fault('', member => new ValueOutOfRange(member, value, wanted))

/** Runs `work`; a Fault that comes out of it gets `part` in front of its path. */
export const within = <T>(part: string, work: () => T): T => {
  try {
    return work()
  } catch (error) {
    if (error instanceof Fault) error.path = part + error.path
    throw error
  }
}

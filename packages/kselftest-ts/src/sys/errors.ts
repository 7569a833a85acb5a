import { ExitCode, KseriesError } from '@kseries/host'
import { errnoMeaning, errnoName } from './errno.ts'

/** A system call in the guest failed. What tests of errors look at: `{ code: 'EOPNOTSUPP' }`. */
export class SyscallError extends KseriesError {
  /** 'EOPNOTSUPP' */
  readonly code: string
  /** 95 */
  readonly errno: number
  /** 'read' */
  readonly syscall: string
  /** The arguments as they were shown in the message: '5, 16'. */
  readonly args: string

  constructor(syscall: string, args: string, errno: number) {
    const meaning = errnoMeaning(errno)
    super(`${syscall}(${args}) failed: ${errnoName(errno)}${meaning && ` (${meaning})`}`, {
      exitCode: ExitCode.verdict,
    })
    this.code = errnoName(errno)
    this.errno = errno
    this.syscall = syscall
    this.args = args
  }
}

/** A program was stopped by `cancel()` between two of its calls, or before its first. */
export class ProgramCancelled extends KseriesError {
  readonly code = 'EINTR'

  constructor(after: number) {
    super(`The program was cancelled after ${after} of its operations`, { exitCode: ExitCode.verdict })
  }
}

/** The program cannot be sent: too many operations, too much data. */
export class ProgramTooLarge extends KseriesError {
  constructor(what: string, size: number, limit: number) {
    super(`Cannot run a program with ${size} ${what}: at most ${limit} fit`, {
      hint: 'Keep large data in the guest (sys.alloc), or make two programs of it.',
      exitCode: ExitCode.usage,
    })
  }
}

/** A constant or a system call that the headers of this kernel do not have on this ABI. */
export class UnknownName extends KseriesError {
  constructor(kind: 'constant' | 'system call', name: string, abi: string) {
    super(`Cannot use '${name}': the headers know no such ${kind} on ${abi}`, {
      hint:
        kind === 'constant'
          ? "Add the header to the series' `uapi`, or give the number."
          : 'Some ABIs lack old calls (arm64 has openat and no open): use the newer one, or its method of sys.',
      exitCode: ExitCode.usage,
    })
  }
}

/** A call that would take the agent's own worker apart. */
export class ForbiddenCall extends KseriesError {
  constructor(name: string, instead: string) {
    super(`Cannot make the system call '${name}' by itself: its child would go on in the agent's code`, {
      hint: `Use ${instead}.`,
      exitCode: ExitCode.usage,
    })
  }
}

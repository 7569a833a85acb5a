import { ExitCode, KseriesError } from '@kseries/host'
import { describe, type Verdict, exitCode as verdictExitCode } from './verdict.ts'

/** An initramfs entry that no kernel would unpack as meant. */
export class CpioEntryInvalid extends KseriesError {
  readonly path: string

  constructor(path: string, must: string, is: string) {
    super(`Cannot pack '${path}' into an initramfs: it must ${must}, it is ${is}`, { exitCode: ExitCode.usage })
    this.path = path
  }
}

/** A board was asked for that is not of the image's architecture. */
export class BoardUnfit extends KseriesError {
  constructor(board: string, arch: string, is: string) {
    super(`Cannot boot an ${arch} kernel on '${board}': the board must be of that architecture, it is ${is}`, {
      hint: 'x86_64 boots on microvm and q35, arm64 on virt.',
      exitCode: ExitCode.usage,
    })
  }
}

/** The kernel or the initramfs to boot is not there. */
export class BootFileMissing extends KseriesError {
  readonly path: string

  constructor(what: string, path: string, cause: unknown) {
    super(`Cannot boot: the ${what} must be a readable file, it is '${path}'`, { exitCode: ExitCode.usage, cause })
    this.path = path
  }
}

/** There is no QEMU for the architecture. */
export class QemuMissing extends KseriesError {
  readonly debianPackage: string

  constructor(program: string, debianPackage: string) {
    super(`Cannot start a machine: no program '${program}' on PATH`, {
      hint: `Install it: apt-get install --no-install-recommends ${debianPackage}`,
    })
    this.debianPackage = debianPackage
  }
}

/** QEMU ended, or said nothing, before the machine was powered on: an argument it refuses, no memory, no permission. */
export class QemuStartFailed extends KseriesError {
  readonly stderr: string

  constructor(program: string, how: string, stderr: string) {
    super(`Cannot start ${program}: it ${how}${stderr.trim() ? `:\n${stderr.trim()}` : ' without a word'}`)
    this.stderr = stderr
  }
}

/** QEMU refused a command on its control socket, or the socket is closed. */
export class QmpFailed extends KseriesError {
  constructor(command: string, why: string) {
    super(`QEMU cannot do '${command}': ${why}`)
  }
}

/** Something was typed on the console of a machine that has gone. */
export class ConsoleClosed extends KseriesError {
  constructor() {
    super('Cannot write to the console: the machine has gone')
  }
}

/** The machine has no byte stream of that name. */
export class ChannelMissing extends KseriesError {
  constructor(name: string, there: readonly string[]) {
    super(`Cannot open the channel '${name}': it must be one of the machine's, which are ${there.join(', ') || 'none'}`)
  }
}

/** The machine did not come to where its caller waits for it; `verdict` says how it ended. */
export class BootFailed extends KseriesError {
  readonly verdict: Verdict

  constructor(verdict: Verdict, logPath: string) {
    super(`Cannot boot: ${describe(verdict)}`, {
      hint: `The whole console is in ${logPath}`,
      exitCode: verdictExitCode(verdict),
    })
    this.verdict = verdict
  }
}

/** A board with a secure world was given no firmware. */
export class FirmwareNotGiven extends KseriesError {
  constructor(board: string) {
    super(
      `Cannot boot the board '${board}': it was given no firmware, and has nothing to run in its secure world without`,
      {
        hint: 'Give MachineSpec.firmware: `kseries firmware` builds one.',
        exitCode: ExitCode.usage,
      },
    )
  }
}

/** A machine's memory cannot be read as one piece. */
export class MemoryInPieces extends KseriesError {
  constructor(memory: number, most: number) {
    super(`Cannot read the memory of a machine with ${memory} MiB: an x86 board must have at most ${most}`, {
      exitCode: ExitCode.usage,
    })
  }
}

/** The memory of a machine is being read already. */
export class MemoryBusy extends KseriesError {
  constructor() {
    super('Cannot read the memory of a machine twice at the same time: the guest must stand still meanwhile')
  }
}

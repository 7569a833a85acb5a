export { type ProveOptions, proveAccelerator } from './accelerator.ts'
export { acceleratorFor } from './accelerator-for.ts'
export { boardsOf, isSecure, qemuFor } from './boards.ts'
export { type BootOptions, boot, consoleSays } from './boot.ts'
export { bootVerdict, exitVerdict } from './boot-verdict.ts'
export { bothWorlds, type WatchedConsole } from './both-worlds.ts'
export { Console, type ConsoleListener, type TextOf } from './console.ts'
export type { ConsoleInput } from './console-wires.ts'
export { devConsole, type InitramfsEntry, type InitramfsOptions, initramfs } from './cpio.ts'
export {
  BoardUnfit,
  BootFailed,
  BootFileMissing,
  ChannelMissing,
  ConsoleClosed,
  CpioEntryInvalid,
  FirmwareNotGiven,
  MemoryBusy,
  MemoryInPieces,
  QemuMissing,
  QemuStartFailed,
  QmpFailed,
} from './errors.ts'
export type { Finding, FindingKind } from './finding.ts'
export { folderEntries } from './folder-entries.ts'
export { type Channel, Machine, type MachineExit } from './machine.ts'
export type { Memory, MemoryPiece } from './memory.ts'
export { qemuIdentity } from './qemu-identity.ts'
export { Qmp, type QmpEvent } from './qmp.ts'
export {
  type Accelerator,
  type AcceleratorKind,
  type Arch,
  type Board,
  defaultBoard,
  type MachineSpec,
} from './spec.ts'
export {
  bareInit,
  powerOff,
  reset,
  say,
  type TinyArg,
  type TinyCall,
  type TinyStep,
  tinyProgram,
} from './tiny-program.ts'
export { describe, exitCode, type Verdict, worst } from './verdict.ts'
export { type ConsoleEvent, type ConsoleLine, ConsoleWatch, type ConsoleWatchOptions } from './watch/console-watch.ts'

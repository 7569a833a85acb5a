/** What host and agent say to each other; agent/messages.h is the other half. */
export const Message = {
  run: 1,
  open: 2,
  kill: 3,
  cancel: 4,
  ping: 5,
  info: 65,
  result: 66,
  opened: 67,
  gone: 68,
  refused: 69,
  pong: 70,
} as const

export const PROTOCOL = 1

/** Bytes before a program's data. */
export const PROGRAM_HEADER = 24
/** Bytes before a result's values. */
export const RESULT_HEADER = 12

/** A small message of 32-bit words. */
export const words = (kind: number, ...values: readonly number[]): Uint8Array => {
  const bytes = Buffer.alloc(4 + 4 * values.length)
  bytes[0] = kind
  values.forEach((value, index) => bytes.writeUInt32LE(value >>> 0, 4 + 4 * index))
  return bytes
}

const abiNames: Readonly<Record<number, string>> = { 1: 'x86_64', 2: 'i386', 3: 'arm64', 4: 'arm' }

/** What an agent says of itself when a session begins. */
export interface AgentInfo {
  readonly protocol: number
  readonly abi: string
  /** It is PID 1. */
  readonly isInit: boolean
  readonly pid: number
  /** Workers at a time. */
  readonly slots: number
  /** Bytes of a program, and of what it gives back, at most. */
  readonly programBytes: number
  /** Bytes of programs in one worker's queue, at most. */
  readonly queueBytes: number
  /** Operations in a program, at most. */
  readonly operations: number
  /** Milliseconds from the kernel's start to this. */
  readonly uptime: number
}

/** Reads the message that opens a session. */
export const parseInfo = (message: Uint8Array): AgentInfo => {
  const view = new DataView(message.buffer, message.byteOffset, message.length)
  const word = (index: number) => view.getUint32(4 + 4 * index, true)
  return {
    protocol: view.getUint8(1),
    abi: abiNames[view.getUint8(2)] ?? `ABI ${view.getUint8(2)}`,
    isInit: (view.getUint8(3) & 1) !== 0,
    pid: word(0),
    slots: word(1),
    programBytes: word(2),
    queueBytes: word(3),
    operations: word(4),
    uptime: word(5) / 1000,
  }
}

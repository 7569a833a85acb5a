import type { Duplex } from 'node:stream'
import type { CodecName } from '../framing/codec.ts'
import type { Transport } from '../transport.ts'

/** A report of the kernel on the console, as the owner's console watch makes them. */
export interface GuestFinding {
  /** 'warn', 'kasan', 'panic', … */
  readonly kind: string
  readonly title: string
  readonly text: string
  /** The number of its first line on the console. */
  readonly consoleLine?: number
}

export type GuestConsoleEvent =
  | { readonly kind: 'line'; readonly line: { readonly number: number; readonly text: string } }
  | { readonly kind: 'finding'; readonly finding: GuestFinding }

/** A watched console. */
export interface GuestConsole {
  /** Calls for each event from now on. @returns the way to stop it. */
  listen(listener: (event: GuestConsoleEvent) => void): () => void
  /** What was reported so far: while it booted. */
  readonly findings?: readonly GuestFinding[]
  /** Has reports that wait for more lines be taken as they are. */
  settle?(): void
}

/** A part of a guest's memory, at a guest-physical address. */
export interface MemoryPiece {
  readonly address: bigint
  readonly bytes: Uint8Array
}

/** A guest's memory, read from outside. */
export interface OutsideMemory {
  /** All of it, from the lowest address up. The guest stands still until the last one was taken, or no more are wanted. */
  pieces(): AsyncIterable<MemoryPiece>
}

/** A machine with an agent in it. */
export interface Guest {
  /** The line to the agent. */
  readonly transport: Transport | Duplex
  /** @default 'binary': the line is the agent's own */
  readonly codec?: CodecName | undefined
  /** Without one, findings are charged to nobody. */
  readonly console?: GuestConsole | undefined
  /** On a shared console: what is not the agent's. */
  readonly onText?: ((bytes: Uint8Array) => void) | undefined
  /** Resolves when the machine has ended, with how: 'reset', 'killed', … */
  readonly exited?: Promise<{ readonly kind: string }> | undefined
  /** What writes to the kernel's log. @default '/dev/kmsg' */
  readonly kmsg?: string | undefined
  /** Without it, nothing can be found in there. */
  readonly memory?: OutsideMemory | undefined
}

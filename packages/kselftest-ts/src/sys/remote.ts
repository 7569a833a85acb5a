import { Program } from '../program/program.ts'
import type { Resolved } from '../program/ref.ts'
import type { HasFd, Value } from '../program/values.ts'

/** What of a program is no call of its own. */
type Construction =
  | 'abi'
  | 'out'
  | 'inout'
  | 'patched'
  | 'word'
  | 'settled'
  | 'repeat'
  | 'barrier'
  | 'call'
  | 'resultOf'
  | 'data'
  | 'area'
  | 'segment'
  | 'copy'
  | 'store'
  | 'cloneWorker'
  | 'end'
  | 'argOf'
  | 'encode'
  | 'decode'
  | 'describe'

type Calls = Omit<Program, Construction | 'poll' | 'syscall'>

type Remote<F> = F extends (...args: infer A) => infer R ? (...args: A) => Promise<Resolved<R>> : never

export interface PollEntry {
  readonly fd: number | HasFd
  readonly events: number | string
}

/** Each call of a program as a method that answers by itself. Overloads do not survive the mapping: those are written out. */
export type RemoteCalls = { readonly [K in keyof Calls]: Remote<Calls[K]> } & {
  /** Any other system call, by name. */
  syscall(name: string, ...args: readonly Value[]): Promise<number>
  /** For one descriptor: what happened to it; 0 when the time was up. `timeout` in milliseconds, -1 for ever. */
  poll(fd: number | HasFd, events: number | string, timeout: number): Promise<number>
  /** For several: the same list, with `revents`. */
  poll<R extends PollEntry>(
    requests: readonly R[],
    timeout: number,
  ): Promise<readonly (R & { readonly revents: number })[]>
}

interface RunsPrograms {
  program(build: (program: Program) => unknown): Promise<unknown>
}

/** The methods of Program, its own and those it has by descent. */
const methods = (prototype: object): string[] =>
  prototype === Object.prototype
    ? []
    : [...Object.getOwnPropertyNames(prototype), ...methods(Object.getPrototypeOf(prototype) as object)]

const make = (): (abstract new () => RemoteCalls) => {
  abstract class Base implements RunsPrograms {
    abstract program(build: (program: Program) => unknown): Promise<unknown>
  }
  for (const name of new Set(methods(Program.prototype))) {
    if (name === 'constructor') continue
    Object.defineProperty(Base.prototype, name, {
      async value(this: RunsPrograms, ...args: readonly unknown[]) {
        return await this.program(p => {
          const call = (p as unknown as Record<string, (...all: readonly unknown[]) => unknown>)[name]
          return call?.apply(p, args as unknown[])
        })
      },
    })
  }
  return Base as unknown as abstract new () => RemoteCalls
}

/** Gives a class with a `program` method each of Program's calls. */
export const RemoteBase = make()

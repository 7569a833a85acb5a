import type { Arch } from '@kseries/kernel'
import type { Board } from '@kseries/machine'

/** A machine that is more than its architecture's board. */
export interface MachineKind {
  readonly arch: Arch
  readonly board: Board
  /** Fragments of qemu/configs that its kernel is configured with besides. */
  readonly fragments: readonly string[]
}

/** What `--machine` takes. */
export const machines = {
  'qemu-arm64-optee': { arch: 'arm64', board: 'virt-secure', fragments: ['optee'] },
} as const satisfies Record<string, MachineKind>

export type MachineName = keyof typeof machines

export const machineNames = Object.keys(machines) as MachineName[]

/** The machine of that name, or undefined for none. */
export const machineOf = (name: MachineName | undefined): MachineKind | undefined => name && machines[name]

/** Options with the architecture of the machine, if one is named. */
export const withMachine = <Options extends { readonly arch: Arch; readonly machine?: MachineName }>(
  options: Options,
): Options => ({ ...options, arch: machineOf(options.machine)?.arch ?? options.arch })

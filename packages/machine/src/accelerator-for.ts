import { type ProveOptions, proveAccelerator } from './accelerator.ts'
import { isSecure } from './boards.ts'
import type { Accelerator, MachineSpec } from './spec.ts'

/**
 * What runs a machine: the proven accelerator of its architecture, or TCG, which alone emulates a secure world.
 * @throws what proveAccelerator() throws
 */
export const acceleratorFor = async (
  { arch, board }: Pick<MachineSpec, 'arch' | 'board'>,
  options: ProveOptions = {},
): Promise<Accelerator> =>
  isSecure(board) ? { kind: 'tcg', why: 'only TCG emulates a secure world' } : await proveAccelerator(arch, options)

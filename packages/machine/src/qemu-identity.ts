import { realpath, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { qemuFor } from './boards.ts'
import type { Arch } from './spec.ts'

/**
 * What tells the QEMU of an architecture from another: path, size and time of the program on PATH; 'none' without one. A
 * new QEMU is a new file; asking it for its version would cost 30 ms of each boot.
 */
export const qemuIdentity = async (arch: Arch): Promise<string> => {
  const { program } = qemuFor(arch)
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    try {
      const path = await realpath(join(folder, program))
      const { size, mtimeMs } = await stat(path)
      return `${path}:${size}:${mtimeMs}`
    } catch {
      // Not in this folder.
    }
  }
  return 'none'
}

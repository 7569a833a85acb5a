/** The dma-bufs that are decrypted into, and how a test learns what is in one that nobody may read. */

import type { Program, Ref, Sys } from '@kseries/kselftest-ts'
import { DMA_HEAP_IOCTL_ALLOC, dma_heap_allocation_data, O_CLOEXEC, O_RDWR } from './uapi.gen.ts'

/** "securekey-test" says of its buffers that they are protected; "system" hands out ordinary memory. */
export type Heap = 'securekey-test' | 'system'

export interface BufferOptions {
  /** @default 'securekey-test' */
  heap?: Heap
  /** How its descriptor is open. @default O_RDWR */
  access?: number
}

/** Adds the allocation of a buffer to a program. */
export const allocateIn = (p: Program, length: number, options: BufferOptions = {}): Ref<Uint8Array> => {
  const { heap = 'securekey-test', access = O_RDWR } = options
  const device = p.open(`/dev/dma_heap/${heap}`, O_RDWR | O_CLOEXEC)
  const request = dma_heap_allocation_data.encode({ len: length, fd_flags: access | O_CLOEXEC })
  const { data } = p.ioctl(device, DMA_HEAP_IOCTL_ALLOC, request)
  p.close(device)
  return data
}

/** A dma-buf of `length` bytes, zeroed. */
export const allocate = async (sys: Sys, length: number, options: BufferOptions = {}): Promise<number> => {
  const allocated = await sys.program(p => allocateIn(p, length, options))
  return dma_heap_allocation_data.decode(allocated).fd
}

/** SHA-256 in hex of a range of a buffer of the heap "securekey-test", as the provider sees it. */
export const digest = async (sys: Sys, buffer: number, offset: number, length: number): Promise<string> => {
  const hex = await sys.program(p => {
    const file = p.open('/sys/kernel/debug/securekey/soft/digest', O_RDWR | O_CLOEXEC)
    p.write(file, `${buffer} ${offset} ${length}`)
    const answer = p.read(file, 64)
    p.close(file)
    return answer
  })
  return Buffer.from(hex).toString()
}

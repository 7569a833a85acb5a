/** The dma-bufs that are decrypted into, and how a test learns what is in one that nobody may read. */

import { needs, type Program, type Ref, type Sys } from '@kseries/kselftest-ts'
import { DMA_HEAP_IOCTL_ALLOC, dma_heap_allocation_data, O_CLOEXEC, O_RDWR } from './uapi.gen.ts'
import { debugFolder, underTest } from './under-test.ts'

/** That of the provider, whose buffers are protected; "system" hands out ordinary memory. */
export type Heap = 'protected' | 'system'

export interface BufferOptions {
  /** @default 'protected' */
  heap?: Heap
  /** How its descriptor is open. @default O_RDWR */
  access?: number
}

/** Adds the allocation of a buffer to a program. */
export const allocateIn = (sys: Sys, p: Program, length: number, options: BufferOptions = {}): Ref<Uint8Array> => {
  const { heap = 'protected', access = O_RDWR } = options
  const provider = underTest(sys)
  if (heap === 'protected') needs(length <= provider.memory, `${provider.heap} has ${provider.memory} bytes`)
  const device = p.open(`/dev/dma_heap/${heap === 'protected' ? provider.heap : heap}`, O_RDWR | O_CLOEXEC)
  const request = dma_heap_allocation_data.encode({ len: length, fd_flags: access | O_CLOEXEC })
  const { data } = p.ioctl(device, DMA_HEAP_IOCTL_ALLOC, request)
  p.close(device)
  return data
}

/** A dma-buf of `length` bytes, zeroed. */
export const allocate = async (sys: Sys, length: number, options: BufferOptions = {}): Promise<number> => {
  const allocated = await sys.program(p => allocateIn(sys, p, length, options))
  return dma_heap_allocation_data.decode(allocated).fd
}

/** SHA-256 in hex of a range of a protected buffer, as the provider sees it. */
export const digest = async (sys: Sys, buffer: number, offset: number, length: number): Promise<string> => {
  const hex = await sys.program(p => {
    const file = p.open(`${debugFolder(sys)}/digest`, O_RDWR | O_CLOEXEC)
    p.write(file, `${buffer} ${offset} ${length}`)
    const answer = p.read(file, 64)
    p.close(file)
    return answer
  })
  return Buffer.from(hex).toString()
}

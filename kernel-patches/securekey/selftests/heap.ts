/** Buffers of a dma-buf heap, and how a test learns what is in one that nobody may read. */

import type { Sys } from '@kseries/kselftest-ts'
import { DMA_HEAP_IOCTL_ALLOC, dma_heap_allocation_data, O_CLOEXEC, O_RDWR } from './uapi.gen.ts'

/** A dma-buf of one page, or what `given` makes of the request. */
export const allocate = async (
  sys: Sys,
  given: Partial<dma_heap_allocation_data> = {},
  heap: 'securekey-test' | 'system' = 'securekey-test',
): Promise<number> => {
  const request = dma_heap_allocation_data.encode({ len: 4096, fd_flags: O_RDWR | O_CLOEXEC, ...given })
  const { data } = await sys.program(p => {
    const device = p.open(`/dev/dma_heap/${heap}`, O_RDWR | O_CLOEXEC)
    return p.ioctl(device, DMA_HEAP_IOCTL_ALLOC, request)
  })
  return dma_heap_allocation_data.decode(data).fd
}

export const DIGEST = '/sys/kernel/debug/securekey/soft/digest'

/** Asks the provider's digest file a question: "descriptor offset length". */
export const digest = async (sys: Sys, question: string): Promise<string> => {
  const answer = await sys.program(p => {
    const file = p.open(DIGEST, O_RDWR | O_CLOEXEC)
    p.write(file, question)
    return p.read(file, 100)
  })
  return Buffer.from(answer).toString().trimEnd()
}

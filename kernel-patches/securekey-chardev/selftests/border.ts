/** Memory that ends. */

import type { Sys } from '@kseries/kselftest-ts'

/** An address before which is a page of memory, and behind which nothing may be touched. */
export const border = async (sys: Sys): Promise<bigint> => {
  const page = await sys.mmap({ length: 8192, prot: 'PROT_READ|PROT_WRITE', flags: 'MAP_PRIVATE|MAP_ANONYMOUS' })
  await sys.syscall('mprotect', page + 4096n, 4096, 'PROT_NONE')
  return page + 4096n
}

/**
 * Layouts that follow from the size of a pointer alone. struct iovec and struct pollfd are exported (linux/uio.h,
 * asm-generic/poll.h), and agent/program.c has the compiler check what is said of them here. struct user_msghdr and struct
 * cmsghdr are not: libc has its own; theirs are include/linux/socket.h:97 and :119 of Linux 7.3. All ABIs here are
 * little-endian with natural alignment.
 */
export interface Layout {
  readonly pointer: 4 | 8
  readonly iovec: { readonly size: number; readonly base: number; readonly length: number }
  readonly msghdr: {
    readonly size: number
    readonly name: number
    readonly namelen: number
    readonly iov: number
    readonly iovlen: number
    readonly control: number
    readonly controllen: number
    readonly flags: number
  }
  /** Of struct cmsghdr: len, level, type; data begins at `size`. */
  readonly cmsghdr: { readonly size: number; readonly level: number; readonly type: number }
}

export const POLLFD_SIZE = 8
export const POLLFD_EVENTS = 4
export const POLLFD_REVENTS = 6

/** The layouts for pointers of 4 or 8 bytes. */
export const layoutFor = (p: 4 | 8): Layout => ({
  pointer: p,
  iovec: { size: 2 * p, base: 0, length: p },
  // void *name; int namelen; iovec *iov; size_t iovlen; void *control; size_t controllen; unsigned flags
  msghdr: {
    size: 7 * p,
    name: 0,
    namelen: p,
    iov: 2 * p,
    iovlen: 3 * p,
    control: 4 * p,
    controllen: 5 * p,
    flags: 6 * p,
  },
  // size_t len; int level; int type
  cmsghdr: { size: p + 8, level: p, type: p + 4 },
})

/** CMSG_ALIGN(): include/linux/socket.h:133. */
export const cmsgAlign = (length: number, { pointer }: Layout): number => Math.ceil(length / pointer) * pointer

/** Writes a number as wide as a pointer. */
export const putWord = (to: Buffer, at: number, value: number | bigint, { pointer }: Layout): void => {
  if (pointer === 8) to.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), at)
  else to.writeUInt32LE(Number(BigInt.asUintN(32, BigInt(value))), at)
}

/** Reads a number as wide as a pointer. */
export const getWord = (from: Buffer, at: number, { pointer }: Layout): number =>
  pointer === 8 ? Number(from.readBigUInt64LE(at)) : from.readUInt32LE(at)

import { baseIncludes } from '@kseries/uapi-headers'
import type { Files } from '../repo.ts'

const arches = ['x86', 'arm64', 'arm']
const types = `typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned int __le32;
typedef unsigned long long __u64;
typedef unsigned long long __aligned_u64 __attribute__((aligned(8)));
`

/** All headers that are always read, and most of them empty. */
export const headers: Files = Object.fromEntries(
  baseIncludes.flatMap(name =>
    (name.startsWith('asm/') ? arches.map(arch => `arch/${arch}/include/uapi/${name}`) : [`include/uapi/${name}`]).map(
      path => [path, name === 'linux/types.h' ? types : name === 'asm/unistd.h' ? '#define __NR_demo 4\n' : '\n'],
    ),
  ),
)

import { arch } from 'node:process'

/** The ABIs that the kernels we build offer to user space: x86_64 and arm64, and the 32-bit compat ABI of each. */
export type AbiName = 'x86_64' | 'i386' | 'arm64' | 'arm'

export interface Abi {
  readonly name: AbiName
  /** `ARCH=` of `make headers`. i386 and x86_64 share their headers. */
  readonly makeArch: 'x86' | 'arm64' | 'arm'
  /** Ways to call a compiler for it, best first; program and flags. */
  readonly compilers: readonly (readonly [string, ...string[]])[]
  /** The Debian package with the first of them. */
  readonly debianPackage: string
}

const onX86 = arch === 'x64'
const onArm64 = arch === 'arm64'

/**
 * Every ABI with its compilers. `gcc -m32 -c` needs no 32-bit libc and no gcc-multilib as long as no libc header is
 * included, which is so here; neither does linking with -nostdlib.
 */
export const ABIS: Readonly<Record<AbiName, Abi>> = {
  x86_64: {
    name: 'x86_64',
    makeArch: 'x86',
    compilers: [['x86_64-linux-gnu-gcc', '-m64'], ...(onX86 ? [['gcc', '-m64'] as const] : [])],
    debianPackage: onX86 ? 'gcc' : 'gcc-x86-64-linux-gnu',
  },
  i386: {
    name: 'i386',
    makeArch: 'x86',
    compilers: [
      ['x86_64-linux-gnu-gcc', '-m32'],
      ...(onX86 ? [['gcc', '-m32'] as const] : []),
      ['i686-linux-gnu-gcc', '-m32'],
    ],
    debianPackage: onX86 ? 'gcc' : 'gcc-x86-64-linux-gnu',
  },
  arm64: {
    name: 'arm64',
    makeArch: 'arm64',
    compilers: [['aarch64-linux-gnu-gcc'], ...(onArm64 ? [['gcc'] as const] : [])],
    debianPackage: onArm64 ? 'gcc' : 'gcc-aarch64-linux-gnu',
  },
  arm: {
    name: 'arm',
    makeArch: 'arm',
    compilers: [['arm-linux-gnueabi-gcc'], ['arm-linux-gnueabihf-gcc']],
    debianPackage: 'gcc-arm-linux-gnueabi',
  },
}

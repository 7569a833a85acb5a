/** The provider that tests are about: "soft", or the one that a machine has. A test says what it needs of it by what it does. */

import { needs, type Sys } from '@kseries/kselftest-ts'

export interface ProviderUnderTest {
  readonly name: string
  /** The dma-buf heap whose buffers it decrypts to. */
  readonly heap: string
  /** Bytes of protected memory that there are for all buffers together. */
  readonly memory: number
  /** Whether that memory is zeroed when it is handed out again. */
  readonly isZeroed: boolean
  /** Whether it decrypts to ordinary memory too, under a key that allows that. */
  readonly takesOrdinary: boolean
  /** Bytes that the context of a derived key must have. */
  readonly leastContext: number
}

const PROVIDERS: Readonly<Record<string, ProviderUnderTest>> = {
  soft: {
    name: 'soft',
    heap: 'securekey-test',
    memory: 64 << 20,
    isZeroed: true,
    takesOrdinary: true,
    leastContext: 0,
  },
  optee: {
    name: 'optee',
    heap: 'protected,secure-video',
    // plat_get_protmem_config() of OP-TEE's QEMU gives a megabyte.
    memory: 1 << 20,
    // drivers/tee/tee_heap.c leaves that to the secure world.
    isZeroed: false,
    takesOrdinary: false,
    leastContext: 1,
  },
}

/** @throws if the run was given a provider that tests know nothing of. */
export const underTest = (sys: Sys): ProviderUnderTest => {
  const name = sys.params['provider'] ?? ''
  const found = PROVIDERS[name]
  if (found === undefined)
    throw new Error(`The tests know no provider '${name}': one of ${Object.keys(PROVIDERS).join(', ')}`)
  return found
}

/** Ends the test as skipped with a provider that decrypts to protected memory only. */
export const needsOrdinary = (sys: Sys): void => {
  const { name, takesOrdinary } = underTest(sys)
  needs(takesOrdinary, `the provider ${name} decrypts to protected memory only`)
}

/** How ordinary memory is refused where it must be protected: the provider may not come as far as to ask for the policy. */
export const refusal = (sys: Sys): string => (underTest(sys).takesOrdinary ? 'EPERM' : 'EOPNOTSUPP')

/** Ends the test as skipped with a heap that leaves in a buffer what the one before had in it. */
export const needsZeroes = (sys: Sys): void => {
  const { heap, isZeroed } = underTest(sys)
  needs(isZeroed, `the heap ${heap} does not zero its buffers`)
}

/** Where debugfs has what only tests may do with the provider. */
export const debugFolder = (sys: Sys): string => `/sys/kernel/debug/securekey/${underTest(sys).name}`

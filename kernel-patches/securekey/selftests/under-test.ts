/** The provider that tests are about: "soft", or the one that a machine has. A test says what it needs of it by what it does. */

import type { Sys } from '@kseries/kselftest-ts'

export interface ProviderUnderTest {
  readonly name: string
  /** The dma-buf heap whose buffers it decrypts to. */
  readonly heap: string
  /** Bytes of protected memory that there are for all buffers together. */
  readonly memory: number
}

const PROVIDERS: Readonly<Record<string, ProviderUnderTest>> = {
  soft: { name: 'soft', heap: 'securekey-test', memory: 64 << 20 },
  // plat_get_protmem_config() of OP-TEE's QEMU gives a megabyte.
  optee: { name: 'optee', heap: 'protected,secure-video', memory: 1 << 20 },
}

/** @throws if the run was given a provider that tests know nothing of. */
export const underTest = (sys: Sys): ProviderUnderTest => {
  const name = sys.params['provider'] ?? ''
  const found = PROVIDERS[name]
  if (found === undefined)
    throw new Error(`The tests know no provider '${name}': one of ${Object.keys(PROVIDERS).join(', ')}`)
  return found
}

/** Where debugfs has what only tests may do with the provider. */
export const debugFolder = (sys: Sys): string => `/sys/kernel/debug/securekey/${underTest(sys).name}`

import { defineSeries } from '@kseries/patchgen'

export default defineSeries({
  title: 'Secure keys: a provider in OP-TEE',
  date: '2026-11-26',
  // Of the core alone; but it is proven through the front ends.
  needs: ['securekey-afalg', 'securekey-chardev'],
  bases: ['7.3', '7.2'],
  uapi: ['linux/securekey.h', 'linux/dma-heap.h', 'linux/dma-buf.h', 'linux/udmabuf.h', 'linux/tee.h'],
  kunit: ['securekey_*'],
  rfc: true,
  machine: 'qemu-arm64-optee',
  params: { provider: 'optee' },
  to: ['linux-crypto@vger.kernel.org', 'op-tee@lists.trustedfirmware.org'],
  cc: ['linux-kernel@vger.kernel.org', 'linux-media@vger.kernel.org'],
  check: [
    {
      tool: 'checkpatch',
      text: 'FILE_PATH_CHANGES: added, moved or deleted file(s), does MAINTAINERS need updating?',
      why: 'The record SECURE KEYS of the core covers drivers/securekey/ as a whole.',
    },
  ],
})

import { defineSeries } from '@kseries/patchgen'

export default defineSeries({
  title: 'Secure keys: core, provider for tests, KUnit and documentation',
  date: '2026-11-23',
  bases: ['7.3', '7.2'],
  uapi: ['linux/securekey.h', 'linux/dma-heap.h', 'linux/dma-buf.h', 'linux/udmabuf.h'],
  kunit: ['securekey_*'],
  kselftests: ['securekey'],
  params: { provider: 'soft' },
  rfc: true,
  to: ['linux-crypto@vger.kernel.org'],
  cc: [
    'linux-kernel@vger.kernel.org',
    'linux-media@vger.kernel.org',
    'dri-devel@lists.freedesktop.org',
    'linaro-mm-sig@lists.linaro.org',
    'op-tee@lists.trustedfirmware.org',
  ],
  check: [
    {
      tool: 'checkpatch',
      text: 'FILE_PATH_CHANGES: added, moved or deleted file(s), does MAINTAINERS need updating?',
      why: 'The record SECURE KEYS that patch 3 adds covers drivers/securekey/ as a whole, what later patches bring included.',
    },
  ],
})

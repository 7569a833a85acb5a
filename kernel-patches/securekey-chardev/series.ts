import { defineSeries } from '@kseries/patchgen'

export default defineSeries({
  title: 'securekey: a character device for each provider',
  date: '2026-11-25',
  needs: ['securekey'],
  bases: ['7.3', '7.2'],
  uapi: ['linux/securekey.h', 'linux/securekey_dev.h', 'linux/dma-heap.h'],
  rfc: true,
  // The RFC's own interface is what commands are about that name none.
  byName: true,
  to: ['linux-crypto@vger.kernel.org'],
  cc: ['linux-kernel@vger.kernel.org', 'linux-media@vger.kernel.org', 'op-tee@lists.trustedfirmware.org'],
  check: [
    {
      tool: 'checkpatch',
      text: 'FILE_PATH_CHANGES: added, moved or deleted file(s), does MAINTAINERS need updating?',
      why: 'The record SECURE KEYS of the core covers drivers/securekey/ as a whole.',
    },
  ],
})

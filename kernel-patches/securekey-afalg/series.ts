import { defineSeries } from '@kseries/patchgen'

export default defineSeries({
  title: 'AF_ALG: secure keys and decryption into protected buffers, as the RFC words it',
  date: '2026-11-23',
  needs: ['securekey'],
  bases: ['7.3', '7.2'],
  uapi: ['linux/if_alg.h', 'linux/securekey.h', 'linux/dma-heap.h'],
  rfc: true,
  to: ['linux-crypto@vger.kernel.org'],
  cc: ['linux-kernel@vger.kernel.org'],
})

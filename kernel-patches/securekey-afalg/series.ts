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
  check: [
    {
      tool: 'checkpatch',
      text: 'FILE_PATH_CHANGES: added, moved or deleted file(s), does MAINTAINERS need updating?',
      why: 'The new files are in crypto/, which the record CRYPTO API covers.',
    },
    {
      tool: 'checkpatch',
      text: 'CONST_STRUCT: struct proto_ops should normally be const',
      why: 'af_alg_register_type() writes the owner into the ops of a type, so struct af_alg_type points to ones that are not const.',
    },
  ],
})

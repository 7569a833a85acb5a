import { append, c, edit, insertAfter } from '@kseries/patchgen'

export default [
  edit(
    'drivers/securekey/Kconfig',
    insertAfter(
      'source "drivers/securekey/soft/Kconfig"',
      c`
source "drivers/securekey/tee/Kconfig"
`,
    ),
  ),
  edit(
    'drivers/securekey/Makefile',
    append(c`
obj-$(CONFIG_SECUREKEY_TEE) += tee/
`),
  ),
]

import { append, c, edit } from '@kseries/patchgen'

export default [
  edit(
    'drivers/securekey/Kconfig',
    append(c`

if SECUREKEY

source "drivers/securekey/soft/Kconfig"

endif # SECUREKEY
`),
  ),
  edit(
    'drivers/securekey/Makefile',
    append(c`
obj-$(CONFIG_SECUREKEY) += soft/
`),
  ),
]

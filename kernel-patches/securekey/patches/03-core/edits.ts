import { addKconfigSource, addMaintainers, addMakefileObject, c, edit } from '@kseries/patchgen'

export default [
  edit('drivers/Kconfig', addKconfigSource('drivers/securekey/Kconfig', { after: 'drivers/tee/Kconfig' })),
  edit('drivers/Makefile', addMakefileObject('obj-$(CONFIG_SECUREKEY)', 'securekey/', { after: 'tee/' })),
  edit(
    'MAINTAINERS',
    addMaintainers(c`
SECURE KEYS
L:	linux-crypto@vger.kernel.org
S:	Odd Fixes
F:	drivers/securekey/
F:	include/linux/securekey.h
F:	include/uapi/linux/securekey.h
`),
  ),
]

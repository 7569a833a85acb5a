import { addToMaintainers, append, c, edit, insertAfter, insertBefore } from '@kseries/patchgen'

export default [
  edit(
    'drivers/securekey/Kconfig',
    insertBefore(
      'source "drivers/securekey/soft/Kconfig"',
      c`
source "drivers/securekey/chardev/Kconfig"
`,
    ),
  ),
  edit(
    'drivers/securekey/Makefile',
    append(c`
obj-$(CONFIG_SECUREKEY_CHARDEV) += chardev/
`),
  ),
  edit(
    'Documentation/userspace-api/ioctl/ioctl-number.rst',
    insertAfter(
      '0xB8  all    uapi/linux/mshv.h',
      c`
0xB9  00-1F  linux/securekey_dev.h                                     <mailto:linux-crypto@vger.kernel.org>
`,
    ),
  ),
  edit('MAINTAINERS', addToMaintainers('SECURE KEYS', 'F:	include/uapi/linux/securekey_dev.h')),
]

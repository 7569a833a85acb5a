import { c, edit, fn, insertAfter, insertBefore, line } from '@kseries/patchgen'

export default [
  edit(
    'include/uapi/linux/securekey_dev.h',
    insertBefore(
      '#endif /* _UAPI_LINUX_SECUREKEY_DEV_H */',
      c`
/**
 * struct securekey_dev_serial - a wrapped key in a keyring of the kernel
 * @size: sizeof(struct securekey_dev_serial)
 * @flags: 0
 * @serial: serial number of a key of the type "securekey"
 * @reserved: 0
 *
 * For SECUREKEY_DEV_LOAD_SERIAL, of the device, which makes usable what that key
 * holds. The result is a descriptor as of SECUREKEY_DEV_LOAD. When the key in the
 * keyring is revoked or expires, requests in flight go on; SECUREKEY_DEV_SESSION and
 * SECUREKEY_DEV_SUBMIT then fail with EKEYREVOKED or EKEYEXPIRED.
 *
 * Errors: as SECUREKEY_DEV_LOAD; EINVAL when @serial is no serial number, or one of a
 * key of another type; ENOKEY when there is no such key; EACCES when the caller may
 * not search for it; EKEYREVOKED and EKEYEXPIRED; EOPNOTSUPP when the kernel is
 * without keyrings.
 */
struct securekey_dev_serial {
	__u32 size;
	__u32 flags;
	__s32 serial;
	__u32 reserved;
};

#define SECUREKEY_DEV_SERIAL_SIZE_VER0	16
#define SECUREKEY_DEV_LOAD_SERIAL	_IO(SECUREKEY_DEV_IOC, 0x0c)

`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/chardev.h',
    insertAfter(
      line('long securekey_keys_load('),
      c`
long securekey_keys_load_serial(struct file *file, void *arg);
`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/device.c',
    insertBefore(
      '	{\n		.cmd = SECUREKEY_DEV_EXPORT,',
      c`
	{
		.cmd = SECUREKEY_DEV_LOAD_SERIAL,
		.size = sizeof(struct securekey_dev_serial),
		.min_size = SECUREKEY_DEV_SERIAL_SIZE_VER0,
		.run = securekey_keys_load_serial,
	},
`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/ioctl.c',
    insertBefore(
      'static_assert(sizeof(struct securekey_dev_export) ==',
      c`
static_assert(sizeof(struct securekey_dev_serial) ==
	      SECUREKEY_DEV_SERIAL_SIZE_VER0);
`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/keys.c',
    insertAfter(
      fn('securekey_keys_load'),
      c`

long securekey_keys_load_serial(struct file *file, void *arg)
{
	const struct securekey_dev_serial *load = arg;
	long timeo = 0;

	if (load->reserved)
		return -EINVAL;

	struct securekey_key *key __free(securekey_key_put) =
		securekey_key_load_serial(file_provider(file), load->serial,
					  &timeo);
	if (IS_ERR(key))
		return PTR_ERR(key);

	return securekey_key_install_fd(key, O_CLOEXEC);
}
`,
    ),
  ),
]

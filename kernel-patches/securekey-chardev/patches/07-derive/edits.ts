import { c, edit, fn, insertAfter, insertBefore, line } from '@kseries/patchgen'

export default [
  edit(
    'include/uapi/linux/securekey_dev.h',
    insertBefore(
      '#endif /* _UAPI_LINUX_SECUREKEY_DEV_H */',
      c`
/**
 * struct securekey_dev_derive - make a key out of a loaded one
 * @size: sizeof(struct securekey_dev_derive)
 * @flags: 0
 * @params: what the key is and what it may be used for: with all flags of the key
 *	that it is derived from, and ephemeral if that was loaded from such a one
 * @context: pointer to what makes it another key than others of the same origin
 * @blob: pointer to where the wrapped key goes
 * @context_len: bytes at @context, at most SECUREKEY_CONTEXT_MAX_LEN
 * @blob_len: room at @blob; SECUREKEY_BLOB_MAX_LEN is enough for all
 * @key_fd: descriptor of the key that it is derived from
 * @reserved: 0
 *
 * Of the device: to have the key's descriptor is not enough. The result is the
 * length of the wrapped key. The same origin, @params (but for the form) and
 * @context make the same key.
 *
 * Errors: EBADF and EINVAL when @key_fd is no descriptor, or not one of a key of
 * this provider; EINVAL when @params make no sense; EKEYREJECTED when that key is
 * not for SECUREKEY_MODE_DERIVE, or @params give more rights than it has;
 * EOPNOTSUPP when the provider cannot do that; EMSGSIZE when @context is too long;
 * EOVERFLOW when there is not enough room; what the provider says.
 */
struct securekey_dev_derive {
	__u32 size;
	__u32 flags;
	struct securekey_params params;
	__u64 context;
	__u64 blob;
	__u32 context_len;
	__u32 blob_len;
	__s32 key_fd;
	__u32 reserved;
};

#define SECUREKEY_DEV_DERIVE_SIZE_VER0	72
#define SECUREKEY_DEV_DERIVE		_IO(SECUREKEY_DEV_IOC, 0x0b)

`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/chardev.h',
    insertAfter(
      line('long securekey_keys_export('),
      c`
long securekey_keys_derive(struct file *file, void *arg);
`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/device.c',
    insertBefore(
      '	{\n		.cmd = SECUREKEY_DEV_SESSION,',
      c`
	{
		.cmd = SECUREKEY_DEV_DERIVE,
		.size = sizeof(struct securekey_dev_derive),
		.min_size = SECUREKEY_DEV_DERIVE_SIZE_VER0,
		.run = securekey_keys_derive,
	},
`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/ioctl.c',
    insertBefore(
      'static_assert(sizeof(struct securekey_dev_session) ==',
      c`
static_assert(sizeof(struct securekey_dev_derive) ==
	      SECUREKEY_DEV_DERIVE_SIZE_VER0);
`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/keys.c',
    insertAfter(
      fn('securekey_keys_export'),
      c`

long securekey_keys_derive(struct file *file, void *arg)
{
	const struct securekey_dev_derive *derive = arg;
	u8 context[SECUREKEY_CONTEXT_MAX_LEN];
	int ret;

	if (derive->reserved)
		return -EINVAL;

	if (derive->context_len > sizeof(context))
		return -EMSGSIZE;

	struct securekey_key *parent __free(securekey_key_put) =
		securekey_key_from_fd(derive->key_fd);
	if (IS_ERR(parent))
		return PTR_ERR(parent);

	if (parent->provider != file_provider(file))
		return -EINVAL;

	if (copy_from_user(context, u64_to_user_ptr(derive->context),
			   derive->context_len))
		return -EFAULT;

	void *blob __free(kfree) = blob_alloc();
	if (!blob)
		return -ENOMEM;

	ret = securekey_derive(parent, &derive->params, context,
			       derive->context_len, blob,
			       blob_room(derive->blob_len));

	return blob_to_user(derive->blob, blob, ret);
}
`,
    ),
  ),
]

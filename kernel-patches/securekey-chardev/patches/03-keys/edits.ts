import { addInitializer, c, edit, insertAfter, insertBefore, line, replaceText } from '@kseries/patchgen'

export default [
  edit(
    'include/uapi/linux/securekey_dev.h',
    insertBefore(
      '#endif /* _UAPI_LINUX_SECUREKEY_DEV_H */',
      c`
/**
 * struct securekey_dev_generate - make a key that only the provider knows
 * @size: sizeof(struct securekey_dev_generate)
 * @flags: 0
 * @params: what the key is and what it may be used for
 * @blob: pointer to where the wrapped key goes
 * @blob_len: room there; SECUREKEY_BLOB_MAX_LEN is enough for all
 * @reserved: 0
 *
 * Of the device. The result is the length of the wrapped key.
 *
 * Errors: EINVAL when @params make no sense; EOPNOTSUPP when the provider cannot do
 * that; EOVERFLOW when there is not enough room; what the provider says.
 */
struct securekey_dev_generate {
	__u32 size;
	__u32 flags;
	struct securekey_params params;
	__u64 blob;
	__u32 blob_len;
	__u32 reserved;
};

#define SECUREKEY_DEV_GENERATE_SIZE_VER0	56
#define SECUREKEY_DEV_GENERATE		_IO(SECUREKEY_DEV_IOC, 0x01)

/**
 * struct securekey_dev_import - have a known key wrapped
 * @size: sizeof(struct securekey_dev_import)
 * @flags: 0
 * @params: what the key is and what it may be used for
 * @blob: pointer to where the wrapped key goes
 * @raw: pointer to the key
 * @blob_len: room at @blob; SECUREKEY_BLOB_MAX_LEN is enough for all
 * @raw_len: bytes at @raw
 *
 * Of the device. The result is the length of the wrapped key.
 *
 * Errors: as SECUREKEY_DEV_GENERATE; EINVAL also when @raw_len is not the length
 * that @params give; EOPNOTSUPP also when the provider takes no keys that somebody
 * else knows.
 */
struct securekey_dev_import {
	__u32 size;
	__u32 flags;
	struct securekey_params params;
	__u64 blob;
	__u64 raw;
	__u32 blob_len;
	__u32 raw_len;
};

#define SECUREKEY_DEV_IMPORT_SIZE_VER0	64
#define SECUREKEY_DEV_IMPORT		_IO(SECUREKEY_DEV_IOC, 0x02)

/**
 * struct securekey_dev_prepare - turn a long-term key into an ephemeral one
 * @size: sizeof(struct securekey_dev_prepare)
 * @flags: 0
 * @src: pointer to the wrapped key, which is a long-term one
 * @blob: pointer to where the ephemeral one goes
 * @src_len: bytes at @src
 * @blob_len: room at @blob; SECUREKEY_BLOB_MAX_LEN is enough for all
 *
 * Of the device. The result is the length of the ephemeral key.
 *
 * Errors: EBADMSG when what is at @src was tampered with, is of another provider or
 * not long-term; EOVERFLOW when there is not enough room; what the provider says.
 */
struct securekey_dev_prepare {
	__u32 size;
	__u32 flags;
	__u64 src;
	__u64 blob;
	__u32 src_len;
	__u32 blob_len;
};

#define SECUREKEY_DEV_PREPARE_SIZE_VER0	32
#define SECUREKEY_DEV_PREPARE		_IO(SECUREKEY_DEV_IOC, 0x03)

/**
 * struct securekey_dev_blob - a wrapped key
 * @size: sizeof(struct securekey_dev_blob)
 * @flags: 0
 * @blob: pointer to it
 * @blob_len: its length
 * @reserved: 0
 *
 * For SECUREKEY_DEV_LOAD and SECUREKEY_DEV_DELETE, of the device.
 *
 * SECUREKEY_DEV_LOAD makes a key usable that is wrapped in either form. The result
 * is a descriptor, closed on exec, that stands for the key and can be passed on.
 * Errors: EBADMSG when the wrapped key was tampered with, is of another provider,
 * or ephemeral and of an earlier boot; EAGAIN when the provider has no room for
 * another key; what the provider says; EMFILE, ENFILE.
 *
 * SECUREKEY_DEV_DELETE has the provider see to it that the key is never loaded
 * again; keys that are loaded stay so. The result is 0. Errors: EBADMSG; EOPNOTSUPP
 * when the provider has nothing of the key but what is wrapped: then it is enough to
 * forget that.
 */
struct securekey_dev_blob {
	__u32 size;
	__u32 flags;
	__u64 blob;
	__u32 blob_len;
	__u32 reserved;
};

#define SECUREKEY_DEV_BLOB_SIZE_VER0	24
#define SECUREKEY_DEV_DELETE		_IO(SECUREKEY_DEV_IOC, 0x04)
#define SECUREKEY_DEV_LOAD		_IO(SECUREKEY_DEV_IOC, 0x05)

/**
 * struct securekey_dev_export - wrap a loaded key once more
 * @size: sizeof(struct securekey_dev_export)
 * @flags: 0
 * @blob: pointer to where the long-term key goes
 * @blob_len: room there; SECUREKEY_BLOB_MAX_LEN is enough for all
 * @key_fd: descriptor of the key
 *
 * Of the device: to have the key's descriptor is not enough. The result is the
 * length of the wrapped key.
 *
 * Errors: EBADF and EINVAL when @key_fd is no descriptor, or not one of a key of
 * this provider; EKEYREJECTED when the key was loaded from an ephemeral one;
 * EOPNOTSUPP when the provider cannot; EOVERFLOW when there is not enough room; what
 * the provider says.
 */
struct securekey_dev_export {
	__u32 size;
	__u32 flags;
	__u64 blob;
	__u32 blob_len;
	__s32 key_fd;
};

#define SECUREKEY_DEV_EXPORT_SIZE_VER0	24
#define SECUREKEY_DEV_EXPORT		_IO(SECUREKEY_DEV_IOC, 0x06)

`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/chardev.h',
    insertBefore(
      '#endif /* _DRIVERS_SECUREKEY_CHARDEV_H */',
      c`
long securekey_keys_generate(struct file *file, void *arg);
long securekey_keys_import(struct file *file, void *arg);
long securekey_keys_prepare(struct file *file, void *arg);
long securekey_keys_delete(struct file *file, void *arg);
long securekey_keys_load(struct file *file, void *arg);
long securekey_keys_export(struct file *file, void *arg);

`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/ioctl.c',
    insertAfter(
      line('SECUREKEY_DEV_QUERY_SIZE_VER0);'),
      c`
static_assert(sizeof(struct securekey_dev_generate) ==
	      SECUREKEY_DEV_GENERATE_SIZE_VER0);
static_assert(sizeof(struct securekey_dev_import) ==
	      SECUREKEY_DEV_IMPORT_SIZE_VER0);
static_assert(sizeof(struct securekey_dev_prepare) ==
	      SECUREKEY_DEV_PREPARE_SIZE_VER0);
static_assert(sizeof(struct securekey_dev_blob) ==
	      SECUREKEY_DEV_BLOB_SIZE_VER0);
static_assert(sizeof(struct securekey_dev_export) ==
	      SECUREKEY_DEV_EXPORT_SIZE_VER0);
`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/device.c',
    addInitializer(
      'device_ioctls',
      c`
	{
		.cmd = SECUREKEY_DEV_GENERATE,
		.size = sizeof(struct securekey_dev_generate),
		.min_size = SECUREKEY_DEV_GENERATE_SIZE_VER0,
		.run = securekey_keys_generate,
	},
	{
		.cmd = SECUREKEY_DEV_IMPORT,
		.size = sizeof(struct securekey_dev_import),
		.min_size = SECUREKEY_DEV_IMPORT_SIZE_VER0,
		.run = securekey_keys_import,
	},
	{
		.cmd = SECUREKEY_DEV_PREPARE,
		.size = sizeof(struct securekey_dev_prepare),
		.min_size = SECUREKEY_DEV_PREPARE_SIZE_VER0,
		.run = securekey_keys_prepare,
	},
	{
		.cmd = SECUREKEY_DEV_DELETE,
		.size = sizeof(struct securekey_dev_blob),
		.min_size = SECUREKEY_DEV_BLOB_SIZE_VER0,
		.run = securekey_keys_delete,
	},
	{
		.cmd = SECUREKEY_DEV_LOAD,
		.size = sizeof(struct securekey_dev_blob),
		.min_size = SECUREKEY_DEV_BLOB_SIZE_VER0,
		.run = securekey_keys_load,
	},
	{
		.cmd = SECUREKEY_DEV_EXPORT,
		.size = sizeof(struct securekey_dev_export),
		.min_size = SECUREKEY_DEV_EXPORT_SIZE_VER0,
		.run = securekey_keys_export,
	},
`,
    ),
  ),
  edit('drivers/securekey/chardev/Makefile', replaceText('ioctl.o', 'ioctl.o keys.o')),
]

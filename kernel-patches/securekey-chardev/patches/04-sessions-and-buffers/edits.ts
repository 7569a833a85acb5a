import { addInitializer, c, edit, insertAfter, insertBefore, line, replaceText } from '@kseries/patchgen'

export default [
  edit(
    'include/uapi/linux/securekey_dev.h',
    insertBefore(
      '#endif /* _UAPI_LINUX_SECUREKEY_DEV_H */',
      c`
/* What a session does. */
#define SECUREKEY_DEV_OP_DECRYPT	0
#define SECUREKEY_DEV_OP_ENCRYPT	1

/* Flags of a session. */
#define SECUREKEY_DEV_SESSION_PROTECTED_ONLY	(1U << 0)

/**
 * struct securekey_dev_session - begin to use a key
 * @size: sizeof(struct securekey_dev_session)
 * @flags: SECUREKEY_DEV_SESSION_PROTECTED_ONLY to have destinations refused that are
 *	not protected, also where the key allows them; or 0
 * @key_fd: descriptor of the key, which may be closed afterwards
 * @algorithm: one of SECUREKEY_ALG_*, that of the key
 * @mode: one of SECUREKEY_MODE_*
 * @op: SECUREKEY_DEV_OP_DECRYPT; SECUREKEY_DEV_OP_ENCRYPT is refused by all keys
 *	that there are
 *
 * Of the device. The result is a descriptor, closed on exec. What follows is asked
 * of that.
 *
 * Errors: EBADF and EINVAL when @key_fd is no descriptor, or not one of a key of
 * this provider; EINVAL when there is no such mode or operation; EKEYREJECTED when
 * the key is not for that algorithm, mode or operation; EOPNOTSUPP for encryption
 * that the key would allow; EMFILE, ENFILE.
 */
struct securekey_dev_session {
	__u32 size;
	__u32 flags;
	__s32 key_fd;
	__u32 algorithm;
	__u32 mode;
	__u32 op;
};

#define SECUREKEY_DEV_SESSION_SIZE_VER0	24
#define SECUREKEY_DEV_SESSION		_IO(SECUREKEY_DEV_IOC, 0x07)

/**
 * struct securekey_dev_attach - make a dma-buf a destination
 * @size: sizeof(struct securekey_dev_attach)
 * @flags: 0
 * @fd: descriptor of the dma-buf, which may be closed afterwards
 * @reserved: 0
 *
 * Of a session. The dma-buf is mapped until it is detached. The result is a number
 * above 0 by which this session, and no other, finds it.
 *
 * Errors: EBADF and EINVAL when @fd is no descriptor, or none of a dma-buf; EACCES
 * when that was opened for reading only; EPERM when it is not protected and the key
 * or the session asks for that; EIO when the provider could reach it only through a
 * bounce buffer; EOPNOTSUPP when it cannot reach it; ENOSPC when there are as many
 * as a session may have; what the exporter says.
 */
struct securekey_dev_attach {
	__u32 size;
	__u32 flags;
	__s32 fd;
	__u32 reserved;
};

#define SECUREKEY_DEV_ATTACH_SIZE_VER0	16
#define SECUREKEY_DEV_ATTACH		_IO(SECUREKEY_DEV_IOC, 0x08)

/**
 * struct securekey_dev_detach - let go of a destination
 * @size: sizeof(struct securekey_dev_detach)
 * @flags: 0
 * @id: its number
 * @reserved: 0
 *
 * Of a session. The number is gone at once, the mapping with the last request that
 * uses it. The result is 0.
 *
 * Errors: ENOENT when the session has none of that number.
 */
struct securekey_dev_detach {
	__u32 size;
	__u32 flags;
	__u32 id;
	__u32 reserved;
};

#define SECUREKEY_DEV_DETACH_SIZE_VER0	16
#define SECUREKEY_DEV_DETACH		_IO(SECUREKEY_DEV_IOC, 0x09)

`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/chardev.h',
    insertBefore(
      '#endif /* _DRIVERS_SECUREKEY_CHARDEV_H */',
      c`
long securekey_session_create(struct file *file, void *arg);

`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/ioctl.c',
    insertAfter(
      line('SECUREKEY_DEV_EXPORT_SIZE_VER0);'),
      c`
static_assert(sizeof(struct securekey_dev_session) ==
	      SECUREKEY_DEV_SESSION_SIZE_VER0);
static_assert(sizeof(struct securekey_dev_attach) ==
	      SECUREKEY_DEV_ATTACH_SIZE_VER0);
static_assert(sizeof(struct securekey_dev_detach) ==
	      SECUREKEY_DEV_DETACH_SIZE_VER0);
`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/device.c',
    addInitializer(
      'device_ioctls',
      c`
	{
		.cmd = SECUREKEY_DEV_SESSION,
		.size = sizeof(struct securekey_dev_session),
		.min_size = SECUREKEY_DEV_SESSION_SIZE_VER0,
		.flags = SECUREKEY_DEV_SESSION_PROTECTED_ONLY,
		.run = securekey_session_create,
	},
`,
    ),
  ),
  edit('drivers/securekey/chardev/Makefile', replaceText('keys.o', 'keys.o session.o')),
]

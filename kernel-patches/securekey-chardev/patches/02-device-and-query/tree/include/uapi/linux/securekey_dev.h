/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/securekey/<provider>: the use of keys that the kernel does not see.
 *
 * See Documentation/userspace-api/securekey.rst
 */
#ifndef _UAPI_LINUX_SECUREKEY_DEV_H
#define _UAPI_LINUX_SECUREKEY_DEV_H

#include <linux/ioctl.h>
#include <linux/securekey.h>
#include <linux/types.h>

/**
 * DOC: ioctls
 *
 * The argument of each ioctl is a pointer to a structure that begins with its
 * @size, sizeof() as the program was compiled, and @flags. Structures grow at
 * their end, and what is not given counts as 0. Pointers are carried as __u64, and
 * all is the same for 32-bit and 64-bit programs.
 *
 * The result is a number of at least 0, which is said with the structure. Errors
 * that each ioctl may have:
 *
 * - ENOTTY: there is no such ioctl on this descriptor
 * - EINVAL: @size is less than in the first version of the structure, there are
 *   unknown @flags, or a reserved member is not 0
 * - E2BIG: @size is more than this kernel knows of, and what it does not know of
 *   is not 0; or more than a page
 * - EFAULT: bad memory
 * - ENOMEM
 * - ENODEV: the provider has gone. A descriptor of before stays of no use when it
 *   comes back.
 */
#define SECUREKEY_DEV_IOC	0xB9

/**
 * struct securekey_dev_query - what a provider can do
 * @size: sizeof(struct securekey_dev_query); becomes what it is for the kernel
 * @flags: 0
 * @provider: its name
 * @modes: the SECUREKEY_MODE_* that it knows
 * @key_sizes: the lengths of AES keys that it takes: bit n stands for n * 64 bits
 * @queue_depth: requests it has in flight at a time, of all users
 * @dst_align: what offsets in a destination must be a multiple of
 * @max_len: bytes in a request, at most
 * @timeout_ms: time that a request gets
 * @max_pending: requests of a session that are in flight or were not read yet, at
 *	most
 * @max_buffers: destinations of a session, at most
 * @reserved: becomes 0
 *
 * Of the device. All members but the first two are set. The result is 0.
 */
struct securekey_dev_query {
	__u32 size;
	__u32 flags;
	char provider[SECUREKEY_PROVIDER_NAME_LEN];
	__u32 modes;
	__u32 key_sizes;
	__u32 queue_depth;
	__u32 dst_align;
	__u64 max_len;
	__u32 timeout_ms;
	__u32 max_pending;
	__u32 max_buffers;
	__u32 reserved;
};

#define SECUREKEY_DEV_QUERY_SIZE_VER0	80
#define SECUREKEY_DEV_QUERY		_IO(SECUREKEY_DEV_IOC, 0x00)

#endif /* _UAPI_LINUX_SECUREKEY_DEV_H */

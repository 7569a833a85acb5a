// SPDX-License-Identifier: GPL-2.0-only
/*
 * Secure key character devices: structures that may be older or newer than the
 * kernel.
 */

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "chardev.h"

/* What all of the structures begin with. */
struct ioctl_head {
	__u32 size;
	__u32 flags;
};

/* As long as the longest of them, and aligned for each. */
struct ioctl_arg {
	struct ioctl_head head;
	u64 body[15];
};

/*
 * In 32-bit ABIs too: compat_ptr_ioctl() converts nothing but the pointer. And for
 * ever: what is new goes behind.
 */
static_assert(sizeof(struct securekey_dev_query) ==
	      SECUREKEY_DEV_QUERY_SIZE_VER0);

/**
 * securekey_ioctl - carry out one of a number of commands
 * @ioctls: the commands
 * @n: how many
 * @file: the file that it came by
 * @cmd: which one
 * @arg: its structure in user space
 *
 * Return: what the command gives; -ENOTTY when there is none of that number;
 * -EINVAL, -E2BIG or -EFAULT for a bad structure, see <linux/securekey_dev.h>.
 */
long securekey_ioctl(const struct securekey_ioctl *ioctls, size_t n,
		     struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;
	const struct securekey_ioctl *op;
	struct ioctl_arg buf;
	u32 size;
	long ret;

	for (op = ioctls; op < ioctls + n; op++)
		if (op->cmd == cmd)
			break;
	if (op == ioctls + n)
		return -ENOTTY;

	if (WARN_ON_ONCE(op->size > sizeof(buf)))
		return -EINVAL;

	if (get_user(size, (u32 __user *)uarg))
		return -EFAULT;

	if (size < op->min_size)
		return -EINVAL;

	if (size > PAGE_SIZE)
		return -E2BIG;

	ret = copy_struct_from_user(&buf, op->size, uarg, size);
	if (ret)
		return ret;

	if (buf.head.flags & ~op->flags)
		return -EINVAL;

	ret = op->run(file, &buf);
	if (ret < 0 || !op->copy_out)
		return ret;

	/* Read again with the rest, it may be anything by now. */
	buf.head.size = op->size;
	if (copy_struct_to_user(uarg, size, &buf, op->size, NULL))
		return -EFAULT;

	return ret;
}

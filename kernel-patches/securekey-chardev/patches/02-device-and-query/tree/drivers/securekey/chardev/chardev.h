/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the secure key character devices share.
 */
#ifndef _DRIVERS_SECUREKEY_CHARDEV_H
#define _DRIVERS_SECUREKEY_CHARDEV_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/securekey.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <uapi/linux/securekey_dev.h>

/*
 * The bounds of what a descriptor can tie up in the kernel, whatever its provider
 * could do: the source of one request, about the largest frame there is; requests;
 * and mappings.
 */
#define SECUREKEY_MAX_LEN	SZ_16M
#define SECUREKEY_MAX_PENDING	256
#define SECUREKEY_MAX_BUFFERS	256

/**
 * struct securekey_cdev - the device of a provider
 * @dev: the device, which is referenced as long as the node is open
 * @cdev: the node
 * @provider: only to be used through an open file, which has a reference to it
 * @node: in the list of devices
 * @gone: the provider has left or is about to
 */
struct securekey_cdev {
	struct device dev;
	struct cdev cdev;
	struct securekey_provider *provider;
	struct list_head node;
	bool gone;
};

/**
 * struct securekey_ioctl - one command
 * @cmd: its number
 * @size: of its structure, as this kernel knows it
 * @min_size: of its structure's first version
 * @flags: those that are known
 * @copy_out: the structure is also an answer
 * @run: carries it out. @arg is the structure; @flags in it are known ones.
 *	Returns the result of the system call.
 */
struct securekey_ioctl {
	unsigned int cmd;
	size_t size;
	size_t min_size;
	u32 flags;
	bool copy_out;
	long (*run)(struct file *file, void *arg);
};

long securekey_ioctl(const struct securekey_ioctl *ioctls, size_t n,
		     struct file *file, unsigned int cmd, unsigned long arg);

#endif /* _DRIVERS_SECUREKEY_CHARDEV_H */

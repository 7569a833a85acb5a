// SPDX-License-Identifier: GPL-2.0-only
/*
 * Secure key character devices: /dev/securekey/<provider>
 *
 * A device comes and goes with its provider. Lifetimes:
 *
 *  - Each open file has a reference to the provider, which does not keep that from
 *    leaving, and through its inode one to the device. The device itself has none to
 *    the provider, which would pin the provider's module for as long as that is
 *    loaded.
 *  - device_remove_provider() says that the provider has left before the core begins to refuse
 *    what is asked of it. From then on the node cannot be opened. What is open stays so,
 *    and gets -ENODEV.
 */

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/kdev_t.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "chardev.h"

#define NR_MINORS	256

static dev_t first_devt;
static DEFINE_IDA(minors);

/* The core adds and removes one at a time. */
static LIST_HEAD(devices);

static long device_query(struct file *file, void *arg)
{
	struct securekey_cdev *c = file->private_data;
	struct securekey_dev_query *query = arg;
	const struct securekey_caps *caps;

	if (READ_ONCE(c->gone))
		return -ENODEV;

	caps = securekey_provider_caps(c->provider);
	*query = (struct securekey_dev_query) {
		.modes = caps->modes,
		.key_sizes = caps->key_sizes,
		.queue_depth = caps->queue_depth,
		.dst_align = caps->dst_align,
		.max_len = min(caps->max_len, SECUREKEY_MAX_LEN),
		.timeout_ms = caps->timeout_ms,
		.max_pending = SECUREKEY_MAX_PENDING,
		.max_buffers = SECUREKEY_MAX_BUFFERS,
	};
	strscpy(query->provider, securekey_provider_name(c->provider));

	return 0;
}

static const struct securekey_ioctl device_ioctls[] = {
	{
		.cmd = SECUREKEY_DEV_QUERY,
		.size = sizeof(struct securekey_dev_query),
		.min_size = SECUREKEY_DEV_QUERY_SIZE_VER0,
		.copy_out = true,
		.run = device_query,
	},
};

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return securekey_ioctl(device_ioctls, ARRAY_SIZE(device_ioctls), file,
			       cmd, arg);
}

static int device_open(struct inode *inode, struct file *file)
{
	struct securekey_cdev *c = container_of(inode->i_cdev,
						struct securekey_cdev, cdev);
	struct securekey_provider *p;

	p = securekey_provider_get(dev_name(&c->dev));
	if (IS_ERR(p))
		return -ENODEV;

	/* If not, then none of that name has come since: it is this device's. */
	if (READ_ONCE(c->gone)) {
		securekey_provider_put(p);
		return -ENODEV;
	}

	file->private_data = c;

	return nonseekable_open(inode, file);
}

static int device_release(struct inode *inode, struct file *file)
{
	struct securekey_cdev *c = file->private_data;

	securekey_provider_put(c->provider);

	return 0;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static char *device_devnode(const struct device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0600;

	return kasprintf(GFP_KERNEL, "securekey/%s", dev_name(dev));
}

static void device_free(struct device *dev)
{
	struct securekey_cdev *c = container_of(dev, struct securekey_cdev, dev);

	ida_free(&minors, MINOR(dev->devt));
	kfree(c);
}

static const struct class securekey_class = {
	.name = "securekey",
	.devnode = device_devnode,
	.dev_release = device_free,
};

static int device_create_for(struct securekey_provider *p, struct device *parent)
{
	struct securekey_cdev *c;
	int minor, ret;

	c = kzalloc_obj(*c);
	if (!c)
		return -ENOMEM;

	minor = ida_alloc_max(&minors, NR_MINORS - 1, GFP_KERNEL);
	if (minor < 0) {
		kfree(c);
		return minor;
	}

	device_initialize(&c->dev);
	c->dev.class = &securekey_class;
	c->dev.parent = parent;
	c->dev.devt = MKDEV(MAJOR(first_devt), minor);
	cdev_init(&c->cdev, &device_fops);
	c->cdev.owner = THIS_MODULE;
	c->provider = p;

	ret = dev_set_name(&c->dev, "%s", securekey_provider_name(p));
	if (!ret)
		ret = cdev_device_add(&c->cdev, &c->dev);
	if (ret) {
		put_device(&c->dev);
		return ret;
	}

	list_add(&c->node, &devices);

	return 0;
}

static void device_add_provider(struct securekey_provider *p, struct device *dev)
{
	int ret = device_create_for(p, dev);

	/* The provider is still there for other front ends. */
	if (ret)
		dev_err(dev, "no character device for secure keys: %d\n", ret);
}

static void device_remove_provider(struct securekey_provider *p)
{
	struct securekey_cdev *c;

	list_for_each_entry(c, &devices, node) {
		if (c->provider != p)
			continue;

		list_del(&c->node);
		WRITE_ONCE(c->gone, true);
		cdev_device_del(&c->cdev, &c->dev);
		put_device(&c->dev);
		return;
	}
}

static struct securekey_front_end front_end = {
	.add = device_add_provider,
	.remove = device_remove_provider,
};

static int __init securekey_chardev_init(void)
{
	int ret;

	ret = class_register(&securekey_class);
	if (ret)
		return ret;

	ret = alloc_chrdev_region(&first_devt, 0, NR_MINORS, "securekey");
	if (ret) {
		class_unregister(&securekey_class);
		return ret;
	}

	securekey_front_end_register(&front_end);

	return 0;
}
module_init(securekey_chardev_init);

static void __exit securekey_chardev_exit(void)
{
	securekey_front_end_unregister(&front_end);
	unregister_chrdev_region(first_devt, NR_MINORS);
	class_unregister(&securekey_class);
	ida_destroy(&minors);
}
module_exit(securekey_chardev_exit);

MODULE_DESCRIPTION("Character devices for keys that the kernel does not see");
MODULE_IMPORT_NS("SECUREKEY");
MODULE_LICENSE("GPL");

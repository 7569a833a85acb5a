/** A driver as the kernel writes them, with the macros that are not C to a parser. */
export const driver = String.raw`// SPDX-License-Identifier: GPL-2.0
/*
 * A demonstration: counts what it is told.
 */

#include <linux/cleanup.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "demo.h"

#define DEMO_MAX	8
#define DEMO_HELP	"a } brace" \
			" and a ; too"

struct demo_item {
	struct list_head node;
	u8 data[] __counted_by(len);	/* grows
					 * with time */
	int (*show)(struct demo_item *item,
		    char *buf);
#ifdef CONFIG_DEMO_DEBUG
	unsigned int hits:3, misses;
#endif
	spinlock_t __rcu *lock __aligned(8);
};

enum demo_state {
	DEMO_IDLE,
	DEMO_BUSY = 4,	/* not 1 */
	DEMO_GONE
};

DEFINE_FREE(demo_item, struct demo_item *, if (_T) kfree(_T))

static LIST_HEAD(items);
static DEFINE_MUTEX(lock);

static int __must_check demo_find(struct demo *d, int key)
	__must_hold(&lock)
{
	struct demo_item *item;
	int found = 0;

	/* if (key) in a comment is no statement */
	list_for_each_entry(item, &d->items, node)
		if (item->key == key)
			found++;

	list_for_each_entry_rcu(item, &d->items, node) {
		if (item->key < key)
			continue;
		found++;
	}

	guard(mutex)(&lock);
	scoped_guard(spinlock, &d->lock) {
		d->found = found;
	}

	if (!found)
		return -ENOENT;
	else if (found > DEMO_MAX)
		found = DEMO_MAX;
	else
		pr_debug("found %d; \"}\" {\n", found);

	do {
		found--;
	} while (found > 0);

	return found;
}

#ifdef CONFIG_DEMO_DEBUG
static void demo_check(struct demo *d)
{
	WARN_ON(!d);
}
#else
static inline void demo_check(struct demo *d)
{
}
#endif

/**
 * demo_ioctl - does what it is told
 * @file: the file
 * @cmd: what to do,
 *	in numbers
 *
 * Return: 0 or an error.
 */
static long demo_ioctl(struct file *file, unsigned int cmd)
{
	struct demo *d = file->private_data;

	switch (d->state) {
	case DEMO_IDLE:
		break;
	}

	switch (cmd) {
	case DEMO_GET:
	case DEMO_PEEK: {
		int value = 1;

		switch (value) {
		case 7:
			return 7;
		}
		return value;
	}
	/* For those who know. */
	case DEMO_SET ... DEMO_SET_LAST:
		if (d->busy)
			goto out;
		break;
	default:
		return -ENOTTY;
	}

out:
	return 0;
}

static const struct file_operations demo_fops = {
	.owner		= THIS_MODULE,
	.open		= demo_open,
	.unlocked_ioctl	= demo_ioctl
};

SYSCALL_DEFINE2(demo_call, int, fd, unsigned int, flags)
{
	return fd;
}

module_init(demo_init);
MODULE_LICENSE("GPL");
MODULE_PARM_DESC(max, "How many; at most")
MODULE_DESCRIPTION("Counts");
`

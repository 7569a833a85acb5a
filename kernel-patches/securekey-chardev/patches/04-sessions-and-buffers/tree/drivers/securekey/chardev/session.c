// SPDX-License-Identifier: GPL-2.0-only
/*
 * Secure key character devices: a key, a way to use it, and where to decrypt to.
 *
 * A session is a descriptor. It references its key, by that the provider, and the
 * device, and holds the destinations that were attached to it: those are mapped once,
 * and found by a number that means nothing to other sessions.
 */

#include <linux/anon_inodes.h>
#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "session.h"

/*
 * A number is not used again soon, by whatever session: one that is mistaken for
 * another's, or stale, names nothing.
 */
static atomic_t last_buffer_id;

static bool session_protected_only(const struct securekey_session *s)
{
	return s->flags & SECUREKEY_DEV_SESSION_PROTECTED_ONLY ||
	       s->key->params.flags & SECUREKEY_FLAG_PROTECTED_DST_ONLY;
}

static int session_add_buffer(struct securekey_session *s,
			      struct securekey_buffer *buffer)
{
	int id, ret;

	guard(mutex)(&s->buffers_lock);

	if (s->nr_buffers >= SECUREKEY_MAX_BUFFERS)
		return -ENOSPC;

	do {
		id = atomic_inc_return(&last_buffer_id) & INT_MAX;
		ret = id ? xa_insert(&s->buffers, id, buffer,
				     GFP_KERNEL_ACCOUNT) : -EBUSY;
	} while (ret == -EBUSY);
	if (ret)
		return ret;

	s->nr_buffers++;

	return id;
}

static long session_attach(struct file *file, void *arg)
{
	struct securekey_session *s = file->private_data;
	const struct securekey_dev_attach *att = arg;
	int id;

	if (att->reserved)
		return -EINVAL;

	struct securekey_buffer *buffer __free(securekey_buffer_put) =
		securekey_buffer_get(s->key->provider, att->fd);
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);

	/* Of the key the core would say so, when the first request comes. */
	if (session_protected_only(s) && !buffer->is_protected)
		return -EPERM;

	id = session_add_buffer(s, buffer);
	if (id > 0)
		retain_and_null_ptr(buffer);

	return id;
}

static long session_detach(struct file *file, void *arg)
{
	struct securekey_session *s = file->private_data;
	const struct securekey_dev_detach *det = arg;
	struct securekey_buffer *buffer;

	if (det->reserved)
		return -EINVAL;

	scoped_guard(mutex, &s->buffers_lock) {
		buffer = xa_erase(&s->buffers, det->id);
		if (!buffer)
			return -ENOENT;
		s->nr_buffers--;
	}
	securekey_buffer_put(buffer);

	return 0;
}

static const struct securekey_ioctl session_ioctls[] = {
	{
		.cmd = SECUREKEY_DEV_ATTACH,
		.size = sizeof(struct securekey_dev_attach),
		.min_size = SECUREKEY_DEV_ATTACH_SIZE_VER0,
		.run = session_attach,
	},
	{
		.cmd = SECUREKEY_DEV_DETACH,
		.size = sizeof(struct securekey_dev_detach),
		.min_size = SECUREKEY_DEV_DETACH_SIZE_VER0,
		.run = session_detach,
	},
};

static long session_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return securekey_ioctl(session_ioctls, ARRAY_SIZE(session_ioctls), file,
			       cmd, arg);
}

static void session_free(struct securekey_session *s)
{
	struct securekey_buffer *buffer;
	unsigned long id;

	if (!s)
		return;

	xa_for_each(&s->buffers, id, buffer)
		securekey_buffer_put(buffer);
	xa_destroy(&s->buffers);
	securekey_key_put(s->key);
	put_device(&s->cdev->dev);
	kfree(s);
}

DEFINE_FREE(session, struct securekey_session *, session_free(_T))

static int session_release(struct inode *inode, struct file *file)
{
	session_free(file->private_data);

	return 0;
}

#ifdef CONFIG_PROC_FS
static void session_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct securekey_session *s = file->private_data;

	seq_printf(m, "securekey-provider:\t%s\n",
		   securekey_provider_name(s->key->provider));
	seq_printf(m, "securekey-mode:\t%#x\n", s->mode);
	seq_printf(m, "securekey-buffers:\t%u\n", READ_ONCE(s->nr_buffers));
}
#endif

static const struct file_operations session_fops = {
	.owner = THIS_MODULE,
	.release = session_release,
	.unlocked_ioctl = session_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
#ifdef CONFIG_PROC_FS
	.show_fdinfo = session_show_fdinfo,
#endif
};

static int session_check(const struct securekey_cdev *c,
			 const struct securekey_key *key,
			 const struct securekey_dev_session *arg)
{
	enum securekey_direction dir;

	if (READ_ONCE(c->gone))
		return -ENODEV;

	if (key->provider != c->provider)
		return -EINVAL;

	switch (arg->op) {
	case SECUREKEY_DEV_OP_DECRYPT:
		dir = SECUREKEY_DECRYPT;
		break;
	case SECUREKEY_DEV_OP_ENCRYPT:
		dir = SECUREKEY_ENCRYPT;
		break;
	default:
		return -EINVAL;
	}

	if (arg->algorithm != key->params.algorithm)
		return -EKEYREJECTED;

	return securekey_key_check(key, arg->mode, dir);
}

/**
 * securekey_session_create - make a descriptor by which a key is used
 * @file: the device
 * @arg: a struct securekey_dev_session
 *
 * Return: the descriptor, or an error that the structure tells of.
 */
long securekey_session_create(struct file *file, void *arg)
{
	const struct securekey_dev_session *create = arg;
	struct securekey_cdev *c = file->private_data;
	int ret;

	struct securekey_key *key __free(securekey_key_put) =
		securekey_key_from_fd(create->key_fd);
	if (IS_ERR(key))
		return PTR_ERR(key);

	ret = session_check(c, key, create);
	if (ret)
		return ret;

	struct securekey_session *s __free(session) =
		kzalloc_obj(*s, GFP_KERNEL_ACCOUNT);
	if (!s)
		return -ENOMEM;

	get_device(&c->dev);
	s->cdev = c;
	s->key = no_free_ptr(key);
	s->mode = create->mode;
	s->flags = create->flags;
	mutex_init(&s->buffers_lock);
	xa_init(&s->buffers);

	ret = anon_inode_getfd("[securekey-session]", &session_fops, s,
			       O_RDWR | O_CLOEXEC);
	if (ret >= 0)
		retain_and_null_ptr(s);

	return ret;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that a provider has loaded, as kernel objects and as descriptors.
 */

#include <linux/anon_inodes.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "internal.h"

/* The provider that a blob is of, when the caller does not say. */
static struct securekey_provider *
key_provider(struct securekey_provider *p, const struct securekey_blob *blob)
{
	if (p)
		return securekey_provider_ref(p);

	p = securekey_provider_get(blob->hdr.provider);

	/* A good blob, perhaps, of one that comes back, or has not come yet. */
	return p == ERR_PTR(-ENOENT) ? ERR_PTR(-ENODEV) : p;
}

static struct securekey_key *key_load(struct securekey_provider *p,
				      const struct securekey_blob *blob)
{
	struct securekey_key *key __free(kfree) = kzalloc_obj(*key);
	int ret;

	if (!key)
		return ERR_PTR(-ENOMEM);

	kref_init(&key->ref);
	INIT_LIST_HEAD(&key->node);
	securekey_blob_params(blob, &key->params);
	key->provider = p;

	scoped_guard(srcu, &p->srcu) {
		if (READ_ONCE(p->dead))
			return ERR_PTR(-ENODEV);

		ret = p->ops->load(p, blob, key);
		if (ret)
			return ERR_PTR(ret);

		scoped_guard(spinlock, &p->lock)
			list_add_tail(&key->node, &p->keys);
	}

	securekey_provider_ref(p);

	return_ptr(key);
}

/**
 * securekey_key_load_wait - make a wrapped key usable when there is room for it
 * @provider: the provider that the blob must be of, NULL for any
 * @data: a blob of either form
 * @len: its length
 * @timeo: how long to wait for room at most, in jiffies, MAX_SCHEDULE_TIMEOUT for
 *	ever; becomes what is left of it
 *
 * Room is made by keys that are unloaded here. A provider that serves others besides
 * may find it earlier, and does not say.
 *
 * Context: Process context.
 * Return: as securekey_key_load(), but ERR_PTR(-EAGAIN) only when there was no room
 * before the time was over, and ERR_PTR(-ERESTARTSYS) when a signal came before.
 */
struct securekey_key *
securekey_key_load_wait(struct securekey_provider *provider, const void *data,
			size_t len, long *timeo)
{
	struct securekey_blob *blob __free(kfree_sensitive) = kmalloc_obj(*blob);
	struct securekey_key *key;
	unsigned int unloads;
	long left;
	int ret;

	if (!blob)
		return ERR_PTR(-ENOMEM);

	ret = securekey_blob_parse(data, len, blob);
	if (ret)
		return ERR_PTR(ret);

	struct securekey_provider *p __free(securekey_provider_put) =
		key_provider(provider, blob);
	if (IS_ERR(p))
		return ERR_CAST(p);

	ret = securekey_blob_parse_for(p, data, len, blob);
	if (ret)
		return ERR_PTR(ret);

	for (;;) {
		/* Before trying: what is unloaded after that wakes us. */
		unloads = READ_ONCE(p->unloads);
		key = key_load(p, blob);
		if (key != ERR_PTR(-EAGAIN) || !*timeo)
			return key;

		left = wait_event_interruptible_timeout(p->unloaded,
							READ_ONCE(p->unloads) != unloads ||
							READ_ONCE(p->dead),
							*timeo);
		if (left < 0)
			return ERR_PTR(left);

		*timeo = left;
	}
}
EXPORT_SYMBOL_NS_GPL(securekey_key_load_wait, "SECUREKEY");

/**
 * securekey_key_load - make a wrapped key usable
 * @provider: the provider that the blob must be of, NULL for any
 * @data: a blob of either form
 * @len: its length
 *
 * Context: Process context.
 * Return: the key, to be given to securekey_key_put(); ERR_PTR(-EBADMSG) when the
 * blob is damaged, of another boot (if ephemeral) or of another provider,
 * ERR_PTR(-ENODEV) when the provider is not there, ERR_PTR(-EAGAIN) when it has no
 * room for one more key, ERR_PTR(-ENOMEM), or what the provider says.
 */
struct securekey_key *securekey_key_load(struct securekey_provider *provider,
					 const void *data, size_t len)
{
	long timeo = 0;

	return securekey_key_load_wait(provider, data, len, &timeo);
}
EXPORT_SYMBOL_NS_GPL(securekey_key_load, "SECUREKEY");

/* Unload what is still loaded. The provider has gone, and nobody is in it. */
void securekey_keys_unload(struct securekey_provider *p)
{
	struct securekey_key *key, *next;

	lockdep_assert_held(&p->leave_lock);

	list_for_each_entry_safe(key, next, &p->keys, node) {
		list_del_init(&key->node);
		p->ops->unload(p, key);
	}
}

static bool key_unload(struct securekey_key *key)
{
	struct securekey_provider *p = key->provider;

	guard(srcu)(&p->srcu);

	if (READ_ONCE(p->gone))
		return false;

	scoped_guard(spinlock, &p->lock)
		list_del(&key->node);

	p->ops->unload(p, key);

	scoped_guard(spinlock, &p->lock)
		WRITE_ONCE(p->unloads, p->unloads + 1);
	wake_up(&p->unloaded);

	return true;
}

static void key_release(struct kref *ref)
{
	struct securekey_key *key = container_of(ref, struct securekey_key, ref);
	struct securekey_provider *p = key->provider;

	/* If not here, then it has been or is being unloaded over there. */
	if (!key_unload(key))
		securekey_provider_wait_gone(p);

	kfree(key);
	securekey_provider_put(p);
}

/**
 * securekey_key_get - take one more reference
 * @key: a key
 *
 * Return: @key.
 */
struct securekey_key *securekey_key_get(struct securekey_key *key)
{
	kref_get(&key->ref);

	return key;
}
EXPORT_SYMBOL_NS_GPL(securekey_key_get, "SECUREKEY");

/**
 * securekey_key_put - drop a reference
 * @key: a key, NULL or an error pointer
 *
 * Unloads the key with the last one.
 *
 * Context: Process context, may sleep.
 */
void securekey_key_put(struct securekey_key *key)
{
	might_sleep();
	if (!IS_ERR_OR_NULL(key))
		kref_put(&key->ref, key_release);
}
EXPORT_SYMBOL_NS_GPL(securekey_key_put, "SECUREKEY");

static int key_fop_release(struct inode *inode, struct file *file)
{
	securekey_key_put(file->private_data);

	return 0;
}

#ifdef CONFIG_PROC_FS
static void key_fop_show_fdinfo(struct seq_file *m, struct file *file)
{
	const struct securekey_key *key = file->private_data;

	seq_printf(m, "securekey-provider:\t%s\n", key->provider->name);
	seq_printf(m, "securekey-algorithm:\t%u\n", key->params.algorithm);
	seq_printf(m, "securekey-bits:\t%u\n", key->params.key_bits);
	seq_printf(m, "securekey-modes:\t%#x\n", key->params.modes);
	seq_printf(m, "securekey-flags:\t%#x\n", key->params.flags);
	seq_printf(m, "securekey-form:\t%u\n", key->params.form);
}
#endif

static const struct file_operations key_fops = {
	.owner = THIS_MODULE,
	.release = key_fop_release,
#ifdef CONFIG_PROC_FS
	.show_fdinfo = key_fop_show_fdinfo,
#endif
};

/**
 * securekey_key_install_fd - make a key a descriptor of the current process
 * @key: a key; the descriptor takes a reference of its own
 * @o_flags: O_CLOEXEC or 0
 *
 * Return: the descriptor, -EINVAL for other flags, or why there is none.
 */
int securekey_key_install_fd(struct securekey_key *key, unsigned int o_flags)
{
	struct file *file;
	int fd;

	if (o_flags & ~O_CLOEXEC)
		return -EINVAL;

	fd = get_unused_fd_flags(o_flags);
	if (fd < 0)
		return fd;

	file = anon_inode_getfile("[securekey]", &key_fops, key, 0);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}

	securekey_key_get(key);
	fd_install(fd, file);

	return fd;
}
EXPORT_SYMBOL_NS_GPL(securekey_key_install_fd, "SECUREKEY");

/**
 * securekey_key_from_fd - find the key behind a descriptor
 * @fd: a descriptor of the current process
 *
 * Return: the key, to be given to securekey_key_put(); ERR_PTR(-EBADF) when there
 * is no such descriptor, ERR_PTR(-EINVAL) when it is none of a key.
 */
struct securekey_key *securekey_key_from_fd(int fd)
{
	CLASS(fd, f)(fd);

	if (fd_empty(f))
		return ERR_PTR(-EBADF);

	if (fd_file(f)->f_op != &key_fops)
		return ERR_PTR(-EINVAL);

	return securekey_key_get(fd_file(f)->private_data);
}
EXPORT_SYMBOL_NS_GPL(securekey_key_from_fd, "SECUREKEY");

/**
 * securekey_key_check - ask a key's policy
 * @key: a key
 * @mode: one of SECUREKEY_MODE_*
 * @dir: what it is to be used for
 *
 * Return: 0; -EKEYREJECTED when the policy forbids it, -EINVAL when @mode is none,
 * -EOPNOTSUPP for encryption that the policy does not forbid: there is no request
 * for that.
 */
int securekey_key_check(const struct securekey_key *key, u32 mode,
			enum securekey_direction dir)
{
	if (hweight32(mode) != 1 || mode & ~SECUREKEY_MODE_ALL)
		return -EINVAL;

	if (!(key->params.modes & mode))
		return -EKEYREJECTED;

	switch (dir) {
	case SECUREKEY_DECRYPT:
		return 0;
	case SECUREKEY_ENCRYPT:
		if (key->params.flags & SECUREKEY_FLAG_DECRYPT_ONLY)
			return -EKEYREJECTED;
		return -EOPNOTSUPP;
	}

	return -EINVAL;
}
EXPORT_SYMBOL_NS_GPL(securekey_key_check, "SECUREKEY");

/**
 * securekey_key_export - wrap a loaded key for storage
 * @key: a key that was loaded from a long-term blob
 * @buf: where the long-term blob goes
 * @size: room there; SECUREKEY_BLOB_MAX_LEN is enough for all
 *
 * A key that was loaded from an ephemeral blob is not made to last.
 *
 * Context: Process context.
 * Return: length of the blob; -EKEYREJECTED when @key was loaded from an ephemeral
 * blob, -EOPNOTSUPP when the provider cannot, -EOVERFLOW when @buf is too short,
 * -ENODEV when the provider has gone, -ENOMEM, or what the provider says.
 */
int securekey_key_export(struct securekey_key *key, void *buf, size_t size)
{
	struct securekey_provider *p = key->provider;
	int ret;

	if (key->params.form != SECUREKEY_FORM_LONG_TERM)
		return -EKEYREJECTED;

	struct securekey_blob *lt __free(kfree_sensitive) =
		securekey_blob_alloc(p, &key->params, SECUREKEY_FORM_LONG_TERM);
	if (!lt)
		return -ENOMEM;

	guard(srcu)(&p->srcu);

	if (READ_ONCE(p->dead))
		return -ENODEV;

	if (!p->ops->export)
		return -EOPNOTSUPP;

	ret = p->ops->export(p, key, lt);
	if (ret)
		return ret;

	return securekey_blob_copy_out(p, &key->params, SECUREKEY_FORM_LONG_TERM,
				       lt, buf, size);
}
EXPORT_SYMBOL_NS_GPL(securekey_key_export, "SECUREKEY");

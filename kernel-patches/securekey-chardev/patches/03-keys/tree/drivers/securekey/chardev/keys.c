// SPDX-License-Identifier: GPL-2.0-only
/*
 * Secure key character devices: wrapped keys are made, and become descriptors.
 *
 * No key is seen here but the one that user space itself brings along to be imported.
 */

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "chardev.h"

/* Longer than the raw key of any algorithm there is. */
#define RAW_MAX_LEN	64

static struct securekey_provider *file_provider(struct file *file)
{
	struct securekey_cdev *c = file->private_data;

	return c->provider;
}

static void *blob_alloc(void)
{
	return kmalloc(SECUREKEY_BLOB_MAX_LEN, GFP_KERNEL);
}

/* To be freed by kfree(): there is no secret in a blob. */
static void *blob_from_user(u64 addr, u32 len)
{
	if (len > SECUREKEY_BLOB_MAX_LEN)
		return ERR_PTR(-EBADMSG);

	return memdup_user(u64_to_user_ptr(addr), len);
}

/* Room for a blob that fits all providers is not more room than there is here. */
static size_t blob_room(u32 len)
{
	return min(len, SECUREKEY_BLOB_MAX_LEN);
}

/* @len is what the core returned. So does whoever gives the blob to user space. */
static long blob_to_user(u64 addr, const void *blob, int len)
{
	if (len > 0 && copy_to_user(u64_to_user_ptr(addr), blob, len))
		return -EFAULT;

	return len;
}

long securekey_keys_generate(struct file *file, void *arg)
{
	const struct securekey_dev_generate *gen = arg;
	int ret;

	if (gen->reserved)
		return -EINVAL;

	void *blob __free(kfree) = blob_alloc();
	if (!blob)
		return -ENOMEM;

	ret = securekey_generate(file_provider(file), &gen->params, blob,
				 blob_room(gen->blob_len));

	return blob_to_user(gen->blob, blob, ret);
}

long securekey_keys_import(struct file *file, void *arg)
{
	const struct securekey_dev_import *imp = arg;
	u8 raw[RAW_MAX_LEN];
	int ret;

	if (imp->raw_len > sizeof(raw))
		return -EINVAL;

	void *blob __free(kfree) = blob_alloc();
	if (!blob)
		return -ENOMEM;

	if (copy_from_user(raw, u64_to_user_ptr(imp->raw), imp->raw_len))
		ret = -EFAULT;
	else
		ret = securekey_import(file_provider(file), &imp->params, raw,
				       imp->raw_len, blob,
				       blob_room(imp->blob_len));
	memzero_explicit(raw, sizeof(raw));

	return blob_to_user(imp->blob, blob, ret);
}

long securekey_keys_prepare(struct file *file, void *arg)
{
	const struct securekey_dev_prepare *prep = arg;
	int ret;

	void *lt __free(kfree) = blob_from_user(prep->src, prep->src_len);
	if (IS_ERR(lt))
		return PTR_ERR(lt);

	void *blob __free(kfree) = blob_alloc();
	if (!blob)
		return -ENOMEM;

	ret = securekey_prepare(file_provider(file), lt, prep->src_len, blob,
				blob_room(prep->blob_len));

	return blob_to_user(prep->blob, blob, ret);
}

long securekey_keys_delete(struct file *file, void *arg)
{
	const struct securekey_dev_blob *del = arg;

	if (del->reserved)
		return -EINVAL;

	void *blob __free(kfree) = blob_from_user(del->blob, del->blob_len);
	if (IS_ERR(blob))
		return PTR_ERR(blob);

	return securekey_delete(file_provider(file), blob, del->blob_len);
}

long securekey_keys_load(struct file *file, void *arg)
{
	const struct securekey_dev_blob *load = arg;

	if (load->reserved)
		return -EINVAL;

	void *blob __free(kfree) = blob_from_user(load->blob, load->blob_len);
	if (IS_ERR(blob))
		return PTR_ERR(blob);

	struct securekey_key *key __free(securekey_key_put) =
		securekey_key_load(file_provider(file), blob, load->blob_len);
	if (IS_ERR(key))
		return PTR_ERR(key);

	return securekey_key_install_fd(key, O_CLOEXEC);
}

long securekey_keys_export(struct file *file, void *arg)
{
	const struct securekey_dev_export *exp = arg;
	int ret;

	struct securekey_key *key __free(securekey_key_put) =
		securekey_key_from_fd(exp->key_fd);
	if (IS_ERR(key))
		return PTR_ERR(key);

	if (key->provider != file_provider(file))
		return -EINVAL;

	void *blob __free(kfree) = blob_alloc();
	if (!blob)
		return -ENOMEM;

	ret = securekey_key_export(key, blob, blob_room(exp->blob_len));

	return blob_to_user(exp->blob, blob, ret);
}

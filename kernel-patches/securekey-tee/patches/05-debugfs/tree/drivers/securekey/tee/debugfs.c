// SPDX-License-Identifier: GPL-2.0-only
/*
 * A secure key provider in a TEE: what only a test may do.
 *
 * Documentation/security/securekey.rst tells tests what is here.
 */

#include <crypto/sha2.h>
#include <linux/cleanup.h>
#include <linux/debugfs.h>
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/hex.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "tee.h"

/**
 * struct digest - state of one open digest file
 * @tee: whose it is
 * @lock: protects the others
 * @len: bytes in @text, 0 before anything was asked
 * @text: the answer
 */
struct digest {
	struct sktee *tee;
	struct mutex lock;	/* protects what follows */
	size_t len;
	char text[2 * SHA256_DIGEST_SIZE + 1];
};

static int test_fault(struct sktee_session *s, u32 fault, u32 ms)
{
	struct tee_param params[SKTEE_NUM_PARAMS] = {
		{
			.attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT,
			.u.value = { .a = fault, .b = ms },
		},
	};

	return sktee_session_invoke(s, SKTA_TEST_FAULT, params);
}

/* Have go wrong what a test wants, in the request that begins. */
int sktee_debugfs_fault(struct sktee_session *s)
{
	struct sktee_faults *faults = &s->tee->faults;
	u32 ms = READ_ONCE(faults->delay_ms);

	if (atomic_dec_if_positive(&faults->panic) >= 0)
		return test_fault(s, SKTA_FAULT_PANIC_LATER, 0);

	return ms ? test_fault(s, SKTA_FAULT_SLEEP, ms) : 0;
}

/* Called with the management session locked and open. */
static int digest_ask(struct sktee *tee, struct tee_shm *shm, u64 offset,
		      u64 len, u8 out[SHA256_DIGEST_SIZE])
{
	struct tee_param params[SKTEE_NUM_PARAMS] = {};
	struct sktee_buf *msg;
	int ret;

	msg = sktee_pool_get(tee, &tee->messages, NULL);
	if (IS_ERR(msg))
		return PTR_ERR(msg);

	ret = sktee_param_memory(&params[0],
				 TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT, shm,
				 offset, len);
	if (!ret)
		ret = sktee_param_memory(&params[1],
					 TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT,
					 msg->shm, 0, SHA256_DIGEST_SIZE);
	if (!ret)
		ret = sktee_session_invoke(&tee->management, SKTA_TEST_DIGEST,
					   params);
	if (!ret && params[1].u.memref.size != SHA256_DIGEST_SIZE)
		ret = -EIO;
	if (!ret)
		memcpy(out, msg->va, SHA256_DIGEST_SIZE);
	sktee_pool_put(&tee->messages, msg);

	return ret;
}

static int digest_range(struct sktee *tee, struct tee_shm *shm, u64 offset,
			u64 len, u8 out[SHA256_DIGEST_SIZE])
{
	struct tee_param_memref memref;
	int ret;

	if (tee_shm_get_memref(shm, offset, len, &memref))
		return -EINVAL;

	/* Of nothing everybody knows it, and the TEE wants something. */
	if (!len) {
		sha256("", 0, out);
		return 0;
	}

	guard(mutex)(&tee->management.lock);

	ret = sktee_session_open(&tee->management);

	return ret ?: digest_ask(tee, shm, offset, len, out);
}

static int digest_dmabuf(struct sktee *tee, int fd, u64 offset, u64 len,
			 u8 out[SHA256_DIGEST_SIZE])
{
	struct dma_buf *dmabuf = dma_buf_get(fd);
	struct tee_shm *shm;
	int ret;

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	shm = tee->transport->register_dmabuf(tee->ctx, dmabuf);
	dma_buf_put(dmabuf);
	if (IS_ERR(shm))
		return PTR_ERR(shm);

	ret = digest_range(tee, shm, offset, len, out);
	tee->transport->free(tee->ctx, shm);

	return ret;
}

static int digest_open(struct inode *inode, struct file *file)
{
	struct sktee *tee = inode->i_private;
	struct digest *d;

	if (!tee->test)
		return -EOPNOTSUPP;

	d = kzalloc_obj(*d);
	if (!d)
		return -ENOMEM;

	mutex_init(&d->lock);
	d->tee = tee;
	file->private_data = d;

	return 0;
}

static ssize_t digest_write(struct file *file, const char __user *ubuf,
			    size_t size, loff_t *ppos)
{
	struct digest *d = file->private_data;
	u8 hash[SHA256_DIGEST_SIZE];
	u64 offset, len;
	char line[64];
	char end;
	int fd;
	int ret;

	if (size >= sizeof(line))
		return -EINVAL;

	if (copy_from_user(line, ubuf, size))
		return -EFAULT;
	line[size] = '\0';

	if (sscanf(line, "%d %llu %llu %c", &fd, &offset, &len, &end) != 3)
		return -EINVAL;

	guard(mutex)(&d->lock);

	d->len = 0;
	ret = digest_dmabuf(d->tee, fd, offset, len, hash);
	if (ret)
		return ret;

	*bin2hex(d->text, hash, sizeof(hash)) = '\n';
	d->len = sizeof(d->text);
	*ppos = 0;

	return size;
}

static ssize_t digest_read(struct file *file, char __user *ubuf, size_t size,
			   loff_t *ppos)
{
	struct digest *d = file->private_data;

	guard(mutex)(&d->lock);

	if (!d->len)
		return -ENODATA;

	return simple_read_from_buffer(ubuf, size, ppos, d->text, d->len);
}

static int digest_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);

	return 0;
}

static const struct file_operations digest_fops = {
	.owner = THIS_MODULE,
	.open = digest_open,
	.read = digest_read,
	.write = digest_write,
	.release = digest_release,
};

static int present_get(void *data, u64 *val)
{
	struct sktee *tee = data;

	guard(mutex)(&tee->faults.present_lock);

	*val = !!tee->provider;

	return 0;
}

static int present_set(void *data, u64 val)
{
	struct sktee *tee = data;

	if (val > 1)
		return -EINVAL;

	guard(mutex)(&tee->faults.present_lock);

	if (!val)
		sktee_leave(tee);
	else if (!tee->provider)
		return sktee_appear(tee);

	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(present_fops, present_get, present_set, "%llu\n");

/* What the provider registers when it appears the next time. */
#define SKTEE_LIMIT(name)						\
static int name##_get(void *data, u64 *val)				\
{									\
	struct sktee *tee = data;					\
									\
	guard(mutex)(&tee->faults.present_lock);			\
									\
	*val = tee->caps.name;						\
									\
	return 0;							\
}									\
									\
static int name##_set(void *data, u64 val)				\
{									\
	struct sktee *tee = data;					\
									\
	if (val > U32_MAX)						\
		return -EINVAL;						\
									\
	guard(mutex)(&tee->faults.present_lock);			\
									\
	tee->caps.name = val;						\
									\
	return 0;							\
}									\
DEFINE_DEBUGFS_ATTRIBUTE(name##_fops, name##_get, name##_set, "%llu\n")

SKTEE_LIMIT(timeout_ms);
SKTEE_LIMIT(key_depth);

static int delay_ms_get(void *data, u64 *val)
{
	struct sktee *tee = data;

	*val = READ_ONCE(tee->faults.delay_ms);

	return 0;
}

static int delay_ms_set(void *data, u64 val)
{
	struct sktee *tee = data;

	if (!tee->test)
		return -EOPNOTSUPP;
	if (val > U32_MAX)
		return -EINVAL;

	WRITE_ONCE(tee->faults.delay_ms, val);

	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(delay_ms_fops, delay_ms_get, delay_ms_set, "%llu\n");

static int panic_get(void *data, u64 *val)
{
	struct sktee *tee = data;

	*val = atomic_read(&tee->faults.panic);

	return 0;
}

static int panic_set(void *data, u64 val)
{
	struct sktee *tee = data;

	if (!tee->test)
		return -EOPNOTSUPP;
	if (val > INT_MAX)
		return -EINVAL;

	atomic_set(&tee->faults.panic, val);

	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(panic_fops, panic_get, panic_set, "%llu\n");

/* The session that keys are made in dies at once. */
static int panic_now_set(void *data, u64 val)
{
	struct sktee *tee = data;
	struct sktee_session *s = &tee->management;
	int ret;

	if (!tee->test)
		return -EOPNOTSUPP;
	if (val != 1)
		return -EINVAL;

	guard(mutex)(&s->lock);

	ret = sktee_session_open(s);
	if (ret)
		return ret;

	ret = test_fault(s, SKTA_FAULT_PANIC, 0);

	/* That is how it says that it did. */
	return s->open ? ret : 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(panic_now_fops, NULL, panic_now_set, "%llu\n");

static int calls_get(void *data, u64 *val)
{
	struct sktee *tee = data;

	*val = atomic64_read(&tee->faults.calls);

	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(calls_fops, calls_get, NULL, "%llu\n");

static int in_use_show(struct seq_file *m, void *unused)
{
	struct sktee *tee = m->private;

	seq_printf(m, "keys %d\n", atomic_read(&tee->nr_keys));
	seq_printf(m, "buffers %d\n", atomic_read(&tee->nr_buffers));
	seq_printf(m, "requests %d\n", atomic_read(&tee->nr_requests));

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(in_use);

/* After the provider has appeared for the first time. */
void sktee_debugfs_init(struct sktee *tee)
{
	struct dentry *dir;

	mutex_init(&tee->faults.present_lock);
	dir = debugfs_create_dir(tee->transport->name, securekey_debugfs_dir());
	tee->faults.debugfs = dir;

	debugfs_create_file("digest", 0600, dir, tee, &digest_fops);
	debugfs_create_file("in_use", 0400, dir, tee, &in_use_fops);
	debugfs_create_file_unsafe("calls", 0400, dir, tee, &calls_fops);
	debugfs_create_file_unsafe("present", 0600, dir, tee, &present_fops);
	debugfs_create_file_unsafe("timeout_ms", 0600, dir, tee,
				   &timeout_ms_fops);
	debugfs_create_file_unsafe("key_depth", 0600, dir, tee, &key_depth_fops);
	debugfs_create_file_unsafe("delay_ms", 0600, dir, tee, &delay_ms_fops);
	debugfs_create_file_unsafe("panic", 0600, dir, tee, &panic_fops);
	debugfs_create_file_unsafe("panic_now", 0200, dir, tee, &panic_now_fops);
}

/* Before the provider leaves for good: nobody is in a file after this. */
void sktee_debugfs_exit(struct sktee *tee)
{
	debugfs_remove(tee->faults.debugfs);
}

MODULE_IMPORT_NS("DMA_BUF");

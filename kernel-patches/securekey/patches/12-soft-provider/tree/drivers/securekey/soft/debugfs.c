// SPDX-License-Identifier: GPL-2.0-only
/*
 * The secure key provider "soft": what only a test may do.
 *
 * Documentation/security/securekey.rst tells tests what is here.
 */

#include <crypto/sha2.h>
#include <linux/cleanup.h>
#include <linux/debugfs.h>
#include <linux/dma-buf.h>
#include <linux/fs.h>
#include <linux/hex.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "soft.h"
#include "test-heap.h"

/**
 * struct digest - state of one open digest file
 * @lock: protects the others
 * @len: bytes in @text, 0 before anything was asked
 * @text: the answer
 */
struct digest {
	struct mutex lock;	/* protects what follows */
	size_t len;
	char text[2 * SHA256_DIGEST_SIZE + 1];
};

static void digest_range(const u8 *data, size_t len,
			 u8 out[SHA256_DIGEST_SIZE])
{
	struct sha256_ctx ctx;
	size_t n;

	sha256_init(&ctx);
	for (; len; data += n, len -= n) {
		n = min(len, SZ_64K);
		sha256_update(&ctx, data, n);
		cond_resched();
	}
	sha256_final(&ctx, out);
}

static int digest_dmabuf(int fd, u64 offset, u64 len,
			 u8 out[SHA256_DIGEST_SIZE])
{
	struct dma_buf *dmabuf = dma_buf_get(fd);
	int ret = -EINVAL;
	void *vaddr;
	u64 end;

	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	vaddr = securekey_test_heap_vaddr(dmabuf);
	if (vaddr && !check_add_overflow(offset, len, &end) &&
	    end <= dmabuf->size) {
		digest_range(vaddr + offset, len, out);
		ret = 0;
	}

	dma_buf_put(dmabuf);

	return ret;
}

static int digest_open(struct inode *inode, struct file *file)
{
	struct digest *d = kzalloc_obj(*d);

	if (!d)
		return -ENOMEM;

	mutex_init(&d->lock);
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
	ret = digest_dmabuf(fd, offset, len, hash);
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
	struct soft *soft = data;

	guard(mutex)(&soft->present_lock);

	*val = !!soft->provider;

	return 0;
}

static int present_set(void *data, u64 val)
{
	if (val > 1)
		return -EINVAL;

	if (val)
		return soft_present(data);

	soft_absent(data);

	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(present_fops, present_get, present_set, "%llu\n");

static int hang_get(void *data, u64 *val)
{
	struct soft *soft = data;

	guard(spinlock)(&soft->lock);

	*val = soft->faults.hang;

	return 0;
}

static int hang_set(void *data, u64 val)
{
	if (val > 1)
		return -EINVAL;

	soft_request_hang(data, val);

	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(hang_fops, hang_get, hang_set, "%llu\n");

/* Numbers in &struct soft_faults, up to @most. */
#define SOFT_KNOB(name, most)						\
static int name##_get(void *data, u64 *val)				\
{									\
	struct soft *soft = data;					\
									\
	guard(spinlock)(&soft->lock);					\
									\
	*val = soft->faults.name;					\
									\
	return 0;							\
}									\
									\
static int name##_set(void *data, u64 val)				\
{									\
	struct soft *soft = data;					\
									\
	if (val > (most))						\
		return -EINVAL;						\
									\
	guard(spinlock)(&soft->lock);					\
									\
	soft->faults.name = val;					\
									\
	return 0;							\
}									\
DEFINE_DEBUGFS_ATTRIBUTE(name##_fops, name##_get, name##_set, "%llu\n")

SOFT_KNOB(delay_ms, U32_MAX);
SOFT_KNOB(fail, MAX_ERRNO);
SOFT_KNOB(fail_times, U32_MAX);
SOFT_KNOB(refuse, MAX_ERRNO);
SOFT_KNOB(key_slots, INT_MAX);
SOFT_KNOB(timeout_ms, U32_MAX);
SOFT_KNOB(key_depth, U32_MAX);

static int in_use_show(struct seq_file *m, void *unused)
{
	struct soft *soft = m->private;

	seq_printf(m, "keys %d\n", atomic_read(&soft->nr_keys));
	seq_printf(m, "buffers %d\n", atomic_read(&soft->nr_buffers));
	seq_printf(m, "requests %d\n", atomic_read(&soft->nr_requests));

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(in_use);

void soft_debugfs_init(struct soft *soft)
{
	struct dentry *dir;

	soft->debugfs = debugfs_create_dir("securekey", NULL);
	dir = debugfs_create_dir("soft", soft->debugfs);

	debugfs_create_file("digest", 0600, dir, soft, &digest_fops);
	debugfs_create_file("in_use", 0400, dir, soft, &in_use_fops);
	debugfs_create_file_unsafe("present", 0600, dir, soft, &present_fops);
	debugfs_create_file_unsafe("hang", 0600, dir, soft, &hang_fops);
	debugfs_create_file_unsafe("delay_ms", 0600, dir, soft, &delay_ms_fops);
	debugfs_create_file_unsafe("fail", 0600, dir, soft, &fail_fops);
	debugfs_create_file_unsafe("fail_times", 0600, dir, soft,
				   &fail_times_fops);
	debugfs_create_file_unsafe("refuse", 0600, dir, soft, &refuse_fops);
	debugfs_create_file_unsafe("key_slots", 0600, dir, soft,
				   &key_slots_fops);
	debugfs_create_file_unsafe("timeout_ms", 0600, dir, soft,
				   &timeout_ms_fops);
	debugfs_create_file_unsafe("key_depth", 0600, dir, soft,
				   &key_depth_fops);
}

void soft_debugfs_exit(struct soft *soft)
{
	debugfs_remove(soft->debugfs);
}

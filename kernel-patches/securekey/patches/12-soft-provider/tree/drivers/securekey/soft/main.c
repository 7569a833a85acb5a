// SPDX-License-Identifier: GPL-2.0-only
/*
 * The secure key provider "soft", for tests.
 *
 * It does all that a provider can do, by the CPU and in memory that the kernel can
 * read: it protects nothing.
 */

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/iosys-map.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "soft.h"
#include "test-heap.h"

static struct soft *the_soft;

/* The CPU plays the engine, so it has to find the memory behind the dma-buf. */
static int soft_map_buffer(struct securekey_provider *provider,
			   struct securekey_buffer *buffer)
{
	struct soft_buffer *sb __free(kfree) = kzalloc_obj(*sb);
	int ret;

	if (!sb)
		return -ENOMEM;

	sb->vaddr = securekey_test_heap_vaddr(buffer->dmabuf);
	if (!sb->vaddr) {
		if (buffer->is_protected)
			return -EOPNOTSUPP;

		ret = dma_buf_vmap_unlocked(buffer->dmabuf, &sb->map);
		if (ret)
			return ret == -EINVAL ? -EOPNOTSUPP : ret;

		if (sb->map.is_iomem) {
			dma_buf_vunmap_unlocked(buffer->dmabuf, &sb->map);
			return -EOPNOTSUPP;
		}
		sb->vaddr = sb->map.vaddr;
	}

	buffer->priv = no_free_ptr(sb);
	atomic_inc(&to_soft(provider)->nr_buffers);

	return 0;
}

static void soft_unmap_buffer(struct securekey_provider *provider,
			      struct securekey_buffer *buffer)
{
	struct soft_buffer *sb = buffer->priv;

	if (iosys_map_is_set(&sb->map))
		dma_buf_vunmap_unlocked(buffer->dmabuf, &sb->map);

	kfree(sb);
	atomic_dec(&to_soft(provider)->nr_buffers);
}

static const struct securekey_provider_ops soft_ops = {
	.generate = soft_wrap_generate,
	.import = soft_wrap_import,
	.prepare = soft_wrap_prepare,
	.export = soft_wrap_export,
	.load = soft_wrap_load,
	.unload = soft_wrap_unload,
	.map_buffer = soft_map_buffer,
	.unmap_buffer = soft_unmap_buffer,
	.submit = soft_request_submit,
	.cancel = soft_request_cancel,
};

/* Register the provider, unless it is. */
int soft_present(struct soft *soft)
{
	struct securekey_provider_desc desc = {
		.name = "soft",
		.owner = THIS_MODULE,
		.ops = &soft_ops,
		.caps = {
			.modes = SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR,
			.key_sizes = SECUREKEY_KEY_SIZE(128) |
				     SECUREKEY_KEY_SIZE(192) |
				     SECUREKEY_KEY_SIZE(256),
			.queue_depth = 64,
			.dst_align = AES_BLOCK_SIZE,
			.max_len = SZ_16M,
			.schemes = SECUREKEY_SCHEME_ALL,
		},
	};
	struct securekey_provider *p;

	guard(mutex)(&soft->present_lock);

	if (soft->provider)
		return 0;

	scoped_guard(spinlock, &soft->lock) {
		desc.caps.timeout_ms = soft->faults.timeout_ms;
		desc.caps.key_depth = soft->faults.key_depth;
	}

	p = securekey_provider_register(&soft->faux->dev, &desc, soft);
	if (IS_ERR(p))
		return PTR_ERR(p);

	soft->provider = p;

	return 0;
}

/* Unregister the provider, if it is registered. */
void soft_absent(struct soft *soft)
{
	guard(mutex)(&soft->present_lock);

	if (soft->provider)
		securekey_provider_unregister(soft->provider);

	soft->provider = NULL;
}

static int soft_create_device(struct soft *soft)
{
	struct device *dev;
	int ret;

	soft->faux = faux_device_create("securekey-soft", NULL, NULL);
	if (!soft->faux)
		return -ENODEV;

	dev = &soft->faux->dev;
	dev->dma_parms = &soft->dma_parms;
	dma_set_max_seg_size(dev, UINT_MAX);
	ret = dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (ret)
		faux_device_destroy(soft->faux);

	return ret;
}

static int __init soft_init(void)
{
	struct soft *soft;
	int ret;

	soft = kzalloc_obj(*soft);
	if (!soft)
		return -ENOMEM;

	mutex_init(&soft->present_lock);
	spin_lock_init(&soft->lock);
	INIT_LIST_HEAD(&soft->hanging);

	ret = soft_wrap_init(soft);
	if (ret)
		goto err_free;

	ret = soft_create_device(soft);
	if (ret)
		goto err_free;

	soft->wq = alloc_workqueue("securekey-soft", WQ_UNBOUND, 0);
	if (!soft->wq) {
		ret = -ENOMEM;
		goto err_device;
	}

	ret = soft_present(soft);
	if (ret)
		goto err_wq;

	soft_debugfs_init(soft);
	add_taint(TAINT_TEST, LOCKDEP_STILL_OK);
	dev_notice(&soft->faux->dev, "for tests only: it protects nothing\n");
	the_soft = soft;

	return 0;

err_wq:
	destroy_workqueue(soft->wq);
err_device:
	faux_device_destroy(soft->faux);
err_free:
	kfree_sensitive(soft);
	return ret;
}
module_init(soft_init);

static void __exit soft_exit(void)
{
	soft_debugfs_exit(the_soft);
	soft_absent(the_soft);
	destroy_workqueue(the_soft->wq);
	faux_device_destroy(the_soft->faux);
	kfree_sensitive(the_soft);
}
module_exit(soft_exit);

MODULE_DESCRIPTION("Secure key provider in software, for tests");
MODULE_IMPORT_NS("DMA_BUF");
MODULE_IMPORT_NS("SECUREKEY");
MODULE_IMPORT_NS("SECUREKEY_TEST");
MODULE_LICENSE("GPL");

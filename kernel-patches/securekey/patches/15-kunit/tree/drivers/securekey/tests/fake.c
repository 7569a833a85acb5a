// SPDX-License-Identifier: GPL-2.0-only
/*
 * A provider and an exporter of dma-bufs that do what a test says.
 */

#include <kunit/device.h>
#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "fake.h"

const struct securekey_params fake_params = {
	.algorithm = SECUREKEY_ALG_AES,
	.key_bits = 128,
	.modes = SECUREKEY_MODE_CBC,
	.flags = SECUREKEY_FLAG_DECRYPT_ONLY,
	.form = SECUREKEY_FORM_LONG_TERM,
};

struct fake_request {
	struct list_head node;
	struct securekey_request *req;
	struct work_struct work;
	int status;
};

static struct fake *to_fake(struct securekey_provider *provider)
{
	return securekey_provider_drvdata(provider);
}

/* The payload says nothing but is there. */
static int fake_wrap(struct securekey_provider *p, struct securekey_blob *blob)
{
	memset(blob->payload, 0x5a, FAKE_PAYLOAD_LEN);
	blob->hdr.payload_len = cpu_to_le32(to_fake(p)->payload_len);
	if (to_fake(p)->break_header)
		blob->hdr.modes = cpu_to_le32(SECUREKEY_MODE_ALL);

	return 0;
}

/* To generate as firmware does that does not answer. */
int fake_hang(struct securekey_provider *p, struct securekey_blob *lt)
{
	struct fake *fake = to_fake(p);

	complete(&fake->entered);
	wait_for_completion(&fake->go_on);

	return fake_wrap(p, lt);
}

static int fake_import(struct securekey_provider *p, const u8 *raw,
		       size_t raw_len, struct securekey_blob *lt)
{
	return fake_wrap(p, lt);
}

static int fake_prepare(struct securekey_provider *p,
			const struct securekey_blob *lt,
			struct securekey_blob *eph)
{
	return fake_wrap(p, eph);
}

static int fake_load(struct securekey_provider *p,
		     const struct securekey_blob *blob,
		     struct securekey_key *key)
{
	struct fake *fake = to_fake(p);

	if (fake->loads - fake->unloads >= fake->key_slots)
		return -EAGAIN;

	fake->loads++;

	return 0;
}

static void fake_unload(struct securekey_provider *p, struct securekey_key *key)
{
	to_fake(p)->unloads++;
}

static int fake_export(struct securekey_provider *p, struct securekey_key *key,
		       struct securekey_blob *lt)
{
	return fake_wrap(p, lt);
}

static int fake_derive(struct securekey_provider *p,
		       struct securekey_key *parent, const void *context,
		       size_t context_len, struct securekey_blob *lt)
{
	return fake_wrap(p, lt);
}

static int fake_map_buffer(struct securekey_provider *p,
			   struct securekey_buffer *buffer)
{
	to_fake(p)->maps++;

	return 0;
}

static void fake_unmap_buffer(struct securekey_provider *p,
			      struct securekey_buffer *buffer)
{
	to_fake(p)->unmaps++;
}

static void fake_request_work(struct work_struct *work)
{
	struct fake_request *fr = container_of(work, struct fake_request, work);
	struct securekey_request *req = fr->req;
	int status = fr->status;

	kfree(fr);
	securekey_request_complete(req, status);
}

/* For tests that submit by an operation of their own. */
int fake_submit(struct securekey_provider *p, struct securekey_request *req)
{
	struct fake *fake = to_fake(p);
	struct fake_request *fr;

	if (fake->submit_error)
		return fake->submit_error;

	fr = kzalloc_obj(*fr);
	if (!fr)
		return -ENOMEM;

	fr->req = req;
	INIT_WORK(&fr->work, fake_request_work);

	scoped_guard(spinlock, &fake->lock)
		list_add_tail(&fr->node, &fake->requests);

	return 0;
}

static void fake_cancel(struct securekey_provider *p,
			struct securekey_request *req)
{
	struct fake *fake = to_fake(p);
	struct fake_request *fr;

	guard(spinlock)(&fake->lock);

	fake->cancels++;
	if (fake->cancel == FAKE_CANCEL_LATER)
		return;

	list_for_each_entry(fr, &fake->requests, node) {
		if (fr->req != req)
			continue;

		list_del(&fr->node);
		fr->status = fake->cancel == FAKE_CANCEL_FAILS ? -EIO : 0;
		schedule_work(&fr->work);
		return;
	}
}

/* Complete the oldest request that is in flight, if there is one. */
void fake_complete_first(struct fake *fake, int status)
{
	struct securekey_request *req;
	struct fake_request *fr;

	scoped_guard(spinlock, &fake->lock) {
		fr = list_first_entry_or_null(&fake->requests,
					      struct fake_request, node);
		if (!fr)
			return;
		list_del(&fr->node);
	}

	req = fr->req;
	kfree(fr);
	securekey_request_complete(req, status);
}

static const struct securekey_provider_ops fake_ops = {
	.generate = fake_wrap,
	.import = fake_import,
	.prepare = fake_prepare,
	.load = fake_load,
	.unload = fake_unload,
	.export = fake_export,
	.derive = fake_derive,
	.map_buffer = fake_map_buffer,
	.unmap_buffer = fake_unmap_buffer,
	.submit = fake_submit,
	.cancel = fake_cancel,
};

const struct securekey_provider_desc fake_desc = {
	.name = "fake",
	.owner = THIS_MODULE,
	.ops = &fake_ops,
	.caps = {
		.modes = SECUREKEY_MODE_ALL,
		.key_sizes = SECUREKEY_KEY_SIZE(128) | SECUREKEY_KEY_SIZE(256),
		.queue_depth = FAKE_QUEUE_DEPTH,
		.dst_align = FAKE_DST_ALIGN,
		.max_len = FAKE_MAX_LEN,
		.schemes = SECUREKEY_SCHEME_ALL,
		.max_subsamples = FAKE_MAX_SUBSAMPLES,
	},
};

void fake_unregister(struct fake *fake)
{
	if (fake->provider)
		securekey_provider_unregister(fake->provider);

	fake->provider = NULL;
}

KUNIT_DEFINE_ACTION_WRAPPER(fake_unregister_action, fake_unregister,
			    struct fake *);

/* Have the provider come back with limits of the test's. */
void fake_return(struct kunit *test, struct fake *fake,
		 const struct securekey_caps *caps)
{
	struct securekey_provider_desc desc = fake_desc;

	fake_unregister(fake);
	desc.ops = &fake->ops;
	desc.caps = *caps;
	fake->provider = securekey_provider_register(fake->dev, &desc, fake);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fake->provider);
}

/* The provider "fake", which is taken away at the end of the test. */
struct fake *fake_register_caps(struct kunit *test,
				const struct securekey_caps *caps)
{
	struct fake *fake;

	fake = kunit_kzalloc(test, sizeof(*fake), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fake);

	fake->ops = fake_ops;
	fake->payload_len = FAKE_PAYLOAD_LEN;
	fake->key_slots = UINT_MAX;
	spin_lock_init(&fake->lock);
	INIT_LIST_HEAD(&fake->requests);
	init_completion(&fake->entered);
	init_completion(&fake->go_on);

	fake->dev = kunit_device_register(test, "securekey-fake");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fake->dev);
	KUNIT_ASSERT_EQ(test, 0,
			dma_coerce_mask_and_coherent(fake->dev,
						     DMA_BIT_MASK(64)));

	fake_return(test, fake, caps);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, fake_unregister_action,
						  fake));

	return fake;
}

struct fake *fake_register(struct kunit *test)
{
	return fake_register_caps(test, &fake_desc.caps);
}

/* Make a blob and return its length. */
int fake_blob(struct kunit *test, struct fake *fake,
	      const struct securekey_params *params,
	      struct securekey_blob *blob)
{
	int len;

	len = securekey_generate(fake->provider, params, blob, sizeof(*blob));
	KUNIT_ASSERT_EQ(test, len,
			sizeof(struct securekey_blob_header) + FAKE_PAYLOAD_LEN);

	return len;
}

/* Make a key; the test puts it. */
struct securekey_key *fake_key(struct kunit *test, struct fake *fake,
			       const struct securekey_params *params)
{
	struct securekey_blob *blob;
	struct securekey_key *key;
	int len;

	blob = kunit_kzalloc(test, sizeof(*blob), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, blob);

	len = fake_blob(test, fake, params, blob);
	key = securekey_key_load(fake->provider, blob, len);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);

	return key;
}

/* Mappings that exporters of dma-bufs have made, for whatever device. */
static atomic_t fake_buf_maps;

unsigned int fake_dmabuf_maps(void)
{
	return atomic_read(&fake_buf_maps);
}

static struct sg_table *fake_buf_map(struct dma_buf_attachment *attach,
				     enum dma_data_direction dir)
{
	struct page *pages = attach->dmabuf->priv;
	struct sg_table *sgt;
	int ret;

	atomic_inc(&fake_buf_maps);
	sgt = kzalloc_obj(*sgt);
	if (!sgt)
		return ERR_PTR(-ENOMEM);

	ret = sg_alloc_table(sgt, 1, GFP_KERNEL);
	if (ret)
		goto err_free;

	sg_set_page(sgt->sgl, pages, FAKE_BUFFER_SIZE, 0);
	ret = dma_map_sgtable(attach->dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC);
	if (ret)
		goto err_free_table;

	return sgt;

err_free_table:
	sg_free_table(sgt);
err_free:
	kfree(sgt);
	return ERR_PTR(ret);
}

static void fake_buf_unmap(struct dma_buf_attachment *attach,
			   struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_unmap_sgtable(attach->dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC);
	sg_free_table(sgt);
	kfree(sgt);
}

static void fake_buf_release(struct dma_buf *dmabuf)
{
	__free_pages(dmabuf->priv, get_order(FAKE_BUFFER_SIZE));
}

static bool fake_buf_is_protected(struct dma_buf *dmabuf)
{
	return true;
}

static int fake_buf_vmap(struct dma_buf *dmabuf, struct iosys_map *map)
{
	iosys_map_set_vaddr(map, fake_dmabuf_vaddr(dmabuf));

	return 0;
}

static const struct dma_buf_ops fake_buf_ops[] = {
	[FAKE_PLAIN] = {
		.map_dma_buf = fake_buf_map,
		.unmap_dma_buf = fake_buf_unmap,
		.release = fake_buf_release,
	},
	[FAKE_PROTECTED] = {
		.map_dma_buf = fake_buf_map,
		.unmap_dma_buf = fake_buf_unmap,
		.release = fake_buf_release,
		.vmap = fake_buf_vmap,
		.is_protected = fake_buf_is_protected,
	},
	[FAKE_MAPPABLE] = {
		.map_dma_buf = fake_buf_map,
		.unmap_dma_buf = fake_buf_unmap,
		.release = fake_buf_release,
		.vmap = fake_buf_vmap,
	},
};

/* The memory of a dma-buf made by fake_dmabuf(). */
void *fake_dmabuf_vaddr(struct dma_buf *dmabuf)
{
	return page_address(dmabuf->priv);
}

/* A dma-buf of FAKE_BUFFER_SIZE bytes; the test puts it. */
struct dma_buf *fake_dmabuf(struct kunit *test, enum fake_memory memory,
			    int o_flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(exp_info);
	struct dma_buf *dmabuf;
	struct page *pages;

	pages = alloc_pages(GFP_KERNEL | __GFP_ZERO,
			    get_order(FAKE_BUFFER_SIZE));
	KUNIT_ASSERT_NOT_NULL(test, pages);

	exp_info.ops = &fake_buf_ops[memory];
	exp_info.size = FAKE_BUFFER_SIZE;
	exp_info.flags = o_flags;
	exp_info.priv = pages;

	dmabuf = dma_buf_export(&exp_info);
	if (IS_ERR(dmabuf))
		__free_pages(pages, get_order(FAKE_BUFFER_SIZE));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dmabuf);

	return dmabuf;
}

/* KUnit runs tests in a kernel thread, whose fput() is put off. */
void fake_flush_files(void)
{
	flush_delayed_fput();
}

MODULE_DESCRIPTION("KUnit tests of secure keys");
MODULE_IMPORT_NS("DMA_BUF");
MODULE_IMPORT_NS("SECUREKEY");
MODULE_IMPORT_NS("SECUREKEY_TEST");
MODULE_LICENSE("GPL");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is decrypted into: dma-bufs, attached and mapped once, reached by DMA
 * addresses alone.
 */

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/export.h>
#include <linux/overflow.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "internal.h"

/*
 * A bounce buffer is ordinary memory with the plaintext in it. Whoever maps can ask
 * for a mapping without one, but that is the exporter, so look at what came out;
 * what cannot be told apart (a device that is not coherent also needs syncing)
 * counts as bounced. A device whose mappings may be of any length is taken for one
 * that never bounces: that is as much as the DMA API tells.
 */
static bool buffer_bounces(struct device *dev, struct sg_table *sgt)
{
	struct scatterlist *sg;
	unsigned int i;

	if (dma_max_mapping_size(dev) == SIZE_MAX)
		return false;

	for_each_sgtable_dma_sg(sgt, sg, i)
		if (dma_need_sync(dev, sg_dma_address(sg)))
			return true;

	return false;
}

/* Called with the operations pinned, as buffer_unmap(). */
static int buffer_map(struct securekey_buffer *b)
{
	struct securekey_provider *p = b->provider;
	int ret;

	/* Mapping itself would copy: too late to look afterwards. */
	if (b->is_protected && dma_max_mapping_size(p->dev) != SIZE_MAX)
		return -EIO;

	b->attach = dma_buf_attach(b->dmabuf, p->dev);
	if (IS_ERR(b->attach))
		return PTR_ERR(b->attach);

	b->sgt = dma_buf_map_attachment_unlocked(b->attach, DMA_FROM_DEVICE);
	if (IS_ERR(b->sgt)) {
		ret = PTR_ERR(b->sgt);
		goto err_detach;
	}

	if (buffer_bounces(p->dev, b->sgt)) {
		ret = -EIO;
		goto err_unmap;
	}

	if (p->ops->map_buffer) {
		ret = p->ops->map_buffer(p, b);
		if (ret)
			goto err_unmap;
	}

	return 0;

err_unmap:
	dma_buf_unmap_attachment_unlocked(b->attach, b->sgt, DMA_FROM_DEVICE);
err_detach:
	dma_buf_detach(b->dmabuf, b->attach);
	return ret;
}

static void buffer_unmap(struct securekey_buffer *b)
{
	struct securekey_provider *p = b->provider;

	if (p->ops->unmap_buffer)
		p->ops->unmap_buffer(p, b);

	dma_buf_unmap_attachment_unlocked(b->attach, b->sgt, DMA_FROM_DEVICE);
	dma_buf_detach(b->dmabuf, b->attach);
}

/**
 * securekey_buffer_attach - prepare to decrypt into a dma-buf
 * @p: the provider that is to do it
 * @dmabuf: the dma-buf; the buffer takes a reference of its own
 *
 * Context: Process context.
 * Return: the buffer, to be given to securekey_buffer_put(); ERR_PTR(-EACCES) when
 * the dma-buf was made for reading only, ERR_PTR(-EIO) when the device could reach
 * it only through a bounce buffer, or it is protected and the device has any limit
 * that may take one, ERR_PTR(-EOPNOTSUPP) when the provider cannot
 * reach it, ERR_PTR(-ENODEV) when the provider has gone, ERR_PTR(-ENOMEM), or what
 * the exporter says.
 */
struct securekey_buffer *
securekey_buffer_attach(struct securekey_provider *p, struct dma_buf *dmabuf)
{
	int ret;

	if (!(dmabuf->file->f_mode & FMODE_WRITE))
		return ERR_PTR(-EACCES);

	struct securekey_buffer *b __free(kfree) = kzalloc_obj(*b);
	if (!b)
		return ERR_PTR(-ENOMEM);

	kref_init(&b->ref);
	b->provider = p;
	b->dmabuf = dmabuf;
	b->size = dmabuf->size;
	b->is_protected = dma_buf_is_protected(dmabuf);

	scoped_guard(srcu, &p->srcu) {
		if (READ_ONCE(p->dead))
			return ERR_PTR(-ENODEV);

		ret = buffer_map(b);
		if (ret)
			return ERR_PTR(ret);

		scoped_guard(spinlock, &p->lock)
			list_add_tail(&b->node, &p->buffers);
	}

	get_dma_buf(dmabuf);
	securekey_provider_ref(p);

	return_ptr(b);
}
EXPORT_SYMBOL_NS_GPL(securekey_buffer_attach, "SECUREKEY");

/**
 * securekey_buffer_get - prepare to decrypt into a dma-buf of the current process
 * @p: the provider that is to do it
 * @fd: the dma-buf's descriptor, which may be closed afterwards
 *
 * Context: Process context.
 * Return: as securekey_buffer_attach(); ERR_PTR(-EBADF) when there is no such
 * descriptor, ERR_PTR(-EINVAL) when it is none of a dma-buf.
 */
struct securekey_buffer *securekey_buffer_get(struct securekey_provider *p,
					      int fd)
{
	struct dma_buf *dmabuf = dma_buf_get(fd);
	struct securekey_buffer *b;

	if (IS_ERR(dmabuf))
		return ERR_CAST(dmabuf);

	b = securekey_buffer_attach(p, dmabuf);
	dma_buf_put(dmabuf);

	return b;
}
EXPORT_SYMBOL_NS_GPL(securekey_buffer_get, "SECUREKEY");

/* Unmap what is still mapped. The provider has gone, and nobody is in it. */
void securekey_buffers_unmap(struct securekey_provider *p)
{
	struct securekey_buffer *b, *next;

	lockdep_assert_held(&p->leave_lock);

	list_for_each_entry_safe(b, next, &p->buffers, node) {
		list_del_init(&b->node);
		buffer_unmap(b);
	}
}

static bool buffer_let_go(struct securekey_buffer *b)
{
	struct securekey_provider *p = b->provider;

	guard(srcu)(&p->srcu);

	if (READ_ONCE(p->gone))
		return false;

	scoped_guard(spinlock, &p->lock)
		list_del(&b->node);

	buffer_unmap(b);

	return true;
}

static void buffer_release(struct kref *ref)
{
	struct securekey_buffer *b = container_of(ref, struct securekey_buffer, ref);
	struct securekey_provider *p = b->provider;

	/* If not here, then it has been or is being unmapped over there. */
	if (!buffer_let_go(b))
		securekey_provider_wait_gone(p);

	dma_buf_put(b->dmabuf);
	kfree(b);
	securekey_provider_put(p);
}

/**
 * securekey_buffer_put - drop a reference
 * @b: a buffer, NULL or an error pointer
 *
 * Unmaps the dma-buf with the last one.
 *
 * Context: Process context, may sleep.
 */
void securekey_buffer_put(struct securekey_buffer *b)
{
	might_sleep();
	if (!IS_ERR_OR_NULL(b))
		kref_put(&b->ref, buffer_release);
}
EXPORT_SYMBOL_NS_GPL(securekey_buffer_put, "SECUREKEY");

static int range_check(const struct securekey_provider *p, u64 size,
		       u64 offset, u64 len)
{
	u64 end;

	if (check_add_overflow(offset, len, &end))
		return -EOVERFLOW;

	if (!len || end > size || !IS_ALIGNED(offset, p->caps.dst_align))
		return -EINVAL;

	return 0;
}

/**
 * securekey_buffer_check_range - check where a request is to write
 * @b: a buffer
 * @offset: where to start
 * @len: how many bytes
 *
 * Return: 0; -EOVERFLOW when @offset + @len does not fit into 64 bits, -EINVAL when
 * @len is 0, the range is not inside the buffer, or @offset is not a multiple of
 * what the provider asks for.
 */
int securekey_buffer_check_range(const struct securekey_buffer *b,
				 u64 offset, u64 len)
{
	return range_check(b->provider, b->size, offset, len);
}
EXPORT_SYMBOL_NS_GPL(securekey_buffer_check_range, "SECUREKEY");

/**
 * securekey_dmabuf_check - check a dma-buf that is to be attached later
 * @p: the provider that is to write to it
 * @dmabuf: the dma-buf
 * @offset: where to start
 * @len: how many bytes
 *
 * For front ends that know the destination long before they can submit a request:
 * what is attached is mapped, and no destination should be for longer than it is
 * written.
 *
 * Return: 0; -EACCES when the dma-buf was made for reading only; otherwise as
 * securekey_buffer_check_range().
 */
int securekey_dmabuf_check(const struct securekey_provider *p,
			   const struct dma_buf *dmabuf, u64 offset, u64 len)
{
	if (!(dmabuf->file->f_mode & FMODE_WRITE))
		return -EACCES;

	return range_check(p, dmabuf->size, offset, len);
}
EXPORT_SYMBOL_NS_GPL(securekey_dmabuf_check, "SECUREKEY");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A dma-buf heap for tests that plays protected memory: /dev/dma_heap/securekey-test
 *
 * Its buffers claim to be protected, and refuse everything by which the kernel or
 * user space reads a dma-buf through the CPU. The memory is ordinary.
 */

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/dma-mapping.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "test-heap.h"

/*
 * As for real protected memory there is no CPU's view to keep up, so nothing is
 * synchronised, and any number of requests may have a buffer mapped at a time.
 */
#define TEST_HEAP_DMA_ATTRS \
	(DMA_ATTR_SKIP_CPU_SYNC | DMA_ATTR_DEBUGGING_IGNORE_CACHELINES)

struct test_heap_buffer {
	void *vaddr;
	size_t len;
	struct page **pages;
};

static unsigned int test_heap_nr_pages(const struct test_heap_buffer *b)
{
	return b->len >> PAGE_SHIFT;
}

static struct sg_table *test_heap_map(struct dma_buf_attachment *attach,
				      enum dma_data_direction dir)
{
	struct test_heap_buffer *b = attach->dmabuf->priv;
	struct sg_table *sgt __free(kfree) = kzalloc_obj(*sgt);
	int ret;

	if (!sgt)
		return ERR_PTR(-ENOMEM);

	/* Protected memory must not be bounced, not even to find out. */
	if (dma_max_mapping_size(attach->dev) != SIZE_MAX)
		return ERR_PTR(-EIO);

	ret = sg_alloc_table_from_pages(sgt, b->pages, test_heap_nr_pages(b), 0,
					b->len, GFP_KERNEL);
	if (ret)
		return ERR_PTR(ret);

	ret = dma_map_sgtable(attach->dev, sgt, dir, TEST_HEAP_DMA_ATTRS);
	if (ret) {
		sg_free_table(sgt);
		return ERR_PTR(ret);
	}

	return_ptr(sgt);
}

static void test_heap_unmap(struct dma_buf_attachment *attach,
			    struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_unmap_sgtable(attach->dev, sgt, dir, TEST_HEAP_DMA_ATTRS);
	sg_free_table(sgt);
	kfree(sgt);
}

static int test_heap_begin_cpu_access(struct dma_buf *dmabuf,
				      enum dma_data_direction dir)
{
	return -EPERM;
}

static void test_heap_buffer_free(struct test_heap_buffer *b)
{
	if (!b)
		return;

	kvfree_sensitive(b->vaddr, b->len);
	kvfree(b->pages);
	kfree(b);
}

DEFINE_FREE(test_heap_buffer, struct test_heap_buffer *, test_heap_buffer_free(_T))

static void test_heap_release(struct dma_buf *dmabuf)
{
	test_heap_buffer_free(dmabuf->priv);
}

static bool test_heap_is_protected(struct dma_buf *dmabuf)
{
	return true;
}

/* No mmap and no vmap: the dma-buf core answers -EINVAL. */
static const struct dma_buf_ops test_heap_buf_ops = {
	.map_dma_buf = test_heap_map,
	.unmap_dma_buf = test_heap_unmap,
	.begin_cpu_access = test_heap_begin_cpu_access,
	.release = test_heap_release,
	.is_protected = test_heap_is_protected,
};

/**
 * securekey_test_heap_alloc - allocate a buffer of the test heap
 * @len: its length, a multiple of the page size
 * @fd_flags: how the dma-buf is open: O_RDWR, O_RDONLY, ...
 *
 * Return: the dma-buf, zeroed, or an ERR_PTR().
 */
struct dma_buf *securekey_test_heap_alloc(size_t len, u32 fd_flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(exp_info);
	struct dma_buf *dmabuf;
	unsigned int i;

	/* As the system heap does: one that asks for more is out of its mind. */
	if (len / PAGE_SIZE > totalram_pages() / 2)
		return ERR_PTR(-ENOMEM);

	struct test_heap_buffer *b __free(test_heap_buffer) = kzalloc_obj(*b);
	if (!b)
		return ERR_PTR(-ENOMEM);

	b->len = len;
	b->vaddr = __vmalloc(len, GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN);
	b->pages = kvmalloc_objs(*b->pages, test_heap_nr_pages(b));
	if (!b->vaddr || !b->pages)
		return ERR_PTR(-ENOMEM);

	for (i = 0; i < test_heap_nr_pages(b); i++)
		b->pages[i] = vmalloc_to_page(b->vaddr + i * PAGE_SIZE);

	exp_info.ops = &test_heap_buf_ops;
	exp_info.size = len;
	exp_info.flags = fd_flags;
	exp_info.priv = b;

	dmabuf = dma_buf_export(&exp_info);
	if (!IS_ERR(dmabuf))
		retain_and_null_ptr(b);

	return dmabuf;
}
EXPORT_SYMBOL_NS_GPL(securekey_test_heap_alloc, "SECUREKEY_TEST");

/**
 * securekey_test_heap_vaddr - where the test provider reaches a buffer
 * @dmabuf: any dma-buf
 *
 * Return: address of the memory, valid while the dma-buf is; NULL when it is none of
 * the test heap.
 */
void *securekey_test_heap_vaddr(struct dma_buf *dmabuf)
{
	struct test_heap_buffer *b = dmabuf->priv;

	return dmabuf->ops == &test_heap_buf_ops ? b->vaddr : NULL;
}
EXPORT_SYMBOL_NS_GPL(securekey_test_heap_vaddr, "SECUREKEY_TEST");

static struct dma_buf *test_heap_allocate(struct dma_heap *heap,
					  unsigned long len, u32 fd_flags,
					  u64 heap_flags)
{
	return securekey_test_heap_alloc(len, fd_flags);
}

static const struct dma_heap_ops test_heap_ops = {
	.allocate = test_heap_allocate,
};

/* Heaps cannot be taken away, so this module stays once it is loaded. */
static int __init test_heap_init(void)
{
	const struct dma_heap_export_info exp_info = {
		.name = "securekey-test",
		.ops = &test_heap_ops,
	};

	/* Whoever finds it must not take its buffers for protected. */
	add_taint(TAINT_TEST, LOCKDEP_STILL_OK);
	pr_notice("securekey-test-heap: for tests only: it protects nothing\n");

	return PTR_ERR_OR_ZERO(dma_heap_add(&exp_info));
}
module_init(test_heap_init);

MODULE_DESCRIPTION("dma-buf heap that plays protected memory, for tests");
MODULE_IMPORT_NS("DMA_BUF");
MODULE_IMPORT_NS("DMA_BUF_HEAP");
MODULE_LICENSE("GPL");

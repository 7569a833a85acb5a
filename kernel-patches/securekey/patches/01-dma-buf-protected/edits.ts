import { addStructMember, c, edit, fn, insertAfter, line } from '@kseries/patchgen'

export default [
  edit(
    'include/linux/dma-buf.h',
    addStructMember(
      'dma_buf_ops',
      c`

	/**
	 * @is_protected:
	 *
	 * This is called from dma_buf_is_protected(): can the CPU be relied on
	 * not to be able to read the backing storage, whatever the kernel does?
	 * An exporter whose memory is fenced off by a firewall says true. That
	 * there is neither @mmap nor @vmap is not enough.
	 *
	 * The answer must not change over the lifetime of the buffer.
	 *
	 * @map_dma_buf of such a buffer must never resort to a bounce buffer,
	 * which is memory that the CPU can read, and which the CPU copies from
	 * and to: a mapping that would take one has to fail, as it does with
	 * %DMA_ATTR_MMIO or %DMA_ATTR_REQUIRE_COHERENT.
	 *
	 * This callback is optional. Without it a buffer is not protected.
	 */
	bool (*is_protected)(struct dma_buf *dmabuf);
`,
      { after: 'vunmap' },
    ),
    insertAfter(
      fn('dma_buf_is_dynamic'),
      c`

/**
 * dma_buf_is_protected - check if the CPU is kept from reading a DMA-buf.
 * @dmabuf: the DMA-buf to check
 *
 * For importers which may put into a DMA-buf what nobody but other devices must
 * ever see. An exporter that does not say anything is taken for unprotected.
 *
 * Returns true if the exporter vouches for it, false otherwise.
 */
static inline bool dma_buf_is_protected(struct dma_buf *dmabuf)
{
	return dmabuf->ops->is_protected && dmabuf->ops->is_protected(dmabuf);
}
`,
    ),
  ),
  edit(
    'drivers/dma-buf/dma-buf.c',
    insertAfter(
      line(' *     - dma_buf_vunmap_unlocked()'),
      c`
 *     - dma_buf_is_protected()
`,
    ),
    insertAfter(
      line(' *     - &dma_buf_ops.mmap()'),
      c`
 *     - &dma_buf_ops.is_protected()
`,
    ),
  ),
]

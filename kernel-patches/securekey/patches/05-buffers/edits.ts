import { c, edit, insertAfter, insertBefore, replaceText } from '@kseries/patchgen'

export default [
  edit(
    'include/linux/securekey.h',
    insertBefore(
      '#endif /* _LINUX_SECUREKEY_H */',
      c`
/**
 * struct securekey_buffer - a dma-buf to decrypt into
 * @provider: whose device it is mapped for
 * @dmabuf: the dma-buf; nobody may look at its memory through the CPU
 * @sgt: where the provider's device finds it: only sg_dma_address() and
 *	sg_dma_len() mean something
 * @size: length in bytes
 * @is_protected: the exporter says that the CPU cannot read it
 * @priv: for the provider
 */
struct securekey_buffer {
	struct securekey_provider *provider;
	struct dma_buf *dmabuf;
	struct sg_table *sgt;
	size_t size;
	bool is_protected;
	void *priv;
	/* private: of the core */
	struct dma_buf_attachment *attach;
	struct kref ref;
	struct list_head node;
};

struct securekey_buffer *securekey_buffer_get(struct securekey_provider *provider,
					      int fd);
struct securekey_buffer *
securekey_buffer_attach(struct securekey_provider *provider,
			struct dma_buf *dmabuf);
void securekey_buffer_put(struct securekey_buffer *buffer);
int securekey_buffer_check_range(const struct securekey_buffer *buffer,
				 u64 offset, u64 len);
int securekey_dmabuf_check(const struct securekey_provider *provider,
			   const struct dma_buf *dmabuf, u64 offset, u64 len);

DEFINE_FREE(securekey_buffer_put, struct securekey_buffer *,
	    securekey_buffer_put(_T))

`,
    ),
  ),
  edit(
    'drivers/securekey/internal.h',
    insertAfter(
      'void securekey_keys_unload(',
      c`
void securekey_buffers_unmap(struct securekey_provider *p);
`,
    ),
  ),
  edit(
    'drivers/securekey/provider.c',
    insertAfter(
      'securekey_keys_unload(p);',
      c`
		securekey_buffers_unmap(p);
`,
    ),
    insertBefore(
      'MODULE_LICENSE("GPL");',
      c`
MODULE_IMPORT_NS("DMA_BUF");
`,
    ),
  ),
  edit('drivers/securekey/Makefile', replaceText('key.o', 'key.o buffer.o')),
]

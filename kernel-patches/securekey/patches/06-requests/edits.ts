import { addStructMember, c, edit, insertAfter, insertBefore, line, replace, replaceText } from '@kseries/patchgen'

export default [
  edit(
    'include/linux/securekey.h',
    insertAfter(
      'struct dma_buf_attachment;',
      c`
struct file;
`,
    ),
    addStructMember(
      'securekey_key',
      c`
	unsigned int in_flight;
`,
      { after: 'node' },
    ),
    insertAfter(
      'struct module;',
      c`
struct poll_table_struct;
`,
    ),
    insertBefore(
      '#endif /* _LINUX_SECUREKEY_H */',
      c`
/**
 * struct securekey_request - one decryption into a buffer
 * @key: the key, pinned until the request has ended, then NULL: in @complete too
 * @dst: the destination, likewise
 * @dst_offset: where in @dst to write
 * @src: the ciphertext; memory of the owner, which keeps it until @complete
 * @len: bytes to read from @src and to write to @dst
 * @mode: one of SECUREKEY_MODE_*
 * @iv: the initialization vector (cbc) or counter block (ctr); after success
 *	what a request that goes on where this one ended starts with
 * @timeout_ms: time until it is aborted; 0 for the provider's default
 * @complete: called once, in process context, unless submitting failed. By then
 *	@src is not touched any more, and the request has let go of @dst: if it
 *	was the last to use that, the dma-buf is unmapped. @status is 0,
 *	-ECANCELED, -ETIMEDOUT, -ENODEV (provider gone) or what the provider
 *	says. May drop the owner's reference, but not call
 *	securekey_request_cancel().
 * @private: for the owner
 * @provider_priv: for the provider, while the request is submitted
 *
 * Made by securekey_request_alloc(), which takes care of @key and @dst; the
 * owner sets the others. A request is handed to the provider once; what failed
 * before, for want of room say, may be submitted again.
 */
struct securekey_request {
	struct securekey_key *key;
	struct securekey_buffer *dst;
	u64 dst_offset;
	struct scatterlist *src;
	size_t len;
	u32 mode;
	u8 iv[SECUREKEY_IV_LEN];
	unsigned int timeout_ms;
	void (*complete)(struct securekey_request *req, int status);
	void *private;

	void *provider_priv;
	/* private: of the core */
	struct securekey_provider *provider;
	struct kref ref;
	struct list_head node;
	struct delayed_work timeout;
	struct completion done;
	int state;
	int abort;
	int status;
};

struct securekey_request *securekey_request_alloc(struct securekey_key *key,
						  struct securekey_buffer *dst,
						  gfp_t gfp);
struct securekey_request *securekey_request_get(struct securekey_request *req);
void securekey_request_put(struct securekey_request *req);
int securekey_request_submit(struct securekey_request *req);
int securekey_request_submit_wait(struct securekey_request *req, long *timeo);
int securekey_request_cancel(struct securekey_request *req);
bool securekey_provider_poll(struct securekey_provider *provider,
			     struct file *file, struct poll_table_struct *wait);
bool securekey_key_poll(struct securekey_key *key, struct file *file,
			struct poll_table_struct *wait);
/* For providers. */
void securekey_request_complete(struct securekey_request *req, int status);
bool securekey_request_aborted(const struct securekey_request *req);

DEFINE_FREE(securekey_request_put, struct securekey_request *,
	    securekey_request_put(_T))

`,
    ),
  ),
  edit(
    'drivers/securekey/internal.h',
    insertAfter(
      'void securekey_buffers_unmap(',
      c`
void securekey_requests_abort(struct securekey_provider *p);

int securekey_requests_init(void);
void securekey_requests_exit(void);
`,
    ),
  ),
  edit(
    'drivers/securekey/provider.c',
    replace(
      line(c`
	wake_up(&p->unloaded);
	synchronize_srcu(&p->srcu);
`),
      c`
	wake_up(&p->unloaded);
	wake_up(&p->slot);
	synchronize_srcu(&p->srcu);

	/* Waits for the owners' callbacks, which may look for the provider. */
	securekey_requests_abort(p);
`,
    ),
    insertBefore(
      'MODULE_DESCRIPTION(',
      c`
static int __init securekey_init(void)
{
	return securekey_requests_init();
}
subsys_initcall(securekey_init);

static void __exit securekey_exit(void)
{
	securekey_requests_exit();
}
module_exit(securekey_exit);

`,
    ),
  ),
  edit('drivers/securekey/Makefile', replaceText('buffer.o', 'buffer.o request.o')),
]

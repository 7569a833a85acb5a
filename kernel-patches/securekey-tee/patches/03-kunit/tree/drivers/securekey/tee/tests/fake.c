// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TEE with an application that does what a test says.
 */

#include <kunit/device.h>
#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../../soft/test-heap.h"
#include "fake.h"

/**
 * struct fake_session - a session, and the instance of the application behind it
 * @node: in the TEE
 * @id: its number
 * @busy: it is in a command
 * @dead: the instance has died
 * @loaded: it has a key
 * @key: the first byte of that
 * @running: it has a request
 * @gcm: of gcm
 * @left: bytes left of that, without a tag
 */
struct fake_session {
	struct list_head node;
	u32 id;
	bool busy;
	bool dead;
	bool loaded;
	u8 key;
	bool running;
	bool gcm;
	u64 left;
};

#define NONE		TEE_IOCTL_PARAM_ATTR_TYPE_NONE
#define VALUE_IN	TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT
#define VALUE_OUT	TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT
#define VALUE_INOUT	TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT
#define MEM_IN		TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT
#define MEM_OUT		TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT
#define MEM_INOUT	TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT

static void violation(struct fake_tee *f, const char *what)
{
	pr_err("the provider must not: %s\n", what);
	guard(spinlock)(&f->lock);
	f->violations++;
}

static bool types_are(struct fake_tee *f, const struct tee_param *p,
		      u64 a, u64 b, u64 c, u64 d)
{
	if (p[0].attr == a && p[1].attr == b && p[2].attr == c && p[3].attr == d)
		return true;

	violation(f, "parameters of other types");

	return false;
}

static u8 *memory(const struct tee_param *p)
{
	const struct tee_shm *shm = p->u.memref.shm;

	return shm ? shm->kaddr + p->u.memref.shm_offs : NULL;
}

static struct fake_session *session_find(struct fake_tee *f, u32 id)
{
	struct fake_session *s;

	lockdep_assert_held(&f->lock);

	list_for_each_entry(s, &f->sessions, node)
		if (s->id == id)
			return s;

	return NULL;
}

static int fake_open(void *ctx, u32 *session, u32 *result)
{
	struct fake_tee *f = ctx;
	struct fake_session *s;

	*result = f->open_result;
	if (f->open_error || *result)
		return f->open_error;

	s = kzalloc_obj(*s);
	if (!s)
		return -ENOMEM;

	guard(spinlock)(&f->lock);

	s->id = f->next++;
	list_add(&s->node, &f->sessions);
	f->opens++;
	*session = s->id;

	return 0;
}

static void fake_close(void *ctx, u32 session)
{
	struct fake_tee *f = ctx;
	struct fake_session *s;

	scoped_guard(spinlock, &f->lock) {
		s = session_find(f, session);
		if (s)
			list_del(&s->node);
	}
	if (!s || s->busy)
		violation(f, "close a session that is not there, or busy");
	kfree(s);
}

static u32 do_info(struct fake_tee *f, struct tee_param *p)
{
	int i;

	if (!types_are(f, p, VALUE_OUT, VALUE_OUT, VALUE_OUT, VALUE_OUT))
		return SKTA_ERROR_BAD_PARAMETERS;

	for (i = 0; i < SKTEE_NUM_PARAMS; i++)
		p[i].u.value = f->info[i];

	return SKTA_SUCCESS;
}

/* The payload is the first byte of the key again and again. */
static u32 put_blob(struct fake_tee *f, struct tee_param *p,
		    const struct securekey_blob_header *hdr, u32 form, u8 key)
{
	struct securekey_blob *blob = (void *)memory(p);

	if (p->u.memref.size < sizeof(*hdr) + FAKE_PAYLOAD_LEN)
		return SKTA_ERROR_SHORT_BUFFER;

	blob->hdr = *hdr;
	blob->hdr.form = cpu_to_le32(form);
	blob->hdr.payload_len = cpu_to_le32(FAKE_PAYLOAD_LEN + f->payload_len);
	memset(blob->payload, key, FAKE_PAYLOAD_LEN);
	p->u.memref.size = sizeof(*hdr) + FAKE_PAYLOAD_LEN + f->blob_len;

	return SKTA_SUCCESS;
}

static u32 do_generate(struct fake_tee *f, struct tee_param *p)
{
	if (!types_are(f, p, MEM_IN, MEM_OUT, NONE, NONE) ||
	    p[0].u.memref.size != sizeof(struct securekey_blob_header))
		return SKTA_ERROR_BAD_PARAMETERS;

	return put_blob(f, &p[1], (void *)memory(&p[0]),
			SECUREKEY_FORM_LONG_TERM, ++f->keys);
}

static u32 do_import(struct fake_tee *f, struct tee_param *p)
{
	const struct securekey_blob_header *hdr = (void *)memory(&p[0]);

	if (!types_are(f, p, MEM_IN, MEM_IN, MEM_OUT, NONE) ||
	    p[0].u.memref.size != sizeof(*hdr) ||
	    p[1].u.memref.size != le32_to_cpu(hdr->key_bits) / 8)
		return SKTA_ERROR_BAD_PARAMETERS;

	return put_blob(f, &p[2], hdr, SECUREKEY_FORM_LONG_TERM,
			*memory(&p[1]));
}

static u32 do_prepare(struct fake_tee *f, struct tee_param *p)
{
	const struct securekey_blob *lt = (void *)memory(&p[0]);

	if (!types_are(f, p, MEM_IN, MEM_OUT, NONE, NONE) ||
	    p[0].u.memref.size != sizeof(lt->hdr) + FAKE_PAYLOAD_LEN)
		return SKTA_ERROR_BAD_PARAMETERS;

	return put_blob(f, &p[1], &lt->hdr, SECUREKEY_FORM_EPHEMERAL,
			lt->payload[0]);
}

static u32 do_load(struct fake_tee *f, struct fake_session *s,
		   struct tee_param *p)
{
	const struct securekey_blob *blob = (void *)memory(&p[0]);

	if (!types_are(f, p, MEM_IN, NONE, NONE, NONE) ||
	    p[0].u.memref.size != sizeof(blob->hdr) + FAKE_PAYLOAD_LEN)
		return SKTA_ERROR_BAD_PARAMETERS;

	if (s->loaded)
		return SKTA_ERROR_BAD_STATE;

	s->loaded = true;
	s->key = blob->payload[0];

	return SKTA_SUCCESS;
}

static u32 do_export(struct fake_tee *f, struct fake_session *s,
		     struct tee_param *p)
{
	struct securekey_blob_header hdr = {
		.magic = cpu_to_le32(SECUREKEY_BLOB_MAGIC),
		.version = cpu_to_le16(SECUREKEY_BLOB_VERSION),
		.header_len = cpu_to_le16(sizeof(hdr)),
		.provider = "tee-fake",
		.algorithm = cpu_to_le32(SECUREKEY_ALG_AES),
		.key_bits = cpu_to_le32(128),
		.modes = cpu_to_le32(SECUREKEY_MODE_CBC),
	};

	if (!types_are(f, p, MEM_OUT, NONE, NONE, NONE))
		return SKTA_ERROR_BAD_PARAMETERS;

	return s->loaded ? put_blob(f, &p[0], &hdr, SECUREKEY_FORM_LONG_TERM,
				    s->key) : SKTA_ERROR_BAD_STATE;
}

static u32 do_derive(struct fake_tee *f, struct fake_session *s,
		     struct tee_param *p)
{
	if (!types_are(f, p, MEM_IN, MEM_IN, MEM_OUT, NONE) ||
	    p[0].u.memref.size != sizeof(struct securekey_blob_header) ||
	    !p[1].u.memref.size)
		return SKTA_ERROR_BAD_PARAMETERS;

	return s->loaded ? put_blob(f, &p[2], (void *)memory(&p[0]),
				    SECUREKEY_FORM_LONG_TERM,
				    s->key ^ *memory(&p[1])) :
			   SKTA_ERROR_BAD_STATE;
}

static void decrypt_note(struct fake_tee *f, const struct tee_param *p)
{
	unsigned int n;

	guard(spinlock)(&f->lock);

	n = f->count[SKTA_DECRYPT] - 1;
	if (n < FAKE_CALLS)
		f->calls[n] = (struct fake_call) {
			.first = p[3].u.value.a & SKTA_FIRST,
			.last = p[3].u.value.a & SKTA_LAST,
			.src_len = p[1].u.memref.size,
			.dst_len = p[2].u.memref.size,
		};

	if (p[0].attr != MEM_IN)
		return;

	f->request_len = p[0].u.memref.size;
	memcpy(f->request, memory(&p[0]), min(f->request_len, sizeof(f->request)));
}

static u32 decrypt_begin(struct fake_session *s, const struct tee_param *p)
{
	const struct skta_request *req = (void *)memory(&p[0]);

	if (p[0].u.memref.size < sizeof(*req))
		return SKTA_ERROR_BAD_PARAMETERS;

	s->running = true;
	s->left = le64_to_cpu(req->len);
	s->gcm = req->mode == cpu_to_le32(SECUREKEY_MODE_GCM);

	return SKTA_SUCCESS;
}

/* A piece whose parameters are as they should be. */
static u32 decrypt_piece(struct fake_tee *f, struct fake_session *s,
			 struct tee_param *p, bool last)
{
	size_t i, len = p[2].u.memref.size;
	u8 *dst = memory(&p[2]);
	u8 *src = memory(&p[1]);
	size_t n = last ? len : min(len, f->consume);

	for (i = 0; i < n; i++)
		dst[i] = src[i] ^ s->key;

	s->left -= n;
	p[3].u.value.a = n + f->claim;
	if (!last)
		return SKTA_SUCCESS;

	s->running = false;
	if (!s->gcm || !memchr_inv(src + len, FAKE_TAG, SECUREKEY_GCM_TAG_LEN))
		return SKTA_SUCCESS;

	memset(dst, 0, len);

	return SKTA_ERROR_MAC_INVALID;
}

static bool fake_panics(struct fake_tee *f)
{
	guard(spinlock)(&f->lock);

	return f->panic_at && !--f->panic_at;
}

static u32 do_decrypt(struct fake_tee *f, struct fake_session *s,
		      struct tee_param *p)
{
	bool first = p[3].u.value.a & SKTA_FIRST;
	bool last = p[3].u.value.a & SKTA_LAST;
	size_t tag_len;
	u32 result;

	if (!types_are(f, p, first ? MEM_IN : NONE, MEM_IN, MEM_INOUT,
		       VALUE_INOUT))
		return SKTA_ERROR_BAD_PARAMETERS;

	decrypt_note(f, p);
	if (!s->loaded || (!first && !s->running))
		return SKTA_ERROR_BAD_STATE;

	if (first) {
		result = decrypt_begin(s, p);
		if (result)
			return result;
	}

	tag_len = last && s->gcm ? SECUREKEY_GCM_TAG_LEN : 0;
	if (!p[2].u.memref.size || p[1].u.memref.size > f->info[3].a ||
	    p[1].u.memref.size != p[2].u.memref.size + tag_len ||
	    p[2].u.memref.size > s->left ||
	    (last && p[2].u.memref.size != s->left)) {
		violation(f, "a piece of a wrong length");
		return SKTA_ERROR_BAD_PARAMETERS;
	}

	if (f->hook)
		f->hook(f, s->key);

	/* It has begun by then. */
	if (fake_panics(f)) {
		decrypt_piece(f, s, p, false);
		s->dead = true;
		return SKTA_SUCCESS;
	}

	return decrypt_piece(f, s, p, last);
}

static u32 do_wipe(struct fake_tee *f, struct fake_session *s,
		   struct tee_param *p)
{
	if (!types_are(f, p, MEM_INOUT, NONE, NONE, NONE))
		return SKTA_ERROR_BAD_PARAMETERS;

	if (!s->loaded)
		return SKTA_ERROR_BAD_STATE;

	if (p[0].u.memref.size > f->info[3].a)
		return SKTA_ERROR_OUT_OF_MEMORY;

	memset(memory(&p[0]), 0, p[0].u.memref.size);

	return SKTA_SUCCESS;
}

static u32 do_command(struct fake_tee *f, struct fake_session *s,
		      enum skta_command cmd, struct tee_param *p)
{
	if (f->results[cmd])
		return f->results[cmd];

	switch (cmd) {
	case SKTA_INFO:
		return do_info(f, p);
	case SKTA_GENERATE:
		return do_generate(f, p);
	case SKTA_IMPORT:
		return do_import(f, p);
	case SKTA_PREPARE:
		return do_prepare(f, p);
	case SKTA_LOAD:
		return do_load(f, s, p);
	case SKTA_EXPORT:
		return do_export(f, s, p);
	case SKTA_DERIVE:
		return do_derive(f, s, p);
	case SKTA_DECRYPT:
		return do_decrypt(f, s, p);
	case SKTA_ABORT:
		s->running = false;
		return types_are(f, p, NONE, NONE, NONE, NONE) ?
		       SKTA_SUCCESS : SKTA_ERROR_BAD_PARAMETERS;
	case SKTA_WIPE:
		return do_wipe(f, s, p);
	default:
		return SKTA_ERROR_NOT_SUPPORTED;
	}
}

static struct fake_session *session_enter(struct fake_tee *f, u32 session,
					  enum skta_command cmd)
{
	struct fake_session *s;

	guard(spinlock)(&f->lock);

	f->count[cmd]++;
	s = session_find(f, session);
	if (!s || s->busy)
		return NULL;

	s->busy = true;

	return s;
}

static int fake_invoke(void *ctx, u32 session, enum skta_command cmd,
		       struct tee_param *p, u32 *result)
{
	struct fake_tee *f = ctx;
	struct fake_session *s;

	s = session_enter(f, session, cmd);
	if (!s) {
		violation(f, "use a session that is not there, or busy");
		return -EINVAL;
	}

	*result = s->dead ? SKTA_ERROR_TARGET_DEAD : do_command(f, s, cmd, p);

	guard(spinlock)(&f->lock);

	if (*result == SKTA_ERROR_TARGET_DEAD || s->dead) {
		s->dead = true;
		f->panics++;
		*result = SKTA_ERROR_TARGET_DEAD;
	}
	s->busy = false;

	return f->invoke_error;
}

static struct tee_shm *fake_alloc(void *ctx, size_t size)
{
	struct fake_tee *f = ctx;
	struct tee_shm *shm;

	scoped_guard(spinlock, &f->lock) {
		if (!f->shm_left)
			return ERR_PTR(-ENOMEM);
		f->shm_left--;
		f->shms++;
		f->shms_max = max(f->shms, f->shms_max);
	}

	shm = kzalloc_obj(*shm, GFP_KERNEL | __GFP_NOFAIL);
	shm->kaddr = kvzalloc(size, GFP_KERNEL | __GFP_NOFAIL);
	shm->size = size;

	return shm;
}

static struct tee_shm *fake_register_dmabuf(void *ctx, struct dma_buf *dmabuf)
{
	void *vaddr = securekey_test_heap_vaddr(dmabuf);
	struct fake_tee *f = ctx;
	struct tee_shm *shm;

	if (!vaddr)
		return ERR_PTR(-EINVAL);

	shm = kzalloc_obj(*shm);
	if (!shm)
		return ERR_PTR(-ENOMEM);

	guard(spinlock)(&f->lock);

	/* Only the TEE knows where that is: for the fake, not for the provider. */
	shm->kaddr = vaddr;
	shm->size = dmabuf->size;
	shm->id = -1;
	f->buffers++;

	return shm;
}

static void fake_free(void *ctx, struct tee_shm *shm)
{
	struct fake_tee *f = ctx;

	scoped_guard(spinlock, &f->lock) {
		if (shm->id == -1)
			f->buffers--;
		else
			f->shms--;
	}

	if (shm->id != -1)
		kvfree(shm->kaddr);
	kfree(shm);
}

const struct sktee_transport fake_tee_transport = {
	.name = "tee-fake",
	.open = fake_open,
	.close = fake_close,
	.invoke = fake_invoke,
	.alloc = fake_alloc,
	.register_dmabuf = fake_register_dmabuf,
	.free = fake_free,
};

unsigned int fake_tee_sessions(struct fake_tee *f)
{
	guard(spinlock)(&f->lock);

	return list_count_nodes(&f->sessions);
}

/* As hook: wait until the test lets it go on. */
void fake_tee_hang(struct fake_tee *f, u8 key)
{
	complete(&f->entered);
	wait_for_completion(&f->go_on);
}

/* A TEE that nobody uses yet. */
struct fake_tee *fake_tee_alloc(struct kunit *test)
{
	struct fake_tee *f;

	f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f);

	f->info[0] = (struct tee_param_value) {
		.a = SKTA_PROTOCOL_VERSION,
		.b = SECUREKEY_BLOB_MAX_LEN,
	};
	f->info[1] = (struct tee_param_value) {
		.a = SECUREKEY_MODE_ALL,
		.b = SECUREKEY_KEY_SIZE(128) | SECUREKEY_KEY_SIZE(256),
	};
	f->info[2] = (struct tee_param_value) {
		.a = SECUREKEY_SCHEME_ALL,
		.b = SECUREKEY_SUBSAMPLES_MAX,
	};
	f->info[3] = (struct tee_param_value) { .a = SZ_8K };
	f->consume = SIZE_MAX;
	f->shm_left = UINT_MAX;
	spin_lock_init(&f->lock);
	INIT_LIST_HEAD(&f->sessions);
	init_completion(&f->entered);
	init_completion(&f->go_on);

	f->dev = kunit_device_register(test, "securekey-tee-fake");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, f->dev);
	KUNIT_ASSERT_EQ(test, 0,
			dma_coerce_mask_and_coherent(f->dev, DMA_BIT_MASK(64)));

	return f;
}

void fake_tee_destroy(struct fake_tee *f)
{
	if (f->tee)
		sktee_destroy(f->tee);

	f->tee = NULL;
}

KUNIT_DEFINE_ACTION_WRAPPER(fake_tee_destroy_action, fake_tee_destroy,
			    struct fake_tee *);

/* Have the provider use it; that ends with the test. */
void fake_tee_create(struct kunit *test, struct fake_tee *f)
{
	f->tee = sktee_create(f->dev, &fake_tee_transport, f);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(f->tee), "%pe", f->tee);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, fake_tee_destroy_action,
						  f));
}

/* Memory of others, which may claim to be protected. */
static struct sg_table *foreign_map(struct dma_buf_attachment *attach,
				    enum dma_data_direction dir)
{
	struct sg_table *sgt = kzalloc_obj(*sgt);

	if (!sgt || sg_alloc_table(sgt, 1, GFP_KERNEL)) {
		kfree(sgt);
		return ERR_PTR(-ENOMEM);
	}

	sg_set_page(sgt->sgl, attach->dmabuf->priv, PAGE_SIZE, 0);
	if (dma_map_sgtable(attach->dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC)) {
		sg_free_table(sgt);
		kfree(sgt);
		return ERR_PTR(-EIO);
	}

	return sgt;
}

static void foreign_unmap(struct dma_buf_attachment *attach,
			  struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_unmap_sgtable(attach->dev, sgt, dir, DMA_ATTR_SKIP_CPU_SYNC);
	sg_free_table(sgt);
	kfree(sgt);
}

static void foreign_release(struct dma_buf *dmabuf)
{
	__free_page(dmabuf->priv);
}

static bool foreign_is_protected(struct dma_buf *dmabuf)
{
	return true;
}

static const struct dma_buf_ops foreign_ops[] = {
	[false] = {
		.map_dma_buf = foreign_map,
		.unmap_dma_buf = foreign_unmap,
		.release = foreign_release,
	},
	[true] = {
		.map_dma_buf = foreign_map,
		.unmap_dma_buf = foreign_unmap,
		.release = foreign_release,
		.is_protected = foreign_is_protected,
	},
};

/* A dma-buf of one page; the test puts it. */
struct dma_buf *fake_tee_foreign_dmabuf(struct kunit *test, bool is_protected)
{
	DEFINE_DMA_BUF_EXPORT_INFO(exp_info);
	struct dma_buf *dmabuf;
	struct page *page;

	page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);

	exp_info.ops = &foreign_ops[is_protected];
	exp_info.size = PAGE_SIZE;
	exp_info.flags = O_RDWR;
	exp_info.priv = page;
	dmabuf = dma_buf_export(&exp_info);
	if (IS_ERR(dmabuf))
		__free_page(page);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dmabuf);

	return dmabuf;
}

MODULE_DESCRIPTION("KUnit tests of the secure key provider in a TEE");
MODULE_IMPORT_NS("DMA_BUF");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_IMPORT_NS("SECUREKEY");
MODULE_IMPORT_NS("SECUREKEY_TEST");
MODULE_LICENSE("GPL");

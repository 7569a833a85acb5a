// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests: the software provider, by the vectors of NIST SP 800-38A.
 */

#include <crypto/aes.h>
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/scatterlist.h>
#include <linux/securekey.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "../soft/test-heap.h"
#include "fake.h"

#define PATIENCE	(20 * HZ)
#define VECTOR_LEN	(4 * AES_BLOCK_SIZE)
#define MAX_PIECES	VECTOR_LEN

struct soft_test {
	struct securekey_provider *provider;
	struct securekey_blob blob;
	struct securekey_blob out;
	struct completion done;
	int status;
	struct scatterlist sg[MAX_PIECES];
	u8 data[VECTOR_LEN];
};

static int soft_test_init(struct kunit *test)
{
	struct soft_test *t;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);

	t->provider = securekey_provider_get("soft");
	if (IS_ERR(t->provider))
		kunit_skip(test, "the provider is not there");
	test->priv = t;

	return 0;
}

static void soft_test_exit(struct kunit *test)
{
	struct soft_test *t = test->priv;

	if (t)
		securekey_provider_put(t->provider);
	fake_flush_files();
}

struct vector {
	const char *name;
	u32 mode;
	u32 key_bits;
	u8 key[AES_MAX_KEY_SIZE];
	u8 iv[SECUREKEY_IV_LEN];
	u8 ctext[VECTOR_LEN];
};

static const u8 ptext[VECTOR_LEN] = {
	0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96,
	0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a,
	0xae, 0x2d, 0x8a, 0x57, 0x1e, 0x03, 0xac, 0x9c,
	0x9e, 0xb7, 0x6f, 0xac, 0x45, 0xaf, 0x8e, 0x51,
	0x30, 0xc8, 0x1c, 0x46, 0xa3, 0x5c, 0xe4, 0x11,
	0xe5, 0xfb, 0xc1, 0x19, 0x1a, 0x0a, 0x52, 0xef,
	0xf6, 0x9f, 0x24, 0x45, 0xdf, 0x4f, 0x9b, 0x17,
	0xad, 0x2b, 0x41, 0x7b, 0xe6, 0x6c, 0x37, 0x10,
};

static const struct vector vectors[] = {
	{
		.name = "cbc 128",
		.mode = SECUREKEY_MODE_CBC,
		.key_bits = 128,
		.key = {
			0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
			0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c,
		},
		.iv = {
			0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
			0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
		},
		.ctext = {
			0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46,
			0xce, 0xe9, 0x8e, 0x9b, 0x12, 0xe9, 0x19, 0x7d,
			0x50, 0x86, 0xcb, 0x9b, 0x50, 0x72, 0x19, 0xee,
			0x95, 0xdb, 0x11, 0x3a, 0x91, 0x76, 0x78, 0xb2,
			0x73, 0xbe, 0xd6, 0xb8, 0xe3, 0xc1, 0x74, 0x3b,
			0x71, 0x16, 0xe6, 0x9e, 0x22, 0x22, 0x95, 0x16,
			0x3f, 0xf1, 0xca, 0xa1, 0x68, 0x1f, 0xac, 0x09,
			0x12, 0x0e, 0xca, 0x30, 0x75, 0x86, 0xe1, 0xa7,
		},
	},
	{
		.name = "cbc 192",
		.mode = SECUREKEY_MODE_CBC,
		.key_bits = 192,
		.key = {
			0x8e, 0x73, 0xb0, 0xf7, 0xda, 0x0e, 0x64, 0x52,
			0xc8, 0x10, 0xf3, 0x2b, 0x80, 0x90, 0x79, 0xe5,
			0x62, 0xf8, 0xea, 0xd2, 0x52, 0x2c, 0x6b, 0x7b,
		},
		.iv = {
			0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
			0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
		},
		.ctext = {
			0x4f, 0x02, 0x1d, 0xb2, 0x43, 0xbc, 0x63, 0x3d,
			0x71, 0x78, 0x18, 0x3a, 0x9f, 0xa0, 0x71, 0xe8,
			0xb4, 0xd9, 0xad, 0xa9, 0xad, 0x7d, 0xed, 0xf4,
			0xe5, 0xe7, 0x38, 0x76, 0x3f, 0x69, 0x14, 0x5a,
			0x57, 0x1b, 0x24, 0x20, 0x12, 0xfb, 0x7a, 0xe0,
			0x7f, 0xa9, 0xba, 0xac, 0x3d, 0xf1, 0x02, 0xe0,
			0x08, 0xb0, 0xe2, 0x79, 0x88, 0x59, 0x88, 0x81,
			0xd9, 0x20, 0xa9, 0xe6, 0x4f, 0x56, 0x15, 0xcd,
		},
	},
	{
		.name = "cbc 256",
		.mode = SECUREKEY_MODE_CBC,
		.key_bits = 256,
		.key = {
			0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe,
			0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d, 0x77, 0x81,
			0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7,
			0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4,
		},
		.iv = {
			0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
			0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
		},
		.ctext = {
			0xf5, 0x8c, 0x4c, 0x04, 0xd6, 0xe5, 0xf1, 0xba,
			0x77, 0x9e, 0xab, 0xfb, 0x5f, 0x7b, 0xfb, 0xd6,
			0x9c, 0xfc, 0x4e, 0x96, 0x7e, 0xdb, 0x80, 0x8d,
			0x67, 0x9f, 0x77, 0x7b, 0xc6, 0x70, 0x2c, 0x7d,
			0x39, 0xf2, 0x33, 0x69, 0xa9, 0xd9, 0xba, 0xcf,
			0xa5, 0x30, 0xe2, 0x63, 0x04, 0x23, 0x14, 0x61,
			0xb2, 0xeb, 0x05, 0xe2, 0xc3, 0x9b, 0xe9, 0xfc,
			0xda, 0x6c, 0x19, 0x07, 0x8c, 0x6a, 0x9d, 0x1b,
		},
	},
	{
		.name = "ctr 128",
		.mode = SECUREKEY_MODE_CTR,
		.key_bits = 128,
		.key = {
			0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
			0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c,
		},
		.iv = {
			0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7,
			0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
		},
		.ctext = {
			0x87, 0x4d, 0x61, 0x91, 0xb6, 0x20, 0xe3, 0x26,
			0x1b, 0xef, 0x68, 0x64, 0x99, 0x0d, 0xb6, 0xce,
			0x98, 0x06, 0xf6, 0x6b, 0x79, 0x70, 0xfd, 0xff,
			0x86, 0x17, 0x18, 0x7b, 0xb9, 0xff, 0xfd, 0xff,
			0x5a, 0xe4, 0xdf, 0x3e, 0xdb, 0xd5, 0xd3, 0x5e,
			0x5b, 0x4f, 0x09, 0x02, 0x0d, 0xb0, 0x3e, 0xab,
			0x1e, 0x03, 0x1d, 0xda, 0x2f, 0xbe, 0x03, 0xd1,
			0x79, 0x21, 0x70, 0xa0, 0xf3, 0x00, 0x9c, 0xee,
		},
	},
	{
		.name = "ctr 192",
		.mode = SECUREKEY_MODE_CTR,
		.key_bits = 192,
		.key = {
			0x8e, 0x73, 0xb0, 0xf7, 0xda, 0x0e, 0x64, 0x52,
			0xc8, 0x10, 0xf3, 0x2b, 0x80, 0x90, 0x79, 0xe5,
			0x62, 0xf8, 0xea, 0xd2, 0x52, 0x2c, 0x6b, 0x7b,
		},
		.iv = {
			0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7,
			0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
		},
		.ctext = {
			0x1a, 0xbc, 0x93, 0x24, 0x17, 0x52, 0x1c, 0xa2,
			0x4f, 0x2b, 0x04, 0x59, 0xfe, 0x7e, 0x6e, 0x0b,
			0x09, 0x03, 0x39, 0xec, 0x0a, 0xa6, 0xfa, 0xef,
			0xd5, 0xcc, 0xc2, 0xc6, 0xf4, 0xce, 0x8e, 0x94,
			0x1e, 0x36, 0xb2, 0x6b, 0xd1, 0xeb, 0xc6, 0x70,
			0xd1, 0xbd, 0x1d, 0x66, 0x56, 0x20, 0xab, 0xf7,
			0x4f, 0x78, 0xa7, 0xf6, 0xd2, 0x98, 0x09, 0x58,
			0x5a, 0x97, 0xda, 0xec, 0x58, 0xc6, 0xb0, 0x50,
		},
	},
	{
		.name = "ctr 256",
		.mode = SECUREKEY_MODE_CTR,
		.key_bits = 256,
		.key = {
			0x60, 0x3d, 0xeb, 0x10, 0x15, 0xca, 0x71, 0xbe,
			0x2b, 0x73, 0xae, 0xf0, 0x85, 0x7d, 0x77, 0x81,
			0x1f, 0x35, 0x2c, 0x07, 0x3b, 0x61, 0x08, 0xd7,
			0x2d, 0x98, 0x10, 0xa3, 0x09, 0x14, 0xdf, 0xf4,
		},
		.iv = {
			0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7,
			0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
		},
		.ctext = {
			0x60, 0x1e, 0xc3, 0x13, 0x77, 0x57, 0x89, 0xa5,
			0xb7, 0xa7, 0xf5, 0x04, 0xbb, 0xf3, 0xd2, 0x28,
			0xf4, 0x43, 0xe3, 0xca, 0x4d, 0x62, 0xb5, 0x9a,
			0xca, 0x84, 0xe9, 0x90, 0xca, 0xca, 0xf5, 0xc5,
			0x2b, 0x09, 0x30, 0xda, 0xa2, 0x3d, 0xe9, 0x4c,
			0xe8, 0x70, 0x17, 0xba, 0x2d, 0x84, 0x98, 0x8d,
			0xdf, 0xc9, 0xc5, 0x8d, 0xb6, 0x7a, 0xad, 0xa6,
			0x13, 0xc2, 0xdd, 0x08, 0x45, 0x79, 0x41, 0xa6,
		},
	},
};

KUNIT_ARRAY_PARAM_DESC(vector, vectors, name);

static struct securekey_params vector_params(const struct vector *v)
{
	return (struct securekey_params) {
		.algorithm = SECUREKEY_ALG_AES,
		.key_bits = v->key_bits,
		.modes = v->mode,
		.flags = SECUREKEY_FLAG_ALL,
		.form = SECUREKEY_FORM_LONG_TERM,
	};
}

/* Import a vector's key to t->blob and return the blob's length. */
static int import_key(struct kunit *test, const struct vector *v)
{
	struct securekey_params params = vector_params(v);
	struct soft_test *t = test->priv;
	int len;

	len = securekey_import(t->provider, &params, v->key, v->key_bits / 8,
			       &t->blob, sizeof(t->blob));
	KUNIT_ASSERT_GT(test, len, 0);

	return len;
}

static struct securekey_key *load_key(struct kunit *test,
				      const struct vector *v)
{
	struct soft_test *t = test->priv;
	struct securekey_key *key;
	int len;

	len = import_key(test, v);
	key = securekey_key_load(NULL, &t->blob, len);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);

	return key;
}

static struct dma_buf *alloc_heap(struct kunit *test, size_t len)
{
	struct dma_buf *dmabuf;

	dmabuf = securekey_test_heap_alloc(len, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dmabuf);

	return dmabuf;
}

static void soft_told(struct securekey_request *req, int status)
{
	struct soft_test *t = req->private;

	t->status = status;
	complete(&t->done);
}

/* Decrypt t->sg to the end, and set the vector to the next one. */
static int decrypt(struct kunit *test, struct securekey_key *key, u32 mode,
		   u8 iv[SECUREKEY_IV_LEN], size_t len,
		   struct dma_buf *dmabuf, u64 offset)
{
	struct soft_test *t = test->priv;
	struct securekey_request *req;
	struct securekey_buffer *dst;

	dst = securekey_buffer_attach(t->provider, dmabuf);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dst);
	req = securekey_request_alloc(key, dst, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, req);
	securekey_buffer_put(dst);

	req->mode = mode;
	memcpy(req->iv, iv, SECUREKEY_IV_LEN);
	req->src = t->sg;
	req->len = len;
	req->dst_offset = offset;
	req->complete = soft_told;
	req->private = t;
	init_completion(&t->done);

	KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	KUNIT_ASSERT_NE(test, 0,
			wait_for_completion_timeout(&t->done, PATIENCE));
	memcpy(iv, req->iv, SECUREKEY_IV_LEN);

	/* Until it has let go of the destination too. */
	KUNIT_EXPECT_EQ(test, t->status, securekey_request_cancel(req));
	securekey_request_put(req);

	return t->status;
}

/* Split @len bytes of @data into pieces of that many bytes. */
static void split_source(struct soft_test *t, const u8 *data, size_t len,
			 size_t piece)
{
	unsigned int n = DIV_ROUND_UP(len, piece);
	unsigned int i;

	memcpy(t->data, data, len);
	sg_init_table(t->sg, n);
	for (i = 0; i < n; i++)
		sg_set_buf(&t->sg[i], t->data + i * piece,
			   min(piece, len - i * piece));
}

static void soft_vector(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct dma_buf *dmabuf = alloc_heap(test, PAGE_SIZE);
	u8 *plain = securekey_test_heap_vaddr(dmabuf);
	struct soft_test *t = test->priv;
	struct securekey_key *key;
	u8 iv[SECUREKEY_IV_LEN];
	size_t piece;

	key = load_key(test, v);
	for (piece = 1; piece <= VECTOR_LEN; piece++) {
		memset(plain, 0xff, PAGE_SIZE);
		memcpy(iv, v->iv, sizeof(iv));
		split_source(t, v->ctext, VECTOR_LEN, piece);
		KUNIT_EXPECT_EQ(test, 0, decrypt(test, key, v->mode, iv,
						 VECTOR_LEN, dmabuf, 32));
		KUNIT_EXPECT_MEMEQ(test, plain + 32, ptext, VECTOR_LEN);
		KUNIT_EXPECT_EQ(test, plain[31], 0xff);
		KUNIT_EXPECT_EQ(test, plain[32 + VECTOR_LEN], 0xff);
	}
	securekey_key_put(key);
	dma_buf_put(dmabuf);
}

/* Two requests, the second with the vector that the first left. */
static void soft_continue(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct dma_buf *dmabuf = alloc_heap(test, PAGE_SIZE);
	u8 *plain = securekey_test_heap_vaddr(dmabuf);
	struct soft_test *t = test->priv;
	struct securekey_key *key;
	u8 iv[SECUREKEY_IV_LEN];

	key = load_key(test, v);
	memcpy(iv, v->iv, sizeof(iv));
	split_source(t, v->ctext, VECTOR_LEN, 7);
	KUNIT_EXPECT_EQ(test, 0, decrypt(test, key, v->mode, iv, 16, dmabuf, 0));
	KUNIT_EXPECT_NULL(test, memchr_inv(plain + 16, 0, PAGE_SIZE - 16));
	split_source(t, v->ctext + 16, 48, 48);
	KUNIT_EXPECT_EQ(test, 0, decrypt(test, key, v->mode, iv, 48, dmabuf, 16));
	KUNIT_EXPECT_MEMEQ(test, plain, ptext, VECTOR_LEN);
	securekey_key_put(key);
	dma_buf_put(dmabuf);
}

/* A counter needs no whole block at the end. */
static void soft_partial_block(struct kunit *test)
{
	struct dma_buf *dmabuf = alloc_heap(test, PAGE_SIZE);
	u8 *plain = securekey_test_heap_vaddr(dmabuf);
	struct soft_test *t = test->priv;
	struct securekey_key *key;
	u8 iv[SECUREKEY_IV_LEN];
	const struct vector *v;
	size_t len;

	for (v = vectors; v < vectors + ARRAY_SIZE(vectors); v++) {
		if (v->mode != SECUREKEY_MODE_CTR)
			continue;

		key = load_key(test, v);
		for (len = 1; len < VECTOR_LEN; len++) {
			memset(plain, 0xff, PAGE_SIZE);
			memcpy(iv, v->iv, sizeof(iv));
			split_source(t, v->ctext, len, 5);
			KUNIT_EXPECT_EQ(test, 0, decrypt(test, key, v->mode, iv,
							 len, dmabuf, 0));
			KUNIT_EXPECT_MEMEQ(test, plain, ptext, len);
			KUNIT_EXPECT_EQ(test, plain[len], 0xff);
		}
		securekey_key_put(key);
	}
	dma_buf_put(dmabuf);
}

/* Many pages: cbc decrypts to what the blocks before it say. */
static void soft_long(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct dma_buf *dmabuf = alloc_heap(test, SZ_64K);
	u8 *plain = securekey_test_heap_vaddr(dmabuf);
	struct soft_test *t = test->priv;
	struct securekey_key *key;
	u8 iv[SECUREKEY_IV_LEN];
	unsigned int i;
	u8 *ctext;

	ctext = kunit_kmalloc(test, SZ_64K, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ctext);
	for (i = 0; i < SZ_64K; i += VECTOR_LEN)
		memcpy(ctext + i, v->ctext, VECTOR_LEN);
	sg_init_one(t->sg, ctext, SZ_64K);

	key = load_key(test, v);
	memcpy(iv, v->iv, sizeof(iv));
	KUNIT_EXPECT_EQ(test, 0, decrypt(test, key, v->mode, iv, SZ_64K, dmabuf,
					 0));
	KUNIT_EXPECT_MEMEQ(test, plain, ptext, VECTOR_LEN);
	if (v->mode == SECUREKEY_MODE_CBC)
		for (i = 0; i < SZ_64K; i += VECTOR_LEN)
			KUNIT_EXPECT_MEMEQ(test, plain + i + AES_BLOCK_SIZE,
					   ptext + AES_BLOCK_SIZE,
					   VECTOR_LEN - AES_BLOCK_SIZE);
	securekey_key_put(key);
	dma_buf_put(dmabuf);
}

/* Cancelled half-way, it leaves nothing behind. */
static void soft_cancel(struct kunit *test)
{
	const struct vector *v = test->param_value;
	const unsigned int piece = PAGE_SIZE - 1, n = SZ_1M / piece;
	const size_t len = round_down(n * piece, AES_BLOCK_SIZE);
	struct dma_buf *dmabuf = alloc_heap(test, SZ_1M);
	u8 *plain = securekey_test_heap_vaddr(dmabuf);
	struct soft_test *t = test->priv;
	struct securekey_request *req;
	struct securekey_buffer *dst;
	struct securekey_key *key;
	unsigned int i, delay_us;
	struct scatterlist *sg;
	u8 *ctext;
	int ret;

	ctext = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ctext);
	sg = kunit_kcalloc(test, n, sizeof(*sg), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sg);
	sg_init_table(sg, n);
	for (i = 0; i < n; i++)
		sg_set_buf(&sg[i], ctext, piece);

	key = load_key(test, v);
	dst = securekey_buffer_attach(t->provider, dmabuf);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dst);

	for (delay_us = 1; delay_us < 5000; delay_us *= 4) {
		memset(plain, 0, SZ_1M);
		init_completion(&t->done);
		req = securekey_request_alloc(key, dst, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, req);
		req->mode = v->mode;
		req->src = sg;
		req->len = len;
		req->complete = soft_told;
		req->private = t;
		KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
		usleep_range(delay_us, 2 * delay_us);
		ret = securekey_request_cancel(req);
		securekey_request_put(req);

		KUNIT_EXPECT_TRUE(test, completion_done(&t->done));
		KUNIT_EXPECT_EQ(test, ret, t->status);
		KUNIT_EXPECT_TRUE(test, !ret || ret == -ECANCELED);
		KUNIT_EXPECT_EQ(test, !ret, !!memchr_inv(plain, 0, len));
	}

	securekey_buffer_put(dst);
	securekey_key_put(key);
	dma_buf_put(dmabuf);
}

/* The same key in all the ways it can be had. */
static void soft_forms(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct dma_buf *dmabuf = alloc_heap(test, PAGE_SIZE);
	u8 *plain = securekey_test_heap_vaddr(dmabuf);
	struct soft_test *t = test->priv;
	struct securekey_key *key;
	u8 iv[SECUREKEY_IV_LEN];
	int len, exported;

	len = import_key(test, v);
	KUNIT_ASSERT_EQ(test, len,
			securekey_prepare(t->provider, &t->blob, len, &t->out,
					  sizeof(t->out)));
	key = securekey_key_load(t->provider, &t->out, len);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	memcpy(iv, v->iv, sizeof(iv));
	split_source(t, v->ctext, VECTOR_LEN, VECTOR_LEN);
	KUNIT_EXPECT_EQ(test, 0, decrypt(test, key, v->mode, iv, VECTOR_LEN,
					 dmabuf, 0));
	KUNIT_EXPECT_MEMEQ(test, plain, ptext, VECTOR_LEN);
	KUNIT_EXPECT_EQ(test, -EKEYREJECTED,
			securekey_key_export(key, &t->out, sizeof(t->out)));
	securekey_key_put(key);

	key = securekey_key_load(t->provider, &t->blob, len);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	exported = securekey_key_export(key, &t->out, sizeof(t->out));
	KUNIT_EXPECT_EQ(test, len, exported);
	securekey_key_put(key);

	/* Wrapped twice, it looks different and is the same. */
	KUNIT_EXPECT_MEMEQ(test, &t->blob.hdr, &t->out.hdr, sizeof(t->out.hdr));
	KUNIT_EXPECT_MEMNEQ(test, &t->blob, &t->out, len);
	key = securekey_key_load(t->provider, &t->out, len);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	memset(plain, 0, VECTOR_LEN);
	memcpy(iv, v->iv, sizeof(iv));
	KUNIT_EXPECT_EQ(test, 0, decrypt(test, key, v->mode, iv, VECTOR_LEN,
					 dmabuf, 0));
	KUNIT_EXPECT_MEMEQ(test, plain, ptext, VECTOR_LEN);
	securekey_key_put(key);
	dma_buf_put(dmabuf);
}

/* No bit of a blob can be changed and no byte be missing. */
static void soft_tamper(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct soft_test *t = test->priv;
	size_t name = offsetof(struct securekey_blob_header, provider);
	int bit, len, error;

	len = import_key(test, v);
	for (bit = 0; bit < 8 * len; bit++) {
		/* "soft" with one other letter, or one more. */
		error = bit / 8 >= name && bit / 8 <= name + strlen("soft") ?
			-ENODEV : -EBADMSG;
		((u8 *)&t->blob)[bit / 8] ^= BIT(bit % 8);
		KUNIT_EXPECT_EQ_MSG(test, error,
				    PTR_ERR_OR_ZERO(securekey_key_load(NULL,
								       &t->blob,
								       len)),
				    "bit %d", bit);
		KUNIT_EXPECT_EQ_MSG(test, -EBADMSG,
				    securekey_prepare(t->provider, &t->blob,
						      len, &t->out,
						      sizeof(t->out)),
				    "bit %d", bit);
		((u8 *)&t->blob)[bit / 8] ^= BIT(bit % 8);
	}

	/* Also when the header says so. */
	le32_add_cpu(&t->blob.hdr.payload_len, -1);
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			PTR_ERR_OR_ZERO(securekey_key_load(NULL, &t->blob,
							   len - 1)));
	le32_add_cpu(&t->blob.hdr.payload_len, 2);
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			PTR_ERR_OR_ZERO(securekey_key_load(NULL, &t->blob,
							   len + 1)));
}

/* The first vector's key, wrapped long-term: what user space may have stored. */
static const u8 stored_blob[] = {
	0x53, 0x45, 0x4b, 0x59, 0x01, 0x00, 0x48, 0x00,
	0x73, 0x6f, 0x66, 0x74, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
	0x80, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
	0x03, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x73, 0x74, 0x6f, 0x72, 0x65, 0x64, 0x20, 0x6e,
	0x6f, 0x6e, 0x63, 0x65, 0x18, 0xcc, 0x13, 0xea,
	0x7e, 0x1a, 0xd4, 0x30, 0xe3, 0xf8, 0xac, 0x75,
	0xc9, 0x1b, 0x5f, 0x29, 0x33, 0x0e, 0xd3, 0x0c,
	0x33, 0x0c, 0x7f, 0x84, 0x93, 0x17, 0x05, 0x42,
	0x87, 0xad, 0x7e, 0x76,
};

static void soft_stored(struct kunit *test)
{
	struct dma_buf *dmabuf = alloc_heap(test, PAGE_SIZE);
	u8 *plain = securekey_test_heap_vaddr(dmabuf);
	const struct vector *v = &vectors[0];
	struct soft_test *t = test->priv;
	struct securekey_params params;
	struct securekey_key *key;
	u8 iv[SECUREKEY_IV_LEN];

	params = vector_params(v);
	key = securekey_key_load(NULL, stored_blob, sizeof(stored_blob));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_EXPECT_MEMEQ(test, &key->params, &params, sizeof(params));

	memcpy(iv, v->iv, sizeof(iv));
	split_source(t, v->ctext, VECTOR_LEN, VECTOR_LEN);
	KUNIT_EXPECT_EQ(test, 0, decrypt(test, key, v->mode, iv, VECTOR_LEN,
					 dmabuf, 0));
	KUNIT_EXPECT_MEMEQ(test, plain, ptext, VECTOR_LEN);
	securekey_key_put(key);
	dma_buf_put(dmabuf);
}

static void soft_generate(struct kunit *test)
{
	const struct vector *v = test->param_value;
	struct securekey_params params = vector_params(v);
	struct soft_test *t = test->priv;
	struct securekey_key *key;
	int a, b;

	a = securekey_generate(t->provider, &params, &t->blob, sizeof(t->blob));
	b = securekey_generate(t->provider, &params, &t->out, sizeof(t->out));
	KUNIT_ASSERT_EQ(test, a, b);
	KUNIT_EXPECT_MEMNEQ(test, t->blob.payload, t->out.payload,
			    a - sizeof(t->blob.hdr));

	key = securekey_key_load(NULL, &t->blob, a);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_EXPECT_MEMEQ(test, &key->params, &params, sizeof(params));
	securekey_key_put(key);
}

static void soft_heap(struct kunit *test)
{
	struct dma_buf *dmabuf = alloc_heap(test, 4 * PAGE_SIZE);
	struct iosys_map map;
	u8 *mem = securekey_test_heap_vaddr(dmabuf);

	KUNIT_EXPECT_TRUE(test, dma_buf_is_protected(dmabuf));
	KUNIT_EXPECT_NULL(test, memchr_inv(mem, 0, 4 * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EINVAL, dma_buf_vmap_unlocked(dmabuf, &map));
	KUNIT_EXPECT_EQ(test, -EPERM,
			dma_buf_begin_cpu_access(dmabuf, DMA_FROM_DEVICE));
	KUNIT_EXPECT_NULL(test, dmabuf->ops->mmap);
	dma_buf_put(dmabuf);
}

/* Protected memory of others, and what cannot be mapped, is out of reach. */
static void soft_foreign_buffer(struct kunit *test)
{
	static const enum fake_memory kinds[] = { FAKE_PLAIN, FAKE_PROTECTED };
	struct soft_test *t = test->priv;
	struct securekey_buffer *b;
	struct dma_buf *dmabuf;
	int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		dmabuf = fake_dmabuf(test, kinds[i], O_RDWR);
		b = securekey_buffer_attach(t->provider, dmabuf);
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, PTR_ERR_OR_ZERO(b));
		dma_buf_put(dmabuf);
	}
}

static void soft_mapped_buffer(struct kunit *test)
{
	struct dma_buf *dmabuf = fake_dmabuf(test, FAKE_MAPPABLE, O_RDWR);
	struct securekey_params params = vector_params(&vectors[0]);
	const struct vector *v = &vectors[0];
	struct soft_test *t = test->priv;
	struct securekey_key *key;
	u8 iv[SECUREKEY_IV_LEN];
	int len;

	params.flags = 0;
	len = securekey_import(t->provider, &params, v->key, v->key_bits / 8,
			       &t->blob, sizeof(t->blob));
	KUNIT_ASSERT_GT(test, len, 0);
	key = securekey_key_load(t->provider, &t->blob, len);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);

	memcpy(iv, v->iv, sizeof(iv));
	split_source(t, v->ctext, VECTOR_LEN, VECTOR_LEN);
	KUNIT_EXPECT_EQ(test, 0, decrypt(test, key, v->mode, iv, VECTOR_LEN,
					 dmabuf, FAKE_BUFFER_SIZE - VECTOR_LEN));
	KUNIT_EXPECT_MEMEQ(test, ptext,
			   fake_dmabuf_vaddr(dmabuf) + FAKE_BUFFER_SIZE -
			   VECTOR_LEN, VECTOR_LEN);
	KUNIT_EXPECT_EQ(test, 0, dmabuf->vmapping_counter);
	securekey_key_put(key);
	dma_buf_put(dmabuf);
}

static struct kunit_case soft_cases[] = {
	KUNIT_CASE_PARAM(soft_vector, vector_gen_params),
	KUNIT_CASE_PARAM(soft_continue, vector_gen_params),
	KUNIT_CASE(soft_partial_block),
	KUNIT_CASE_PARAM(soft_long, vector_gen_params),
	KUNIT_CASE_PARAM(soft_cancel, vector_gen_params),
	KUNIT_CASE_PARAM(soft_forms, vector_gen_params),
	KUNIT_CASE_PARAM(soft_tamper, vector_gen_params),
	KUNIT_CASE(soft_stored),
	KUNIT_CASE_PARAM(soft_generate, vector_gen_params),
	KUNIT_CASE(soft_heap),
	KUNIT_CASE(soft_foreign_buffer),
	KUNIT_CASE(soft_mapped_buffer),
	{}
};

static struct kunit_suite soft_suite = {
	.name = "securekey_soft",
	.init = soft_test_init,
	.exit = soft_test_exit,
	.test_cases = soft_cases,
};

kunit_test_suite(soft_suite);

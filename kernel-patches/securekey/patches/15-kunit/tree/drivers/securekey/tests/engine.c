// SPDX-License-Identifier: GPL-2.0-only
/*
 * What tests of the software provider do again and again.
 */

#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/math.h>
#include <linux/scatterlist.h>

#include "../soft/test-heap.h"
#include "engine.h"

#define PATIENCE	(60 * HZ)

KUNIT_DEFINE_ACTION_WRAPPER(put_provider, securekey_provider_put,
			    struct securekey_provider *);
KUNIT_DEFINE_ACTION_WRAPPER(put_buffer, securekey_buffer_put,
			    struct securekey_buffer *);
KUNIT_DEFINE_ACTION_WRAPPER(put_key, securekey_key_put, struct securekey_key *);
KUNIT_DEFINE_ACTION_WRAPPER(put_request, securekey_request_put,
			    struct securekey_request *);

/* Find the provider, and allocate a buffer for it to write to. */
struct engine *engine_init(struct kunit *test, size_t size)
{
	struct dma_buf *dmabuf;
	struct engine *e;

	e = kunit_kzalloc(test, sizeof(*e), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, e);

	e->provider = securekey_provider_get("soft");
	if (IS_ERR(e->provider))
		kunit_skip(test, "the provider is not there");
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, put_provider,
						  e->provider));

	dmabuf = securekey_test_heap_alloc(size, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dmabuf);
	e->mem = securekey_test_heap_vaddr(dmabuf);
	e->size = size;
	e->dst = securekey_buffer_attach(e->provider, dmabuf);
	dma_buf_put(dmabuf);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, e->dst);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, put_buffer, e->dst));

	return e;
}

/* Load a key of these bytes. */
struct securekey_key *engine_key(struct kunit *test, struct engine *e,
				 const u8 *raw, size_t raw_len, u32 modes)
{
	const struct securekey_params params = {
		.algorithm = SECUREKEY_ALG_AES,
		.key_bits = 8 * raw_len,
		.modes = modes,
		.flags = SECUREKEY_FLAG_ALL,
		.form = SECUREKEY_FORM_LONG_TERM,
	};
	struct securekey_key *key;
	u8 *blob;
	int len;

	blob = kunit_kzalloc(test, SECUREKEY_BLOB_MAX_LEN, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, blob);

	len = securekey_import(e->provider, &params, raw, raw_len, blob,
			       SECUREKEY_BLOB_MAX_LEN);
	KUNIT_ASSERT_GT(test, len, 0);
	key = securekey_key_load(e->provider, blob, len);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_key, key));
	kunit_kfree(test, blob);

	return key;
}

static void engine_told(struct securekey_request *req, int status)
{
	struct engine *e = req->private;

	e->status = status;
	complete(&e->done);
}

/* A request to the start of the buffer, for the test to go on with. */
struct securekey_request *engine_request(struct kunit *test, struct engine *e,
					 struct securekey_key *key, u32 mode)
{
	struct securekey_request *req;

	req = securekey_request_alloc(key, e->dst, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, req);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, put_request, req));

	req->mode = mode;
	req->complete = engine_told;
	req->private = e;

	return req;
}

/* Memory that is contiguous as a source in pieces of that many bytes. */
struct scatterlist *engine_source(struct kunit *test, u8 *data, size_t len,
				  size_t piece)
{
	unsigned int i, n = DIV_ROUND_UP(len, piece);
	struct scatterlist *sg;

	sg = kunit_kcalloc(test, n, sizeof(*sg), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sg);

	sg_init_table(sg, n);
	for (i = 0; i < n; i++)
		sg_set_buf(&sg[i], data + i * piece,
			   min(piece, len - i * piece));

	return sg;
}

/* Submit a request, and wait until it has let go of everything. */
int engine_run(struct kunit *test, struct engine *e,
	       struct securekey_request *req)
{
	int ret;

	init_completion(&e->done);
	ret = securekey_request_submit(req);
	if (ret)
		return ret;

	KUNIT_ASSERT_NE(test, 0,
			wait_for_completion_timeout(&e->done, PATIENCE));
	KUNIT_EXPECT_EQ(test, e->status, securekey_request_cancel(req));
	kunit_release_action(test, put_request, req);

	return e->status;
}

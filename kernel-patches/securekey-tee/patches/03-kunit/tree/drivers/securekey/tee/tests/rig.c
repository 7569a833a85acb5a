// SPDX-License-Identifier: GPL-2.0-only
/*
 * What tests of the provider in a TEE do again and again.
 */

#include <kunit/resource.h>
#include <kunit/test.h>
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/math.h>
#include <linux/random.h>
#include <linux/scatterlist.h>

#include "../../soft/test-heap.h"
#include "rig.h"

/* Sources come in pieces of this length, which goes into nothing. */
#define PIECE	1021

KUNIT_DEFINE_ACTION_WRAPPER(put_provider, securekey_provider_put,
			    struct securekey_provider *);
KUNIT_DEFINE_ACTION_WRAPPER(put_buffer, securekey_buffer_put,
			    struct securekey_buffer *);
KUNIT_DEFINE_ACTION_WRAPPER(put_key, securekey_key_put, struct securekey_key *);
KUNIT_DEFINE_ACTION_WRAPPER(put_request, securekey_request_put,
			    struct securekey_request *);

/* At the end, when all is given back and the provider has gone. */
static void rig_look(void *data)
{
	struct rig *r = data;
	struct kunit *test = r->test;
	struct fake_tee *f = r->fake;

	KUNIT_EXPECT_EQ(test, 0, f->violations);
	KUNIT_EXPECT_EQ(test, 0, fake_tee_sessions(f));
	KUNIT_EXPECT_EQ(test, 0, f->shms);
	KUNIT_EXPECT_EQ(test, 0, f->buffers);
}

struct rig *rig_init_fake(struct kunit *test, struct fake_tee *fake)
{
	struct dma_buf *dmabuf;
	struct rig *r;

	r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, r);
	r->test = test;
	r->fake = fake;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, rig_look, r));
	fake_tee_create(test, fake);

	r->provider = securekey_provider_get("tee-fake");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, r->provider);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, put_provider,
						  r->provider));

	dmabuf = securekey_test_heap_alloc(RIG_DST_LEN, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dmabuf);
	r->mem = securekey_test_heap_vaddr(dmabuf);
	r->dst = securekey_buffer_attach(r->provider, dmabuf);
	dma_buf_put(dmabuf);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, r->dst);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, put_buffer, r->dst));

	return r;
}

struct rig *rig_init(struct kunit *test)
{
	return rig_init_fake(test, fake_tee_alloc(test));
}

/* KUnit runs tests in a kernel thread, whose fput() is put off. */
void rig_exit(struct kunit *test)
{
	flush_delayed_fput();
}

/* Make a blob and return its length. */
int rig_blob(struct kunit *test, struct rig *r, u32 modes,
	     struct securekey_blob *blob)
{
	const struct securekey_params params = {
		.algorithm = SECUREKEY_ALG_AES,
		.key_bits = modes == SECUREKEY_MODE_XTS ? 256 : 128,
		.modes = modes,
		.form = SECUREKEY_FORM_LONG_TERM,
	};
	int len;

	len = securekey_generate(r->provider, &params, blob, sizeof(*blob));
	KUNIT_ASSERT_EQ(test, len, sizeof(blob->hdr) + FAKE_PAYLOAD_LEN);

	return len;
}

struct securekey_key *rig_key(struct kunit *test, struct rig *r, u32 modes)
{
	struct securekey_blob *blob;
	struct securekey_key *key;
	int len;

	blob = kunit_kzalloc(test, sizeof(*blob), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, blob);

	len = rig_blob(test, r, modes, blob);
	key = securekey_key_load(r->provider, blob, len);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_key, key));

	return key;
}

static void job_told(struct securekey_request *req, int status)
{
	struct job *job = req->private;

	job->status = status;
	complete(&job->done);
}

/* A request to the start of the destination, for the test to go on with. */
struct job *rig_new(struct kunit *test, struct rig *r,
		    struct securekey_key *key, u32 mode, size_t len)
{
	struct securekey_request *req;
	struct scatterlist *sg;
	size_t i, n, src_len;
	struct job *job;

	job = kunit_kzalloc(test, sizeof(*job), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, job);
	req = securekey_request_alloc(key, r->dst, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, req);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, put_request, req));

	init_completion(&job->done);
	job->req = req;
	req->mode = mode;
	req->len = len;
	req->complete = job_told;
	req->private = job;

	src_len = securekey_request_src_len(req);
	job->src = kunit_kmalloc(test, src_len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, job->src);
	get_random_bytes(job->src, len);
	memset(job->src + len, FAKE_TAG, src_len - len);

	n = DIV_ROUND_UP(src_len, PIECE);
	sg = kunit_kcalloc(test, n, sizeof(*sg), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sg);
	sg_init_table(sg, n);
	for (i = 0; i < n; i++)
		sg_set_buf(&sg[i], job->src + i * PIECE,
			   min(PIECE, src_len - i * PIECE));
	req->src = sg;

	return job;
}

void rig_start(struct kunit *test, struct job *job)
{
	KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(job->req));
}

/* Until it has let go of everything. */
int rig_wait(struct kunit *test, struct job *job)
{
	KUNIT_ASSERT_NE(test, 0,
			wait_for_completion_timeout(&job->done, PATIENCE));
	KUNIT_EXPECT_EQ(test, job->status, securekey_request_cancel(job->req));

	return job->status;
}

int rig_run(struct kunit *test, struct job *job)
{
	rig_start(test, job);

	return rig_wait(test, job);
}

/* Is its plaintext where it belongs, and nothing behind that? */
bool rig_decrypted(const struct rig *r, const struct job *job, u8 key)
{
	const u8 *dst = r->mem + job->req->dst_offset;
	size_t i, len = job->req->len;

	for (i = 0; i < len; i++)
		if (dst[i] != (job->src[i] ^ key))
			return false;

	return true;
}

/* Is there nothing where its plaintext belongs? */
bool rig_nothing(const struct rig *r, const struct job *job)
{
	return !memchr_inv(r->mem + job->req->dst_offset, 0, job->req->len);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests: the software provider and common encryption. What it has to come to
 * is worked out byte by byte, as the standard says it and not as it is done.
 */

#include <crypto/aes.h>
#include <kunit/test.h>
#include <linux/math.h>
#include <linux/prandom.h>
#include <linux/scatterlist.h>
#include <linux/securekey.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "engine.h"
#include "fake.h"

#define MOST_SUBSAMPLES	20
#define MOST_CLEAR	40
#define MOST_PROTECTED	600
#define MOST_BYTES	(MOST_SUBSAMPLES * (MOST_CLEAR + MOST_PROTECTED))
#define SAMPLES		40

struct cenc_test {
	struct engine *e;
	struct securekey_key *key;
	struct aes_key aes;
	struct rnd_state rnd;
	struct securekey_subsample subsamples[MOST_SUBSAMPLES];
	/* What is encrypted, as one piece, and what it is encrypted to. */
	u8 ptext[MOST_BYTES];
	u8 ctext[MOST_BYTES];
	/* The sample before and after. */
	u8 src[MOST_BYTES];
	u8 expected[MOST_BYTES];
};

static int cenc_test_init(struct kunit *test)
{
	struct cenc_test *t;
	u8 raw[AES_KEYSIZE_128];

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;

	/* The same every time. */
	prandom_seed_state(&t->rnd, 23001);
	prandom_bytes_state(&t->rnd, raw, sizeof(raw));
	prandom_bytes_state(&t->rnd, t->ptext, sizeof(t->ptext));
	KUNIT_ASSERT_EQ(test, 0, aes_preparekey(&t->aes, raw, sizeof(raw)));

	t->e = engine_init(test, PAGE_ALIGN(MOST_BYTES + 2 * AES_BLOCK_SIZE));
	t->key = engine_key(test, t->e, raw, sizeof(raw),
			    SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR);

	return 0;
}

static void cenc_test_exit(struct kunit *test)
{
	fake_flush_files();
}

static u32 below(struct rnd_state *rnd, u32 ceiling)
{
	return prandom_u32_state(rnd) % ceiling;
}

static void encrypt_cbc(struct cenc_test *t, const u8 *iv)
{
	size_t i, j;

	for (i = 0; i < MOST_BYTES; i += AES_BLOCK_SIZE) {
		for (j = 0; j < AES_BLOCK_SIZE; j++)
			t->ctext[i + j] = t->ptext[i + j] ^ iv[j];
		aes_encrypt(&t->aes, t->ctext + i, t->ctext + i);
		iv = t->ctext + i;
	}
}

static void encrypt_ctr(struct cenc_test *t, const u8 *iv)
{
	u64 count = get_unaligned_be64(iv + 8);
	u8 block[AES_BLOCK_SIZE];
	size_t i, j;

	for (i = 0; i < MOST_BYTES; i += AES_BLOCK_SIZE) {
		memcpy(block, iv, 8);
		put_unaligned_be64(count++, block + 8);
		aes_encrypt(&t->aes, block, block);
		for (j = 0; j < AES_BLOCK_SIZE; j++)
			t->ctext[i + j] = t->ptext[i + j] ^ block[j];
	}
}

/* Is byte @i of a protected range of @len encrypted? */
static bool byte_encrypted(const struct securekey_request *req, size_t i,
			   size_t len)
{
	const struct securekey_pattern *pattern = &req->pattern;

	if (req->scheme == SECUREKEY_SCHEME_CENC)
		return true;

	if (i >= round_down(len, AES_BLOCK_SIZE))
		return false;

	return !pattern->skip ||
	       i / AES_BLOCK_SIZE % (pattern->crypt + pattern->skip) <
	       pattern->crypt;
}

/* Make the sample. Returns how long it is. */
static size_t make_sample(struct cenc_test *t,
			  const struct securekey_request *req)
{
	bool cbcs = req->scheme == SECUREKEY_SCHEME_CBCS;
	const struct securekey_subsample *s;
	size_t at = 0, used = 0, i;
	u32 len;

	for (s = req->subsamples; s < req->subsamples + req->nr_subsamples; s++) {
		if (cbcs)
			used = 0;
		len = s->clear_len + s->protected_len;
		for (i = 0; i < len; i++, at++) {
			if (i >= s->clear_len &&
			    byte_encrypted(req, i - s->clear_len,
					   s->protected_len)) {
				t->src[at] = t->ctext[used];
				t->expected[at] = t->ptext[used++];
			} else {
				t->src[at] = below(&t->rnd, 256);
				t->expected[at] = t->src[at];
			}
		}
	}

	return at;
}

struct cenc_case {
	const char *name;
	u32 scheme;
	u32 mode;
	struct securekey_pattern pattern;
};

static const struct cenc_case cenc_cases[] = {
	{ "cenc", SECUREKEY_SCHEME_CENC, SECUREKEY_MODE_CTR, {} },
	{ "cbc1", SECUREKEY_SCHEME_CBC1, SECUREKEY_MODE_CBC, {} },
	{ "cens 1:9", SECUREKEY_SCHEME_CENS, SECUREKEY_MODE_CTR, { 1, 9 } },
	{ "cens 3:2", SECUREKEY_SCHEME_CENS, SECUREKEY_MODE_CTR, { 3, 2 } },
	{ "cens", SECUREKEY_SCHEME_CENS, SECUREKEY_MODE_CTR, {} },
	{ "cbcs 1:9", SECUREKEY_SCHEME_CBCS, SECUREKEY_MODE_CBC, { 1, 9 } },
	{ "cbcs 5:5", SECUREKEY_SCHEME_CBCS, SECUREKEY_MODE_CBC, { 5, 5 } },
	{ "cbcs 10:0", SECUREKEY_SCHEME_CBCS, SECUREKEY_MODE_CBC, { 10, 0 } },
	{ "cbcs", SECUREKEY_SCHEME_CBCS, SECUREKEY_MODE_CBC, {} },
};

KUNIT_ARRAY_PARAM_DESC(cenc, cenc_cases, name);

static struct securekey_request *make_request(struct kunit *test,
					      const struct cenc_case *c)
{
	struct cenc_test *t = test->priv;
	struct securekey_request *req;

	req = engine_request(test, t->e, t->key, c->mode);
	req->scheme = c->scheme;
	req->pattern = c->pattern;
	req->subsamples = t->subsamples;

	return req;
}

static void make_subsamples(struct cenc_test *t, struct securekey_request *req)
{
	struct securekey_subsample *s;
	unsigned int i;

	req->nr_subsamples = 1 + below(&t->rnd, MOST_SUBSAMPLES);
	for (i = 0; i < req->nr_subsamples; i++) {
		s = &t->subsamples[i];
		s->clear_len = below(&t->rnd, MOST_CLEAR);
		s->protected_len = 1 + below(&t->rnd, MOST_PROTECTED);
		if (req->scheme == SECUREKEY_SCHEME_CBC1)
			s->protected_len = round_up(s->protected_len,
						    AES_BLOCK_SIZE);
	}
}

/* Decrypt the sample, and look at what came out and at what is beside it. */
static void expect_sample(struct kunit *test, struct securekey_request *req)
{
	struct cenc_test *t = test->priv;
	size_t piece = 1 + below(&t->rnd, 100);
	size_t len = make_sample(t, req);
	u8 iv[SECUREKEY_IV_LEN];
	struct engine *e = t->e;
	u64 offset;

	offset = round_down(below(&t->rnd, e->size - len), AES_BLOCK_SIZE);
	memset(e->mem, 0xa5, e->size);
	memcpy(iv, req->iv, sizeof(iv));
	req->src = engine_source(test, t->src, len, piece);
	req->len = len;
	req->dst_offset = offset;
	securekey_request_get(req);
	KUNIT_ASSERT_EQ(test, 0, engine_run(test, e, req));
	KUNIT_EXPECT_MEMEQ(test, iv, req->iv, sizeof(iv));
	securekey_request_put(req);

	KUNIT_EXPECT_MEMEQ(test, e->mem + offset, t->expected, len);
	KUNIT_EXPECT_NULL(test, memchr_inv(e->mem, 0xa5, offset));
	KUNIT_EXPECT_NULL(test, memchr_inv(e->mem + offset + len, 0xa5,
					   e->size - offset - len));
}

static void cenc_samples(struct kunit *test)
{
	const struct cenc_case *c = test->param_value;
	struct cenc_test *t = test->priv;
	struct securekey_request *req;
	int i;

	for (i = 0; i < SAMPLES; i++) {
		req = make_request(test, c);
		prandom_bytes_state(&t->rnd, req->iv, sizeof(req->iv));
		/* The counter wraps somewhere in the sample, every other time. */
		if (i % 2)
			put_unaligned_be64(-(u64)below(&t->rnd, 100),
					   req->iv + 8);
		if (c->mode == SECUREKEY_MODE_CBC)
			encrypt_cbc(t, req->iv);
		else
			encrypt_ctr(t, req->iv);
		make_subsamples(t, req);
		expect_sample(test, req);
	}
}

/* Without subsamples it is the same as with one that is all protected. */
static void cenc_whole(struct kunit *test)
{
	const struct cenc_case *c = test->param_value;
	struct cenc_test *t = test->priv;
	struct securekey_request *req;
	size_t len;

	for (len = 16; len < MOST_PROTECTED; len += 1 + below(&t->rnd, 50)) {
		req = make_request(test, c);
		prandom_bytes_state(&t->rnd, req->iv, sizeof(req->iv));
		if (c->mode == SECUREKEY_MODE_CBC)
			encrypt_cbc(t, req->iv);
		else
			encrypt_ctr(t, req->iv);
		t->subsamples[0] = (struct securekey_subsample) { 0, len };
		req->nr_subsamples = 1;
		KUNIT_ASSERT_EQ(test, len, make_sample(t, req));

		req->nr_subsamples = 0;
		req->subsamples = NULL;
		req->src = engine_source(test, t->src, len, 33);
		req->len = len;
		KUNIT_ASSERT_EQ(test, 0, engine_run(test, t->e, req));
		KUNIT_EXPECT_MEMEQ(test, t->e->mem, t->expected, len);
	}
}

/* As long as a request may be, in as many parts as it may have. */
static void cenc_longest(struct kunit *test)
{
	const unsigned int n = SECUREKEY_SUBSAMPLES_MAX, part = SZ_16M / n;
	const struct cenc_case *c = test->param_value;
	struct cenc_test *t = test->priv;
	struct securekey_subsample *subsamples;
	struct securekey_request *req;
	struct scatterlist *sg;
	struct engine *e;
	unsigned int i;
	u8 *page;

	e = engine_init(test, SZ_16M);
	page = kunit_kmalloc(test, part, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	memset(page, 0x5a, part);
	subsamples = kunit_kcalloc(test, n, sizeof(*subsamples), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, subsamples);
	sg = kunit_kcalloc(test, n, sizeof(*sg), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sg);
	sg_init_table(sg, n);
	for (i = 0; i < n; i++) {
		sg_set_buf(&sg[i], page, part);
		subsamples[i] = (struct securekey_subsample) {
			part - AES_BLOCK_SIZE, AES_BLOCK_SIZE
		};
	}

	req = engine_request(test, e, t->key, c->mode);
	req->scheme = c->scheme;
	req->pattern = c->pattern;
	req->subsamples = subsamples;
	req->nr_subsamples = n;
	req->src = sg;
	req->len = SZ_16M;
	KUNIT_ASSERT_EQ(test, 0, engine_run(test, e, req));

	for (i = 0; i < n; i++, e->mem += part) {
		KUNIT_ASSERT_NULL(test, memchr_inv(e->mem, 0x5a,
						   part - AES_BLOCK_SIZE));
		KUNIT_ASSERT_NOT_NULL(test,
				      memchr_inv(e->mem + part - AES_BLOCK_SIZE,
						 0x5a, AES_BLOCK_SIZE));
	}
}

static struct kunit_case cenc_test_cases[] = {
	KUNIT_CASE_PARAM(cenc_samples, cenc_gen_params),
	KUNIT_CASE_PARAM(cenc_whole, cenc_gen_params),
	KUNIT_CASE_PARAM(cenc_longest, cenc_gen_params),
	{}
};

static struct kunit_suite cenc_suite = {
	.name = "securekey_cenc",
	.init = cenc_test_init,
	.exit = cenc_test_exit,
	.test_cases = cenc_test_cases,
};

kunit_test_suite(cenc_suite);

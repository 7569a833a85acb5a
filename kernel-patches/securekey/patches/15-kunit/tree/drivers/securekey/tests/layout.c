// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests: which bytes of a request are encrypted.
 */

#include <kunit/test.h>
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/scatterlist.h>
#include <linux/securekey.h>

#include "fake.h"

#define MAX_LEN		1024

struct layout_test {
	struct fake *fake;
	struct dma_buf *dmabuf;
	struct securekey_buffer *dst;
	struct securekey_key *key;
	struct scatterlist src;
	struct securekey_subsample subsamples[FAKE_MAX_SUBSAMPLES + 1];
	u8 data[MAX_LEN];
};

static void layout_begin(struct kunit *test, const struct securekey_caps *caps)
{
	struct securekey_params params = fake_params;
	struct layout_test *t = test->priv;

	params.modes = SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR;
	t->fake = fake_register_caps(test, caps);
	t->dmabuf = fake_dmabuf(test, FAKE_PLAIN, O_RDWR);
	t->dst = securekey_buffer_attach(t->fake->provider, t->dmabuf);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->dst);
	t->key = fake_key(test, t->fake, &params);
	sg_init_one(&t->src, t->data, sizeof(t->data));
}

static int layout_test_init(struct kunit *test)
{
	struct layout_test *t;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;

	return 0;
}

static void layout_test_exit(struct kunit *test)
{
	struct layout_test *t = test->priv;

	if (!t || !t->fake)
		return;

	securekey_key_put(t->key);
	securekey_buffer_put(t->dst);
	if (t->dmabuf)
		dma_buf_put(t->dmabuf);
	fake_flush_files();
}

static void told(struct securekey_request *req, int status)
{
}

/* The test puts it. */
static struct securekey_request *make_request(struct kunit *test)
{
	struct layout_test *t = test->priv;
	struct securekey_request *req;

	req = securekey_request_alloc(t->key, t->dst, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, req);
	req->src = &t->src;
	req->subsamples = t->subsamples;
	req->complete = told;

	return req;
}

/**
 * struct layout_case - a request, and what is made of it
 * @name: what it is about
 * @scheme: one of SECUREKEY_SCHEME_*
 * @mode: one of SECUREKEY_MODE_*
 * @len: length of the request
 * @pattern: of the request
 * @subsamples: up to the first that is all 0, or @nr if that is set
 * @nr: number of subsamples
 * @ret: what submitting it gives
 * @runs: if 0, the runs: lengths behind "e" for encrypted and "c" for clear, with
 *	"*" before where the vector begins anew
 */
struct layout_case {
	const char *name;
	u32 scheme;
	u32 mode;
	size_t len;
	struct securekey_pattern pattern;
	struct securekey_subsample subsamples[4];
	unsigned int nr;
	int ret;
	const char *runs;
};

#define NONE(m)	.scheme = SECUREKEY_SCHEME_NONE, .mode = SECUREKEY_MODE_##m
#define CENC	.scheme = SECUREKEY_SCHEME_CENC, .mode = SECUREKEY_MODE_CTR
#define CBC1	.scheme = SECUREKEY_SCHEME_CBC1, .mode = SECUREKEY_MODE_CBC
#define CENS	.scheme = SECUREKEY_SCHEME_CENS, .mode = SECUREKEY_MODE_CTR
#define CBCS	.scheme = SECUREKEY_SCHEME_CBCS, .mode = SECUREKEY_MODE_CBC

static const struct layout_case layout_cases[] = {
	{ "none cbc", NONE(CBC), 64, .runs = "e64" },
	{ "none ctr", NONE(CTR), 63, .runs = "e63" },
	{ "none cbc part of a block", NONE(CBC), 63, .ret = -EINVAL },
	{ "none subsamples", NONE(CTR), 64, {}, { { 0, 64 } }, .ret = -EINVAL },
	{ "none pattern", NONE(CBC), 64, { 1, 9 }, .ret = -EINVAL },
	{ "none pattern 1:0", NONE(CBC), 64, { 1, 0 }, .ret = -EINVAL },
	{ "none pattern 0:1", NONE(CBC), 64, { 0, 1 }, .ret = -EINVAL },

	{ "unknown scheme", .scheme = SECUREKEY_SCHEME_CBCS + 1,
	  .mode = SECUREKEY_MODE_CBC, .len = 64, .ret = -EINVAL },
	{ "unknown scheme, top bit", .scheme = BIT(31),
	  .mode = SECUREKEY_MODE_CBC, .len = 64, .ret = -EINVAL },
	{ "cenc cbc", .scheme = SECUREKEY_SCHEME_CENC,
	  .mode = SECUREKEY_MODE_CBC, .len = 64, .ret = -EINVAL },
	{ "cens cbc", .scheme = SECUREKEY_SCHEME_CENS,
	  .mode = SECUREKEY_MODE_CBC, .len = 64, .ret = -EINVAL },
	{ "cbc1 ctr", .scheme = SECUREKEY_SCHEME_CBC1,
	  .mode = SECUREKEY_MODE_CTR, .len = 64, .ret = -EINVAL },
	{ "cbcs ctr", .scheme = SECUREKEY_SCHEME_CBCS,
	  .mode = SECUREKEY_MODE_CTR, .len = 64, .ret = -EINVAL },

	{ "cenc whole", CENC, 63, .runs = "e63" },
	{ "cenc whole, one byte", CENC, 1, .runs = "e1" },
	{ "cenc subsamples", CENC, 64, {}, { { 5, 11 }, { 1, 47 } },
	  .runs = "c5 e11 c1 e47" },
	{ "cenc no clear", CENC, 64, {}, { { 0, 11 }, { 0, 53 } },
	  .runs = "e11 e53" },
	{ "cenc all clear", CENC, 64, {}, { { 60, 0 }, { 4, 0 } },
	  .runs = "c60 c4" },
	{ "cenc pattern", CENC, 64, { 1, 9 }, .ret = -EINVAL },
	{ "cenc pattern 1:0", CENC, 64, { 1, 0 }, .ret = -EINVAL },
	{ "too little", CENC, 64, {}, { { 5, 11 }, { 1, 46 } },
	  .ret = -EINVAL },
	{ "too much", CENC, 64, {}, { { 5, 11 }, { 1, 48 } }, .ret = -EINVAL },
	{ "far too much", CENC, 64, {},
	  { { U32_MAX, U32_MAX }, { U32_MAX, U32_MAX } }, .ret = -EINVAL },
	{ "too much for 32 bits", CENC, 64, {},
	  { { U32_MAX, 1 }, { 0, 64 } }, .ret = -EINVAL },
	{ "empty first", CENC, 64, {}, { { 0, 0 }, { 0, 64 } }, .nr = 2,
	  .ret = -EINVAL },
	{ "empty last", CENC, 64, {}, { { 0, 64 }, { 0, 0 } }, .nr = 2,
	  .ret = -EINVAL },

	{ "cbc1 whole", CBC1, 63, .runs = "e48 c15" },
	{ "cbc1 whole, less than a block", CBC1, 15, .runs = "c15" },
	{ "cbc1 subsamples", CBC1, 64, {}, { { 4, 32 }, { 12, 16 } },
	  .runs = "c4 e32 c12 e16" },
	{ "cbc1 part of a block", CBC1, 64, {}, { { 4, 31 }, { 13, 16 } },
	  .ret = -EINVAL },
	{ "cbc1 clear end", CBC1, 64, {}, { { 4, 32 }, { 28, 0 } },
	  .runs = "c4 e32 c28" },
	{ "cbc1 pattern", CBC1, 64, { 1, 9 }, .ret = -EINVAL },

	{ "cens 1:2", CENS, 90, { 1, 2 }, { { 3, 87 } },
	  .runs = "c3 e16 c32 e16 c16 c7" },
	{ "cens begins anew", CENS, 67, { 1, 1 }, { { 3, 16 }, { 0, 48 } },
	  .runs = "c3 e16 e16 c16 e16" },
	{ "cens no pattern", CENS, 40, {}, { { 0, 40 } }, .runs = "e32 c8" },
	{ "cens whole", CENS, 40, { 1, 1 }, .runs = "e16 c16 c8" },

	{ "cbcs 1:9", CBCS, 207, { 1, 9 }, { { 10, 179 }, { 2, 16 } },
	  .runs = "c10 *e16 c144 e16 c3 c2 *e16" },
	{ "cbcs 5:5 cut in clear", CBCS, 112, { 5, 5 }, { { 0, 112 } },
	  .runs = "*e80 c32" },
	{ "cbcs 5:5 cut in encrypted", CBCS, 208, { 5, 5 }, { { 0, 208 } },
	  .runs = "*e80 c80 e48" },
	{ "cbcs 15:15", CBCS, 512, { 15, 15 }, { { 0, 512 } },
	  .runs = "*e240 c240 e32" },
	{ "cbcs 10:0", CBCS, 100, { 10, 0 }, { { 0, 100 } },
	  .runs = "*e96 c4" },
	{ "cbcs no pattern", CBCS, 100, {}, { { 0, 50 }, { 1, 49 } },
	  .runs = "*e48 c2 c1 *e48 c1" },
	{ "cbcs less than a block", CBCS, 32, { 1, 9 }, { { 0, 15 }, { 1, 16 } },
	  .runs = "c15 c1 *e16" },
	{ "cbcs whole", CBCS, 48, { 1, 1 }, .runs = "*e16 c16 e16" },
	{ "cbcs whole, no pattern", CBCS, 63, .runs = "*e48 c15" },
	{ "cbcs 0:1", CBCS, 64, { 0, 1 }, .ret = -EINVAL },
	{ "cbcs 16:0", CBCS, 64, { 16, 0 }, .ret = -EINVAL },
	{ "cbcs 1:16", CBCS, 64, { 1, 16 }, .ret = -EINVAL },
	{ "cbcs 255:255", CBCS, 64, { 255, 255 }, .ret = -EINVAL },

	{ "as many subsamples as are taken", CENC, FAKE_MAX_SUBSAMPLES, {},
	  .nr = FAKE_MAX_SUBSAMPLES, .runs = "c1 c1 c1 c1 c1 c1 c1 c1" },
	{ "more subsamples than are taken", CENC, FAKE_MAX_SUBSAMPLES + 1, {},
	  .nr = FAKE_MAX_SUBSAMPLES + 1, .ret = -EMSGSIZE },
	{ "more subsamples than anybody takes", CENC, 64, {},
	  .nr = SECUREKEY_SUBSAMPLES_MAX + 1, .ret = -EMSGSIZE },
	{ "more subsamples than there is memory", CENC, 64, {},
	  .nr = UINT_MAX, .ret = -EMSGSIZE },
};

KUNIT_ARRAY_PARAM_DESC(layout, layout_cases, name);

static void set_subsamples(struct layout_test *t, struct securekey_request *req,
			   const struct layout_case *c)
{
	int i;

	req->nr_subsamples = c->nr;
	if (!c->nr)
		while (req->nr_subsamples < ARRAY_SIZE(c->subsamples) &&
		       (c->subsamples[req->nr_subsamples].clear_len ||
			c->subsamples[req->nr_subsamples].protected_len))
			req->nr_subsamples++;

	memcpy(t->subsamples, c->subsamples, sizeof(c->subsamples));
	if (c->nr > ARRAY_SIZE(c->subsamples))
		for (i = 0; i < ARRAY_SIZE(t->subsamples); i++)
			t->subsamples[i] = (struct securekey_subsample) { 1, 0 };
}

/* In words, as in a case. */
static void describe(const struct securekey_request *req, char *buf, size_t size)
{
	struct securekey_runs runs;
	struct securekey_run run;
	size_t n = 0;

	securekey_runs_begin(&runs, req);
	while (securekey_runs_next(&runs, &run))
		n += scnprintf(buf + n, size - n, "%s%s%c%zu", n ? " " : "",
			       run.restart ? "*" : "",
			       run.encrypted ? 'e' : 'c', run.len);
}

static void layout_of_request(struct kunit *test)
{
	const struct layout_case *c = test->param_value;
	struct layout_test *t = test->priv;
	struct securekey_request *req;
	char runs[128] = "";

	layout_begin(test, &fake_desc.caps);
	req = make_request(test);
	req->scheme = c->scheme;
	req->mode = c->mode;
	req->len = c->len;
	req->pattern = c->pattern;
	set_subsamples(t, req, c);

	KUNIT_EXPECT_EQ(test, c->ret, securekey_request_submit(req));
	if (!c->ret) {
		describe(req, runs, sizeof(runs));
		KUNIT_EXPECT_STREQ(test, runs, c->runs);
		fake_complete_first(t->fake, 0);
	}
	KUNIT_EXPECT_TRUE(test, list_empty(&t->fake->requests));
	securekey_request_put(req);
}

/* A provider says which schemes it knows. */
static void layout_unknown_to_provider(struct kunit *test)
{
	struct securekey_caps caps = fake_desc.caps;
	struct layout_test *t = test->priv;
	struct securekey_request *req;

	caps.schemes = BIT(SECUREKEY_SCHEME_CBCS);
	layout_begin(test, &caps);

	req = make_request(test);
	req->mode = SECUREKEY_MODE_CBC;
	req->len = 64;
	req->scheme = SECUREKEY_SCHEME_CBC1;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, securekey_request_submit(req));
	req->scheme = SECUREKEY_SCHEME_CBCS;
	KUNIT_EXPECT_EQ(test, 0, securekey_request_submit(req));
	fake_complete_first(t->fake, 0);
	securekey_request_put(req);
}

/* The limit of those who do not say. */
static void layout_most_subsamples(struct kunit *test)
{
	const unsigned int most = SECUREKEY_SUBSAMPLES_MAX;
	struct securekey_caps caps = fake_desc.caps;
	struct securekey_subsample *subsamples;
	struct layout_test *t = test->priv;
	struct securekey_request *req;
	struct scatterlist sg;
	unsigned int i;
	u8 *data;

	caps.max_subsamples = 0;
	caps.max_len = 2 * most;
	layout_begin(test, &caps);

	subsamples = kunit_kcalloc(test, most + 1, sizeof(*subsamples),
				   GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, subsamples);
	data = kunit_kzalloc(test, 2 * most + 2, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, data);
	for (i = 0; i <= most; i++)
		subsamples[i] = (struct securekey_subsample) { 1, 1 };
	sg_init_one(&sg, data, 2 * most + 2);

	req = make_request(test);
	req->mode = SECUREKEY_MODE_CTR;
	req->scheme = SECUREKEY_SCHEME_CENC;
	req->src = &sg;
	req->subsamples = subsamples;
	req->len = 2 * most;
	req->nr_subsamples = most + 1;
	KUNIT_EXPECT_EQ(test, -EMSGSIZE, securekey_request_submit(req));
	req->nr_subsamples = most;
	KUNIT_EXPECT_EQ(test, 0, securekey_request_submit(req));
	fake_complete_first(t->fake, 0);
	securekey_request_put(req);
}

static struct kunit_case layout_test_cases[] = {
	KUNIT_CASE_PARAM(layout_of_request, layout_gen_params),
	KUNIT_CASE(layout_unknown_to_provider),
	KUNIT_CASE(layout_most_subsamples),
	{}
};

static struct kunit_suite layout_suite = {
	.name = "securekey_layout",
	.init = layout_test_init,
	.exit = layout_test_exit,
	.test_cases = layout_test_cases,
};

kunit_test_suite(layout_suite);

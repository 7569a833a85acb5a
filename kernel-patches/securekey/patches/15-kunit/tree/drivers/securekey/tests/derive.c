// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests: keys that are derived from keys.
 */

#include <crypto/aes.h>
#include <kunit/test.h>
#include <linux/scatterlist.h>
#include <linux/securekey.h>
#include <linux/string.h>

#include "engine.h"
#include "fake.h"

struct derive_test {
	struct fake *fake;
	struct securekey_params parent;
	struct securekey_params params;
	struct securekey_blob out;
	u8 context[SECUREKEY_CONTEXT_MAX_LEN + 1];
};

static int derive_test_init(struct kunit *test)
{
	struct derive_test *t;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;

	t->fake = fake_register(test);
	t->parent = fake_params;
	t->parent.modes = SECUREKEY_MODE_DERIVE;
	t->params = fake_params;

	return 0;
}

static void derive_test_exit(struct kunit *test)
{
	fake_flush_files();
}

/* Derive from a key that is loaded for that. */
static int derive(struct kunit *test, size_t context_len, size_t size)
{
	struct derive_test *t = test->priv;
	struct securekey_key *parent;
	int ret;

	parent = fake_key(test, t->fake, &t->parent);
	ret = securekey_derive(parent, &t->params, t->context, context_len,
			       &t->out, size);
	securekey_key_put(parent);

	return ret;
}

static void derive_blob(struct kunit *test)
{
	const size_t len = sizeof(struct securekey_blob_header) + FAKE_PAYLOAD_LEN;
	struct derive_test *t = test->priv;
	struct securekey_params params;

	KUNIT_EXPECT_EQ(test, len, derive(test, 0, len));
	securekey_blob_params(&t->out, &params);
	KUNIT_EXPECT_MEMEQ(test, &params, &t->params, sizeof(params));
	KUNIT_EXPECT_EQ(test, len,
			derive(test, SECUREKEY_CONTEXT_MAX_LEN, sizeof(t->out)));

	KUNIT_EXPECT_EQ(test, -EOVERFLOW, derive(test, 0, len - 1));
	KUNIT_EXPECT_EQ(test, -EMSGSIZE,
			derive(test, SECUREKEY_CONTEXT_MAX_LEN + 1,
			       sizeof(t->out)));

	t->params.form = SECUREKEY_FORM_EPHEMERAL;
	KUNIT_EXPECT_EQ(test, len, derive(test, 0, sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(t->out.hdr.form),
			SECUREKEY_FORM_EPHEMERAL);

	t->params.form = SECUREKEY_FORM_LONG_TERM;
	t->params.modes = 0;
	KUNIT_EXPECT_EQ(test, -EINVAL, derive(test, 0, sizeof(t->out)));
	t->params.modes = SECUREKEY_MODE_CBC;
	t->params.key_bits = 192;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, derive(test, 0, sizeof(t->out)));
}

/* A key that is used for something else is none to derive from. */
static void derive_from_other(struct kunit *test)
{
	struct derive_test *t = test->priv;

	t->parent.modes = SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR;
	KUNIT_EXPECT_EQ(test, -EKEYREJECTED, derive(test, 0, sizeof(t->out)));
	t->parent.modes = SECUREKEY_MODE_GCM;
	KUNIT_EXPECT_EQ(test, -EKEYREJECTED, derive(test, 0, sizeof(t->out)));
}

/* And the other way round. */
static void derive_is_no_cipher(struct kunit *test)
{
	struct derive_test *t = test->priv;
	struct securekey_key *key;

	key = fake_key(test, t->fake, &t->parent);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			securekey_key_check(key, SECUREKEY_MODE_DERIVE,
					    SECUREKEY_DECRYPT));
	KUNIT_EXPECT_EQ(test, -EKEYREJECTED,
			securekey_key_check(key, SECUREKEY_MODE_CBC,
					    SECUREKEY_DECRYPT));
	securekey_key_put(key);
}

/* No right comes out of nothing. */
static void derive_rights(struct kunit *test)
{
	struct derive_test *t = test->priv;
	u32 parent, child;

	for (parent = 0; parent <= SECUREKEY_FLAG_ALL; parent++) {
		for (child = 0; child <= SECUREKEY_FLAG_ALL; child++) {
			t->parent.flags = parent;
			t->params.flags = child;
			KUNIT_EXPECT_EQ_MSG(test, !!(parent & ~child),
					    derive(test, 0, sizeof(t->out)) ==
					    -EKEYREJECTED,
					    "%u from %u", child, parent);
		}
	}

	t->parent.form = SECUREKEY_FORM_EPHEMERAL;
	KUNIT_EXPECT_EQ(test, -EKEYREJECTED, derive(test, 0, sizeof(t->out)));
	t->params.form = SECUREKEY_FORM_EPHEMERAL;
	KUNIT_EXPECT_GT(test, derive(test, 0, sizeof(t->out)), 0);
}

static void derive_broken_provider(struct kunit *test)
{
	struct derive_test *t = test->priv;
	struct securekey_key *parent;

	parent = fake_key(test, t->fake, &t->parent);
	t->fake->break_header = true;
	KUNIT_EXPECT_EQ(test, -EIO,
			securekey_derive(parent, &t->params, NULL, 0, &t->out,
					 sizeof(t->out)));
	fake_unregister(t->fake);
	KUNIT_EXPECT_EQ(test, -ENODEV,
			securekey_derive(parent, &t->params, NULL, 0, &t->out,
					 sizeof(t->out)));
	securekey_key_put(parent);
}

struct derive_case {
	const char *name;
	u32 modes;
	u32 key_bits;
	const char *context;
	/* Zeroes, encrypted by a counter of 0, or decrypted by xts as unit 0. */
	u8 out[AES_BLOCK_SIZE];
};

/* Worked out by another implementation of the standard. */
static const struct derive_case derive_cases[] = {
	{
		"ctr 128", SECUREKEY_MODE_CTR, 128, "title 1",
		{
			0xc2, 0x2c, 0x67, 0x6a, 0xf4, 0x26, 0xe9, 0xf6,
			0x0b, 0x7e, 0x6b, 0x3b, 0x2f, 0xb2, 0x94, 0x25,
		},
	}, {
		"another context", SECUREKEY_MODE_CTR, 128, "title 2",
		{
			0x0a, 0x5d, 0xf5, 0x3e, 0x28, 0xf8, 0xba, 0x7f,
			0xc6, 0x4c, 0x58, 0xad, 0x34, 0x2c, 0xf0, 0xa4,
		},
	}, {
		"no context", SECUREKEY_MODE_CTR, 128, "",
		{
			0xa2, 0x46, 0xaf, 0x7a, 0x1e, 0x3b, 0xfc, 0x42,
			0x92, 0x7d, 0x49, 0x5f, 0x25, 0x28, 0xe9, 0xe5,
		},
	}, {
		"ctr 256", SECUREKEY_MODE_CTR, 256, "title 1",
		{
			0xe3, 0x92, 0xad, 0xb0, 0x23, 0x5e, 0xe2, 0x2d,
			0x57, 0x13, 0x36, 0x14, 0xcb, 0x4d, 0x06, 0x06,
		},
	}, {
		"xts 512", SECUREKEY_MODE_XTS, 512, "title 1",
		{
			0x6f, 0x5b, 0x55, 0x1d, 0x61, 0x44, 0x06, 0x46,
			0xe4, 0x9a, 0x09, 0x35, 0x02, 0xe1, 0x75, 0xbc,
		},
	}, {
		"cbc and ctr 128", SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR, 128,
		"title 1",
		{
			0x64, 0xd6, 0x97, 0x99, 0x92, 0x5c, 0xc3, 0x2b,
			0x93, 0x19, 0x93, 0x23, 0xb6, 0xe5, 0xa8, 0xd3,
		},
	},
};

KUNIT_ARRAY_PARAM_DESC(derive, derive_cases, name);

static void derive_soft(struct kunit *test)
{
	static const u8 raw[AES_KEYSIZE_128] = {
		0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
		0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c,
	};
	const struct derive_case *c = test->param_value;
	const struct securekey_params params = {
		.algorithm = SECUREKEY_ALG_AES,
		.key_bits = c->key_bits,
		.modes = c->modes,
		.flags = SECUREKEY_FLAG_ALL,
		.form = SECUREKEY_FORM_LONG_TERM,
	};
	struct engine *e = engine_init(test, PAGE_SIZE);
	struct securekey_key *parent, *child;
	struct derive_test *t = test->priv;
	struct securekey_request *req;
	int len;

	if (c->modes & ~securekey_provider_caps(e->provider)->modes)
		kunit_skip(test, "the provider does without on this kernel");

	parent = engine_key(test, e, raw, sizeof(raw), SECUREKEY_MODE_DERIVE);
	len = securekey_derive(parent, &params, c->context, strlen(c->context),
			       &t->out, sizeof(t->out));
	KUNIT_ASSERT_GT(test, len, 0);
	child = securekey_key_load(NULL, &t->out, len);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, child);

	req = engine_request(test, e, child, c->modes & SECUREKEY_MODE_CTR ?:
						      SECUREKEY_MODE_XTS);
	securekey_key_put(child);
	req->src = engine_source(test, t->context, AES_BLOCK_SIZE,
				 AES_BLOCK_SIZE);
	req->len = AES_BLOCK_SIZE;
	KUNIT_EXPECT_EQ(test, 0, engine_run(test, e, req));
	KUNIT_EXPECT_MEMEQ(test, e->mem, c->out, AES_BLOCK_SIZE);
}

static struct kunit_case derive_test_cases[] = {
	KUNIT_CASE(derive_blob),
	KUNIT_CASE(derive_from_other),
	KUNIT_CASE(derive_is_no_cipher),
	KUNIT_CASE(derive_rights),
	KUNIT_CASE(derive_broken_provider),
	KUNIT_CASE_PARAM(derive_soft, derive_gen_params),
	{}
};

static struct kunit_suite derive_suite = {
	.name = "securekey_derive",
	.init = derive_test_init,
	.exit = derive_test_exit,
	.test_cases = derive_test_cases,
};

kunit_test_suite(derive_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests: how the provider in a TEE comes and goes, and what it believes.
 */

#include <kunit/device.h>
#include <kunit/test.h>
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/sizes.h>

#include "rig.h"

/* What the application says is what the provider can do. */
static void provider_caps(struct kunit *test)
{
	struct fake_tee *f = fake_tee_alloc(test);
	const struct securekey_caps *caps;
	struct rig *r;

	f->info[1].a = SECUREKEY_MODE_CBC | SECUREKEY_MODE_GCM;
	f->info[1].b = SECUREKEY_KEY_SIZE(256);
	f->info[2].a = BIT(SECUREKEY_SCHEME_CBCS);
	f->info[2].b = 7;
	r = rig_init_fake(test, f);
	caps = securekey_provider_caps(r->provider);
	KUNIT_EXPECT_EQ(test, caps->modes, f->info[1].a);
	KUNIT_EXPECT_EQ(test, caps->key_sizes, SECUREKEY_KEY_SIZE(256));
	KUNIT_EXPECT_EQ(test, caps->schemes, BIT(SECUREKEY_SCHEME_CBCS));
	KUNIT_EXPECT_EQ(test, caps->max_subsamples, 7);
	KUNIT_EXPECT_EQ(test, f->tee->chunk_len, SZ_8K);
	KUNIT_EXPECT_FALSE(test, f->tee->test);
}

/* What it says that nobody knows of is left out. */
static void provider_caps_unknown(struct kunit *test)
{
	struct fake_tee *f = fake_tee_alloc(test);
	const struct securekey_caps *caps;
	struct rig *r;

	f->info[1] = (struct tee_param_value) { .a = U64_MAX, .b = U64_MAX };
	f->info[2] = (struct tee_param_value) { .a = U64_MAX, .b = U64_MAX };
	f->info[3] = (struct tee_param_value) { .a = U64_MAX };
	r = rig_init_fake(test, f);
	caps = securekey_provider_caps(r->provider);
	KUNIT_EXPECT_EQ(test, caps->modes, SECUREKEY_MODE_ALL);
	KUNIT_EXPECT_EQ(test, caps->key_sizes,
			SECUREKEY_KEY_SIZE(128) | SECUREKEY_KEY_SIZE(192) |
			SECUREKEY_KEY_SIZE(256));
	KUNIT_EXPECT_EQ(test, caps->schemes, SECUREKEY_SCHEME_ALL);
	KUNIT_EXPECT_EQ(test, caps->max_subsamples, SECUREKEY_SUBSAMPLES_MAX);
	KUNIT_EXPECT_EQ(test, f->tee->chunk_len, SZ_256K);
}

struct refusal {
	const char *name;
	unsigned int param;
	bool b;
	u64 value;
};

static const struct refusal refusals[] = {
	{ "version 0", 0, false, 0 },
	{ "version 2", 0, false, 2 },
	{ "a version of more than 32 bits", 0, false, BIT_ULL(32) + 1 },
	{ "longer blobs", 0, true, SECUREKEY_BLOB_MAX_LEN + 1 },
	{ "no modes", 1, false, 0 },
	{ "unknown modes", 1, false, ~(u64)SECUREKEY_MODE_ALL },
	{ "no lengths of keys", 1, true, 0 },
	{ "unknown lengths of keys", 1, true, BIT(1) | BIT(5) },
	{ "no subsamples", 2, true, 0 },
	{ "no chunk", 3, false, 0 },
	{ "a chunk that is too short", 3, false, SZ_4K - 1 },
};

KUNIT_ARRAY_PARAM_DESC(refusal, refusals, name);

/* An application that makes no sense is left alone. */
static void provider_refuses(struct kunit *test)
{
	const struct refusal *ref = test->param_value;
	struct fake_tee *f = fake_tee_alloc(test);
	struct sktee *tee;

	if (ref->b)
		f->info[ref->param].b = ref->value;
	else
		f->info[ref->param].a = ref->value;

	tee = sktee_create(f->dev, &fake_tee_transport, f);
	KUNIT_EXPECT_EQ(test, -EPROTO, PTR_ERR_OR_ZERO(tee));
	if (!IS_ERR(tee))
		sktee_destroy(tee);
	KUNIT_EXPECT_EQ(test, 1, f->opens);
	KUNIT_EXPECT_EQ(test, 0, fake_tee_sessions(f));
}

/* Whatever fails at the start, all that was got is given back. */
static void provider_start_fails(struct kunit *test)
{
	static const char * const what[] = {
		"open", "open result", "INFO", "no memory", "no second piece"
	};
	static const int errors[] = { -EIO, -ENODEV, -EACCES, -ENOMEM, -ENOMEM };
	struct fake_tee *f;
	struct sktee *tee;
	int i;

	for (i = 0; i < ARRAY_SIZE(what); i++) {
		f = fake_tee_alloc(test);
		if (i == 0)
			f->open_error = -EIO;
		else if (i == 1)
			f->open_result = SKTA_ERROR_ITEM_NOT_FOUND;
		else if (i == 2)
			f->results[SKTA_INFO] = SKTA_ERROR_ACCESS_DENIED;
		else
			f->shm_left = i - 3;

		tee = sktee_create(f->dev, &fake_tee_transport, f);
		KUNIT_EXPECT_EQ_MSG(test, errors[i], PTR_ERR_OR_ZERO(tee), "%s",
				    what[i]);
		if (!IS_ERR(tee))
			sktee_destroy(tee);
		KUNIT_EXPECT_EQ_MSG(test, 0, fake_tee_sessions(f), "%s", what[i]);
		KUNIT_EXPECT_EQ_MSG(test, 0, f->shms, "%s", what[i]);
		kunit_device_unregister(test, f->dev);
	}
}

struct result {
	const char *name;
	u32 result;
	int error;
};

static const struct result results[] = {
	{ "MAC_INVALID", SKTA_ERROR_MAC_INVALID, -EBADMSG },
	{ "BAD_PARAMETERS", SKTA_ERROR_BAD_PARAMETERS, -EINVAL },
	{ "ACCESS_DENIED", SKTA_ERROR_ACCESS_DENIED, -EACCES },
	{ "NOT_SUPPORTED", SKTA_ERROR_NOT_SUPPORTED, -EOPNOTSUPP },
	{ "BUSY", SKTA_ERROR_BUSY, -EBUSY },
	{ "OUT_OF_MEMORY", SKTA_ERROR_OUT_OF_MEMORY, -ENOMEM },
	{ "TARGET_DEAD", SKTA_ERROR_TARGET_DEAD, -EIO },
	{ "COMMUNICATION", SKTA_ERROR_COMMUNICATION, -ENODEV },
	{ "CANCEL", SKTA_ERROR_CANCEL, -ECANCELED },
	{ "ITEM_NOT_FOUND", SKTA_ERROR_ITEM_NOT_FOUND, -ENODEV },
	{ "SHORT_BUFFER", SKTA_ERROR_SHORT_BUFFER, -EIO },
	{ "something else", 0xdeadbeef, -EIO },
};

KUNIT_ARRAY_PARAM_DESC(result, results, name);

/* Each result has its error, and is gone with the next command. */
static void provider_result(struct kunit *test)
{
	const struct result *res = test->param_value;
	struct rig *r = rig_init(test);
	const struct securekey_params params = {
		.algorithm = SECUREKEY_ALG_AES,
		.key_bits = 128,
		.modes = SECUREKEY_MODE_CBC,
		.form = SECUREKEY_FORM_LONG_TERM,
	};
	struct securekey_blob *blob;

	blob = kunit_kzalloc(test, sizeof(*blob), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, blob);

	r->fake->results[SKTA_GENERATE] = res->result;
	KUNIT_EXPECT_EQ(test, res->error,
			securekey_generate(r->provider, &params, blob,
					   sizeof(*blob)));
	r->fake->results[SKTA_GENERATE] = 0;
	rig_blob(test, r, SECUREKEY_MODE_CBC, blob);
	/* A session whose application has died is another one. */
	KUNIT_EXPECT_EQ(test, r->fake->opens,
			res->result == SKTA_ERROR_TARGET_DEAD ? 2 : 1);
}

/* Neither what is not protected nor what others protect. */
static void provider_foreign_buffer(struct kunit *test)
{
	struct rig *r = rig_init(test);
	struct securekey_buffer *b;
	struct dma_buf *dmabuf;
	int i;

	for (i = false; i <= true; i++) {
		dmabuf = fake_tee_foreign_dmabuf(test, i);
		b = securekey_buffer_attach(r->provider, dmabuf);
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, PTR_ERR_OR_ZERO(b));
		if (!IS_ERR(b))
			securekey_buffer_put(b);
		dma_buf_put(dmabuf);
	}
}

static struct kunit_case provider_cases[] = {
	KUNIT_CASE(provider_caps),
	KUNIT_CASE(provider_caps_unknown),
	KUNIT_CASE_PARAM(provider_refuses, refusal_gen_params),
	KUNIT_CASE(provider_start_fails),
	KUNIT_CASE_PARAM(provider_result, result_gen_params),
	KUNIT_CASE(provider_foreign_buffer),
	{}
};

static struct kunit_suite provider_suite = {
	.name = "securekey_tee_provider",
	.exit = rig_exit,
	.test_cases = provider_cases,
};

kunit_test_suite(provider_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests: keys in a TEE, how they are made, wrapped and loaded.
 */

#include <kunit/test.h>
#include <linux/err.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "rig.h"

static const struct securekey_params params = {
	.algorithm = SECUREKEY_ALG_AES,
	.key_bits = 128,
	.modes = SECUREKEY_MODE_CBC,
	.form = SECUREKEY_FORM_LONG_TERM,
};

struct key_test {
	struct rig *r;
	struct securekey_blob blob;
	struct securekey_blob out;
};

static int key_test_init(struct kunit *test)
{
	struct key_test *t;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	t->r = rig_init(test);
	test->priv = t;

	return 0;
}

static int load_error(struct key_test *t, int len)
{
	struct securekey_key *key;

	key = securekey_key_load(t->r->provider, &t->blob, len);
	if (IS_ERR(key))
		return PTR_ERR(key);

	securekey_key_put(key);

	return 0;
}

/* Is that anywhere in the memory that is shared with the TEE? */
static bool shared(struct sktee_pool *pool, const void *data, size_t len)
{
	struct sktee_buf *buf;
	size_t i;

	list_for_each_entry(buf, &pool->free, node)
		for (i = 0; i + len <= pool->size; i++)
			if (!memcmp(buf->va + i, data, len))
				return true;

	return false;
}

/* A raw key gets there, and is nowhere afterwards. */
static void key_import(struct kunit *test)
{
	struct key_test *t = test->priv;
	static const u8 raw[16] = "the raw key is 1";
	int len;

	len = securekey_import(t->r->provider, &params, raw, sizeof(raw),
			       &t->blob, sizeof(t->blob));
	KUNIT_ASSERT_EQ(test, len, sizeof(t->blob.hdr) + FAKE_PAYLOAD_LEN);
	KUNIT_EXPECT_EQ(test, t->blob.payload[0], raw[0]);
	KUNIT_EXPECT_TRUE(test, shared(&t->r->fake->tee->messages, &t->blob, len));
	KUNIT_EXPECT_FALSE(test, shared(&t->r->fake->tee->messages, raw,
					sizeof(raw)));

	/* Nor if it failed. */
	t->r->fake->results[SKTA_IMPORT] = SKTA_ERROR_NOT_SUPPORTED;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			securekey_import(t->r->provider, &params, raw,
					 sizeof(raw), &t->blob,
					 sizeof(t->blob)));
	KUNIT_EXPECT_FALSE(test, shared(&t->r->fake->tee->messages, raw,
					sizeof(raw)));
}

static void key_prepare(struct kunit *test)
{
	struct key_test *t = test->priv;
	int len;

	len = rig_blob(test, t->r, SECUREKEY_MODE_CBC, &t->blob);
	KUNIT_EXPECT_EQ(test, len,
			securekey_prepare(t->r->provider, &t->blob, len, &t->out,
					  sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, t->out.payload[0], t->blob.payload[0]);

	/* Both mean that it is damaged. */
	t->r->fake->results[SKTA_PREPARE] = SKTA_ERROR_MAC_INVALID;
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			securekey_prepare(t->r->provider, &t->blob, len, &t->out,
					  sizeof(t->out)));
	t->r->fake->results[SKTA_PREPARE] = SKTA_ERROR_BAD_PARAMETERS;
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			securekey_prepare(t->r->provider, &t->blob, len, &t->out,
					  sizeof(t->out)));
}

static void key_export(struct kunit *test)
{
	struct key_test *t = test->priv;
	struct securekey_key *key;

	key = rig_key(test, t->r, SECUREKEY_MODE_CBC);
	KUNIT_EXPECT_EQ(test, sizeof(t->out.hdr) + FAKE_PAYLOAD_LEN,
			securekey_key_export(key, &t->out, sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, t->out.payload[0], RIG_KEY(0));
}

static void key_derive(struct kunit *test)
{
	struct key_test *t = test->priv;
	struct securekey_key *key;

	key = rig_key(test, t->r, SECUREKEY_MODE_DERIVE);
	KUNIT_EXPECT_EQ(test, sizeof(t->out.hdr) + FAKE_PAYLOAD_LEN,
			securekey_derive(key, &params, "@", 1, &t->out,
					 sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, t->out.payload[0], RIG_KEY(0) ^ '@');
	KUNIT_EXPECT_EQ(test, -EINVAL,
			securekey_derive(key, &params, "", 0, &t->out,
					 sizeof(t->out)));
}

/* A blob that is not as long as it says is none, nor one that nobody could store. */
static void key_malformed(struct kunit *test)
{
	static const int lens[] = {
		-FAKE_PAYLOAD_LEN, -1, 1,
		SECUREKEY_BLOB_MAX_PAYLOAD - FAKE_PAYLOAD_LEN + 1, SZ_1G
	};
	struct key_test *t = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		t->r->fake->blob_len = lens[i];
		KUNIT_EXPECT_EQ(test, -EIO,
				securekey_generate(t->r->provider, &params,
						   &t->blob, sizeof(t->blob)));
		t->r->fake->blob_len = 0;
		t->r->fake->payload_len = lens[i];
		KUNIT_EXPECT_EQ(test, -EIO,
				securekey_generate(t->r->provider, &params,
						   &t->blob, sizeof(t->blob)));
		t->r->fake->payload_len = 0;
	}

	/* Longer than what was sent, and consistent. */
	t->r->fake->blob_len = 100;
	t->r->fake->payload_len = 100;
	KUNIT_EXPECT_EQ(test, sizeof(t->blob.hdr) + FAKE_PAYLOAD_LEN + 100,
			securekey_generate(t->r->provider, &params, &t->blob,
					   sizeof(t->blob)));
}

/* Each key has a session of its own, and closes it. */
static void key_sessions(struct kunit *test)
{
	struct key_test *t = test->priv;
	struct securekey_key *keys[3];
	int i, len;

	len = rig_blob(test, t->r, SECUREKEY_MODE_CBC, &t->blob);
	KUNIT_EXPECT_EQ(test, 1, fake_tee_sessions(t->r->fake));
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		keys[i] = securekey_key_load(t->r->provider, &t->blob, len);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, keys[i]);
		KUNIT_EXPECT_EQ(test, i + 2, fake_tee_sessions(t->r->fake));
	}
	KUNIT_EXPECT_EQ(test, 3, atomic_read(&t->r->fake->tee->nr_keys));
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		securekey_key_put(keys[i]);
	KUNIT_EXPECT_EQ(test, 1, fake_tee_sessions(t->r->fake));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&t->r->fake->tee->nr_keys));
}

struct load_failure {
	const char *name;
	u32 open_result;
	int open_error;
	u32 load_result;
	int error;
};

static const struct load_failure load_failures[] = {
	{ "no room for a session", SKTA_ERROR_OUT_OF_MEMORY, 0, 0, -EAGAIN },
	{ "no room for a key", 0, 0, SKTA_ERROR_OUT_OF_MEMORY, -EAGAIN },
	{ "no memory in the kernel", 0, -ENOMEM, 0, -ENOMEM },
	{ "the application has gone", SKTA_ERROR_ITEM_NOT_FOUND, 0, 0, -ENODEV },
	{ "the TEE has gone", SKTA_ERROR_COMMUNICATION, 0, 0, -ENODEV },
	{ "another login", SKTA_ERROR_ACCESS_DENIED, 0, 0, -EACCES },
	{ "not authentic", 0, 0, SKTA_ERROR_MAC_INVALID, -EBADMSG },
	{ "malformed", 0, 0, SKTA_ERROR_BAD_PARAMETERS, -EBADMSG },
	{ "dies", 0, 0, SKTA_ERROR_TARGET_DEAD, -EIO },
};

KUNIT_ARRAY_PARAM_DESC(load_failure, load_failures, name);

/* A key that cannot be loaded leaves no session. */
static void key_load_fails(struct kunit *test)
{
	const struct load_failure *fail = test->param_value;
	struct key_test *t = test->priv;
	struct fake_tee *f = t->r->fake;
	int len;

	len = rig_blob(test, t->r, SECUREKEY_MODE_CBC, &t->blob);
	f->open_result = fail->open_result;
	f->open_error = fail->open_error;
	f->results[SKTA_LOAD] = fail->load_result;
	KUNIT_EXPECT_EQ(test, fail->error, load_error(t, len));
	KUNIT_EXPECT_EQ(test, 1, fake_tee_sessions(f));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&f->tee->nr_keys));

	f->open_result = 0;
	f->open_error = 0;
	f->results[SKTA_LOAD] = 0;
	KUNIT_EXPECT_EQ(test, 0, load_error(t, len));
}

/* An application that died before is no reason to fail, and has its key again. */
static void key_export_after_death(struct kunit *test)
{
	struct key_test *t = test->priv;
	struct securekey_key *key;
	struct fake_tee *f = t->r->fake;

	key = rig_key(test, t->r, SECUREKEY_MODE_CBC);
	f->results[SKTA_EXPORT] = SKTA_ERROR_TARGET_DEAD;
	KUNIT_EXPECT_EQ(test, -EIO,
			securekey_key_export(key, &t->out, sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, 1, fake_tee_sessions(f));
	f->results[SKTA_EXPORT] = 0;
	KUNIT_EXPECT_GT(test, securekey_key_export(key, &t->out, sizeof(t->out)),
			0);
	KUNIT_EXPECT_EQ(test, t->out.payload[0], RIG_KEY(0));
	KUNIT_EXPECT_EQ(test, 2, fake_tee_sessions(f));
	KUNIT_EXPECT_EQ(test, 2, f->count[SKTA_LOAD]);
}

static struct kunit_case key_cases[] = {
	KUNIT_CASE(key_import),
	KUNIT_CASE(key_prepare),
	KUNIT_CASE(key_export),
	KUNIT_CASE(key_derive),
	KUNIT_CASE(key_malformed),
	KUNIT_CASE(key_sessions),
	KUNIT_CASE_PARAM(key_load_fails, load_failure_gen_params),
	KUNIT_CASE(key_export_after_death),
	{}
};

static struct kunit_suite key_suite = {
	.name = "securekey_tee_key",
	.init = key_test_init,
	.exit = rig_exit,
	.test_cases = key_cases,
};

kunit_test_suite(key_suite);

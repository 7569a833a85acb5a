// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests: the bulk work of the provider in a TEE.
 */

#include <kunit/test.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "rig.h"

static int decrypt_init(struct kunit *test)
{
	test->priv = rig_init(test);

	return 0;
}

/* Of each length around those of one and two chunks. */
static void decrypt_lengths(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CTR);
	size_t base, len;
	struct job *job;

	for (base = 0; base <= 2 * SZ_8K; base += SZ_8K) {
		for (len = base - min(base, 17) + 1; len < base + 18; len++) {
			memset(r->mem, 0, 3 * SZ_8K);
			job = rig_new(test, r, key, SECUREKEY_MODE_CTR, len);
			job->req->dst_offset = 48;
			KUNIT_ASSERT_EQ(test, 0, rig_run(test, job));
			KUNIT_EXPECT_TRUE_MSG(test,
					      rig_decrypted(r, job, RIG_KEY(0)),
					      "length %zu", len);
			KUNIT_EXPECT_NULL(test, memchr_inv(r->mem, 0, 48));
			KUNIT_EXPECT_NULL(test,
					  memchr_inv(r->mem + 48 + len, 0, 64));
		}
	}
}

/* The tag comes as a whole, and with data. */
static void decrypt_gcm_lengths(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_GCM);
	struct fake_tee *f = r->fake;
	const struct fake_call *last;
	size_t base, len;
	struct job *job;

	for (base = 0; base <= 2 * SZ_8K; base += SZ_8K) {
		for (len = base - min(base, 49) + 1; len < base + 34; len++) {
			f->count[SKTA_DECRYPT] = 0;
			memset(r->mem, 0, 3 * SZ_8K);
			job = rig_new(test, r, key, SECUREKEY_MODE_GCM, len);
			KUNIT_ASSERT_EQ_MSG(test, 0, rig_run(test, job),
					    "length %zu", len);
			KUNIT_EXPECT_TRUE_MSG(test,
					      rig_decrypted(r, job, RIG_KEY(0)),
					      "length %zu", len);
			last = &f->calls[f->count[SKTA_DECRYPT] - 1];
			KUNIT_EXPECT_TRUE(test, last->last);
			KUNIT_EXPECT_EQ(test, last->src_len,
					last->dst_len + SECUREKEY_GCM_TAG_LEN);
		}
	}
}

/* As few calls as there can be. */
static void decrypt_calls(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CTR);
	struct fake_tee *f = r->fake;
	struct job *job;

	job = rig_new(test, r, key, SECUREKEY_MODE_CTR, 3 * SZ_8K);
	KUNIT_EXPECT_EQ(test, 0, rig_run(test, job));
	KUNIT_EXPECT_EQ(test, 3, f->count[SKTA_DECRYPT]);
	KUNIT_EXPECT_TRUE(test, f->calls[0].first && !f->calls[0].last);
	KUNIT_EXPECT_TRUE(test, !f->calls[1].first && !f->calls[1].last);
	KUNIT_EXPECT_TRUE(test, !f->calls[2].first && f->calls[2].last);
	KUNIT_EXPECT_EQ(test, 0, f->count[SKTA_ABORT]);
	KUNIT_EXPECT_EQ(test, 0, f->count[SKTA_WIPE]);
}

/* What the application does not take yet comes again. */
static void decrypt_takes_less(struct kunit *test)
{
	static const size_t consume[] = { 1, 4095, 4096, 8191 };
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_GCM);
	struct job *job;
	int i;

	for (i = 0; i < ARRAY_SIZE(consume); i++) {
		r->fake->consume = consume[i];
		memset(r->mem, 0, 3 * SZ_8K);
		job = rig_new(test, r, key, SECUREKEY_MODE_GCM,
			      i ? 2 * SZ_8K + 100 : SZ_8K + 40);
		KUNIT_EXPECT_EQ(test, 0, rig_run(test, job));
		KUNIT_EXPECT_TRUE(test, rig_decrypted(r, job, RIG_KEY(0)));
	}
}

/* What an application that lies can do is to have its own requests fail. */
static void decrypt_nonsense(struct kunit *test)
{
	static const struct {
		size_t consume;
		u64 claim;
		size_t len;
	} tries[] = {
		{ 0, 0, SZ_16K },		/* gets nowhere */
		{ SIZE_MAX, 1, SZ_16K },	/* more than it was given */
		{ SIZE_MAX, U64_MAX - SZ_8K, SZ_16K },
		{ SIZE_MAX, U32_MAX, SZ_16K },
		{ SIZE_MAX, -16, SZ_4K },	/* not all of the end */
		{ SIZE_MAX, 16, SZ_4K },
	};
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CBC);
	struct fake_tee *f = r->fake;
	struct job *job;
	int i;

	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		f->consume = tries[i].consume;
		f->claim = tries[i].claim;
		job = rig_new(test, r, key, SECUREKEY_MODE_CBC, tries[i].len);
		KUNIT_EXPECT_EQ_MSG(test, -EIO, rig_run(test, job), "%d", i);
		KUNIT_EXPECT_TRUE_MSG(test, rig_nothing(r, job), "%d", i);
	}

	f->consume = SIZE_MAX;
	f->claim = 0;
	job = rig_new(test, r, key, SECUREKEY_MODE_CBC, SZ_16K);
	KUNIT_EXPECT_EQ(test, 0, rig_run(test, job));
	KUNIT_EXPECT_TRUE(test, rig_decrypted(r, job, RIG_KEY(0)));
}

/* All that is to know of a request gets there. */
static void decrypt_message(struct kunit *test)
{
	static const struct securekey_subsample subsamples[] = {
		{ 5, 32 }, { 0x01020304, 0 }, { 0, 27 }
	};
	struct rig *r = test->priv;
	struct fake_tee *f = r->fake;
	const struct skta_request *req = (void *)f->request;
	struct skta_subsample *s = (void *)(req + 1);
	struct securekey_key *key;
	struct job *job;

	key = rig_key(test, r, SECUREKEY_MODE_CBC);
	job = rig_new(test, r, key, SECUREKEY_MODE_CBC, 64);
	memcpy(job->req->iv, "vector in a test", 16);
	job->req->scheme = SECUREKEY_SCHEME_CBCS;
	job->req->pattern = (struct securekey_pattern) { 1, 9 };
	job->req->subsamples = subsamples;
	job->req->nr_subsamples = 1;
	job->req->len = 37;
	KUNIT_EXPECT_EQ(test, 0, rig_run(test, job));
	KUNIT_EXPECT_EQ(test, f->request_len, 48 + 8);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(req->mode), SECUREKEY_MODE_CBC);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(req->scheme), SECUREKEY_SCHEME_CBCS);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(req->len), 37);
	KUNIT_EXPECT_MEMEQ(test, req->iv, "vector in a test", 16);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(req->nr_subsamples), 1);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(req->aad_len), 0);
	KUNIT_EXPECT_EQ(test, req->crypt, 1);
	KUNIT_EXPECT_EQ(test, req->skip, 9);
	KUNIT_EXPECT_NULL(test, memchr_inv(req->reserved, 0, 6));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(s->clear_len), 5);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(s->protected_len), 32);
	/* A sample is a whole: no vector for another. */
	KUNIT_EXPECT_MEMEQ(test, job->req->iv, "vector in a test", 16);

	key = rig_key(test, r, SECUREKEY_MODE_GCM);
	job = rig_new(test, r, key, SECUREKEY_MODE_GCM, 20);
	job->req->aad = "of a test";
	job->req->aad_len = 9;
	KUNIT_EXPECT_EQ(test, 0, rig_run(test, job));
	KUNIT_EXPECT_EQ(test, f->request_len, 48 + 9);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(req->mode), SECUREKEY_MODE_GCM);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(req->len), 20);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(req->aad_len), 9);
	KUNIT_EXPECT_MEMEQ(test, (void *)(req + 1), "of a test", 9);
}

/* There is room for all that the core lets through. */
static void decrypt_message_longest(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CTR);
	struct securekey_subsample *subsamples;
	struct job *job;
	u8 *aad;
	int i;

	subsamples = kunit_kcalloc(test, SECUREKEY_SUBSAMPLES_MAX,
				   sizeof(*subsamples), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, subsamples);
	for (i = 0; i < SECUREKEY_SUBSAMPLES_MAX; i++)
		subsamples[i] = (struct securekey_subsample) { 1, 2 };

	job = rig_new(test, r, key, SECUREKEY_MODE_CTR,
		      3 * SECUREKEY_SUBSAMPLES_MAX);
	job->req->scheme = SECUREKEY_SCHEME_CENC;
	job->req->subsamples = subsamples;
	job->req->nr_subsamples = SECUREKEY_SUBSAMPLES_MAX;
	KUNIT_EXPECT_EQ(test, 0, rig_run(test, job));
	KUNIT_EXPECT_EQ(test, r->fake->request_len,
			48 + 8 * SECUREKEY_SUBSAMPLES_MAX);

	aad = kunit_kzalloc(test, SECUREKEY_AAD_MAX_LEN, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, aad);
	key = rig_key(test, r, SECUREKEY_MODE_GCM);
	job = rig_new(test, r, key, SECUREKEY_MODE_GCM, 1);
	job->req->aad = aad;
	job->req->aad_len = SECUREKEY_AAD_MAX_LEN;
	KUNIT_EXPECT_EQ(test, 0, rig_run(test, job));
	KUNIT_EXPECT_EQ(test, r->fake->request_len, 48 + SECUREKEY_AAD_MAX_LEN);
}

/* The vector for what goes on behind: the last block of the source. */
static void decrypt_next_cbc(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CBC);
	static const size_t lens[] = { 16, 1024, SZ_8K, SZ_8K + 16 };
	struct job *job;
	int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		job = rig_new(test, r, key, SECUREKEY_MODE_CBC, lens[i]);
		KUNIT_EXPECT_EQ(test, 0, rig_run(test, job));
		KUNIT_EXPECT_MEMEQ(test, job->req->iv, job->src + lens[i] - 16,
				   16);
	}
}

/* The counter: a block that was begun counts. */
static void decrypt_next_ctr(struct kunit *test)
{
	static const struct {
		size_t len;
		u64 high, low, next_high, next_low;
	} tries[] = {
		{ 1, 7, 8, 7, 9 },
		{ 16, 7, 8, 7, 9 },
		{ 17, 7, 8, 7, 10 },
		{ SZ_16K, 7, 8, 7, 8 + 1024 },
		{ 32, 7, U64_MAX - 1, 8, 0 },
		{ 33, 7, U64_MAX - 1, 8, 1 },
		{ 16, U64_MAX, U64_MAX, 0, 0 },
	};
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CTR);
	struct job *job;
	int i;

	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		job = rig_new(test, r, key, SECUREKEY_MODE_CTR, tries[i].len);
		put_unaligned_be64(tries[i].high, job->req->iv);
		put_unaligned_be64(tries[i].low, job->req->iv + 8);
		KUNIT_EXPECT_EQ(test, 0, rig_run(test, job));
		KUNIT_EXPECT_EQ(test, tries[i].next_high,
				get_unaligned_be64(job->req->iv));
		KUNIT_EXPECT_EQ(test, tries[i].next_low,
				get_unaligned_be64(job->req->iv + 8));
	}
}

/* Nothing is left of what was not authentic. */
static void decrypt_wrong_tag(struct kunit *test)
{
	static const size_t lens[] = { 1, SZ_4K, SZ_8K, 5 * SZ_8K + 5 };
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_GCM);
	struct job *job;
	int i;

	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		memset(r->mem, 0xa5, RIG_DST_LEN);
		job = rig_new(test, r, key, SECUREKEY_MODE_GCM, lens[i]);
		job->src[lens[i] + 15] ^= 1;
		job->req->dst_offset = 64;
		KUNIT_EXPECT_EQ(test, -EBADMSG, rig_run(test, job));
		KUNIT_EXPECT_TRUE_MSG(test, rig_nothing(r, job), "length %zu",
				      lens[i]);
		KUNIT_EXPECT_NULL(test, memchr_inv(r->mem, 0xa5, 64));
		KUNIT_EXPECT_NULL(test,
				  memchr_inv(r->mem + 64 + lens[i], 0xa5,
					     RIG_DST_LEN - 64 - lens[i]));
	}

	/* The application itself has done that for the last chunk. */
	r->fake->count[SKTA_WIPE] = 0;
	job = rig_new(test, r, key, SECUREKEY_MODE_GCM, SZ_4K);
	job->src[SZ_4K] ^= 1;
	KUNIT_EXPECT_EQ(test, -EBADMSG, rig_run(test, job));
	KUNIT_EXPECT_EQ(test, 0, r->fake->count[SKTA_WIPE]);
}

/* That it is wrong is not all there is to say when something is left. */
static void decrypt_cannot_wipe(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_GCM);
	struct job *job;

	r->fake->results[SKTA_WIPE] = SKTA_ERROR_BAD_PARAMETERS;
	job = rig_new(test, r, key, SECUREKEY_MODE_GCM, SZ_16K);
	job->src[SZ_16K] ^= 1;
	KUNIT_EXPECT_EQ(test, -EIO, rig_run(test, job));
}

/* An application that dies takes one request with it, and leaves no plaintext. */
static void decrypt_panic(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CBC);
	struct fake_tee *f = r->fake;
	struct job *job;
	int i;

	for (i = 1; i <= 3; i++) {
		memset(r->mem, 0xa5, RIG_DST_LEN);
		f->panic_at = i;
		job = rig_new(test, r, key, SECUREKEY_MODE_CBC, 3 * SZ_8K);
		KUNIT_EXPECT_EQ(test, -EIO, rig_run(test, job));
		/* What it has not got at stays as it was. */
		KUNIT_EXPECT_NULL(test, memchr_inv(r->mem, 0, i * SZ_8K));
		KUNIT_EXPECT_NULL(test, memchr_inv(r->mem + i * SZ_8K, 0xa5,
						   RIG_DST_LEN - i * SZ_8K));
		KUNIT_EXPECT_EQ(test, i, f->panics);

		job = rig_new(test, r, key, SECUREKEY_MODE_CBC, 3 * SZ_8K);
		KUNIT_EXPECT_EQ(test, 0, rig_run(test, job));
		KUNIT_EXPECT_TRUE(test, rig_decrypted(r, job, RIG_KEY(0)));
		KUNIT_EXPECT_EQ(test, i + 1, f->count[SKTA_LOAD]);
		KUNIT_EXPECT_EQ(test, 2, fake_tee_sessions(f));
	}
}

/* If it cannot be had back the request says so, and the next one tries again. */
static void decrypt_panic_for_good(struct kunit *test)
{
	static const struct {
		u32 open_result;
		u32 load_result;
		int error;
	} tries[] = {
		{ SKTA_ERROR_OUT_OF_MEMORY, 0, -ENOMEM },
		{ SKTA_ERROR_ITEM_NOT_FOUND, 0, -ENODEV },
		{ 0, SKTA_ERROR_OUT_OF_MEMORY, -ENOMEM },
		{ 0, SKTA_ERROR_MAC_INVALID, -EIO },
		{ 0, SKTA_ERROR_TARGET_DEAD, -EIO },
	};
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_GCM);
	struct fake_tee *f = r->fake;
	struct job *job;
	int i;

	f->panic_at = 1;
	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		f->open_result = tries[i].open_result;
		f->results[SKTA_LOAD] = tries[i].load_result;
		if (!i) {
			job = rig_new(test, r, key, SECUREKEY_MODE_GCM, 100);
			KUNIT_EXPECT_EQ(test, -EIO, rig_run(test, job));
		}
		job = rig_new(test, r, key, SECUREKEY_MODE_GCM, 100);
		KUNIT_EXPECT_EQ(test, tries[i].error, rig_run(test, job));
		KUNIT_EXPECT_EQ(test, 1, fake_tee_sessions(f));
	}

	f->results[SKTA_LOAD] = 0;
	job = rig_new(test, r, key, SECUREKEY_MODE_GCM, 100);
	KUNIT_EXPECT_EQ(test, 0, rig_run(test, job));
	KUNIT_EXPECT_TRUE(test, rig_decrypted(r, job, RIG_KEY(0)));
}

/* A TEE that is not there any more. */
static void decrypt_tee_gone(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CBC);
	struct job *job;

	r->fake->results[SKTA_DECRYPT] = SKTA_ERROR_COMMUNICATION;
	r->fake->results[SKTA_WIPE] = SKTA_ERROR_COMMUNICATION;
	job = rig_new(test, r, key, SECUREKEY_MODE_CBC, 64);
	KUNIT_EXPECT_EQ(test, -ENODEV, rig_run(test, job));
}

static struct kunit_case decrypt_cases[] = {
	KUNIT_CASE(decrypt_lengths),
	KUNIT_CASE(decrypt_gcm_lengths),
	KUNIT_CASE(decrypt_calls),
	KUNIT_CASE(decrypt_takes_less),
	KUNIT_CASE(decrypt_nonsense),
	KUNIT_CASE(decrypt_message),
	KUNIT_CASE(decrypt_message_longest),
	KUNIT_CASE(decrypt_next_cbc),
	KUNIT_CASE(decrypt_next_ctr),
	KUNIT_CASE(decrypt_wrong_tag),
	KUNIT_CASE(decrypt_cannot_wipe),
	KUNIT_CASE(decrypt_panic),
	KUNIT_CASE(decrypt_panic_for_good),
	KUNIT_CASE(decrypt_tee_gone),
	{}
};

static struct kunit_suite decrypt_suite = {
	.name = "securekey_tee_decrypt",
	.init = decrypt_init,
	.exit = rig_exit,
	.test_cases = decrypt_cases,
};

kunit_test_suite(decrypt_suite);

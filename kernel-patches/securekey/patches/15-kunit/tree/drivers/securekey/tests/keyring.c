// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests: blobs in keyrings.
 */

#include <kunit/test.h>
#include <linux/cred.h>
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/key.h>
#include <linux/scatterlist.h>
#include <linux/securekey.h>

#include "fake.h"

struct keyring_test {
	struct fake *fake;
	struct key *keyring;
	struct dma_buf *dmabuf;
	struct securekey_buffer *dst;
	struct scatterlist src;
	struct securekey_blob blob;
	u8 data[64];
	int len;
	int status;
};

static int keyring_test_init(struct kunit *test)
{
	struct keyring_test *t;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);

	t->fake = fake_register(test);
	t->len = fake_blob(test, t->fake, &fake_params, &t->blob);
	t->dmabuf = fake_dmabuf(test, FAKE_PLAIN, O_RDWR);
	t->dst = securekey_buffer_attach(t->fake->provider, t->dmabuf);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->dst);
	sg_init_one(&t->src, t->data, sizeof(t->data));
	t->keyring = keyring_alloc("securekey-kunit", GLOBAL_ROOT_UID,
				   GLOBAL_ROOT_GID, current_cred(), KEY_USR_ALL,
				   KEY_ALLOC_NOT_IN_QUOTA, NULL, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->keyring);
	test->priv = t;

	return 0;
}

static void keyring_test_exit(struct kunit *test)
{
	struct keyring_test *t = test->priv;

	if (!t)
		return;

	key_put(t->keyring);
	securekey_buffer_put(t->dst);
	dma_buf_put(t->dmabuf);
	KUNIT_EXPECT_EQ(test, t->fake->loads, t->fake->unloads);
	fake_flush_files();
}

static key_ref_t add_key(struct keyring_test *t, const char *type,
			 const void *payload, size_t len)
{
	return key_create_or_update(make_key_ref(t->keyring, true), type,
				    "a key", payload, len, KEY_USR_ALL,
				    KEY_ALLOC_NOT_IN_QUOTA);
}

/* A key that holds the blob; the test puts it. */
static struct key *add_blob(struct kunit *test)
{
	struct keyring_test *t = test->priv;
	key_ref_t ref;

	ref = add_key(t, "securekey", &t->blob, t->len);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ref));

	return key_ref_to_ptr(ref);
}

static struct securekey_key *load(struct key *ring_key)
{
	long timeo = 0;

	return securekey_key_load_serial(NULL, ring_key->serial, &timeo);
}

static void keyring_load(struct kunit *test)
{
	struct keyring_test *t = test->priv;
	struct key *ring_key = add_blob(test);
	struct securekey_key *key;

	key = load(ring_key);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_EXPECT_MEMEQ(test, &key->params, &fake_params,
			   sizeof(fake_params));
	KUNIT_EXPECT_EQ(test, 0, securekey_key_check(key, SECUREKEY_MODE_CBC,
						     SECUREKEY_DECRYPT));

	/* It can be forgotten there. */
	key_put(ring_key);
	keyring_clear(t->keyring);
	KUNIT_EXPECT_EQ(test, 0, securekey_key_check(key, SECUREKEY_MODE_CBC,
						     SECUREKEY_DECRYPT));
	securekey_key_put(key);
}

/* Only what is a blob gets in. */
static void keyring_add(struct kunit *test)
{
	struct keyring_test *t = test->priv;
	static const u8 none[SECUREKEY_BLOB_MAX_LEN + 1];
	struct key *ring_key;

	KUNIT_EXPECT_EQ(test, -EBADMSG,
			PTR_ERR_OR_ZERO(add_key(t, "securekey", &t->blob,
						t->len - 1)));
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			PTR_ERR_OR_ZERO(add_key(t, "securekey", none,
						sizeof(none))));
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			PTR_ERR_OR_ZERO(add_key(t, "securekey", none, 1)));

	/* Which one it was is not for anybody to change. */
	ring_key = add_blob(test);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			key_update(make_key_ref(ring_key, true), &t->blob,
				   t->len));
	key_put(ring_key);
}

static void keyring_refused(struct kunit *test)
{
	struct keyring_test *t = test->priv;
	key_serial_t serial;
	struct key *ring_key;
	long timeo = 0;
	key_ref_t ref;

	ref = add_key(t, "user", &t->blob, t->len);
	KUNIT_ASSERT_FALSE(test, IS_ERR(ref));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			PTR_ERR_OR_ZERO(load(key_ref_to_ptr(ref))));
	key_ref_put(ref);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			PTR_ERR_OR_ZERO(securekey_key_load_serial(NULL, 0,
								  &timeo)));

	/* Sound, but not authentic. */
	t->blob.hdr.key_bits = cpu_to_le32(192);
	ring_key = add_blob(test);
	KUNIT_EXPECT_EQ(test, -EBADMSG, PTR_ERR_OR_ZERO(load(ring_key)));
	key_put(ring_key);
	t->blob.hdr.key_bits = cpu_to_le32(128);

	t->fake->key_slots = 0;
	ring_key = add_blob(test);
	KUNIT_EXPECT_EQ(test, -EAGAIN, PTR_ERR_OR_ZERO(load(ring_key)));

	serial = ring_key->serial;
	fake_unregister(t->fake);
	KUNIT_EXPECT_EQ(test, -ENODEV, PTR_ERR_OR_ZERO(load(ring_key)));
	key_invalidate(ring_key);
	key_put(ring_key);
	KUNIT_EXPECT_EQ(test, -ENOKEY,
			PTR_ERR_OR_ZERO(securekey_key_load_serial(NULL, serial,
								  &timeo)));
}

static void told(struct securekey_request *req, int status)
{
	struct keyring_test *t = req->private;

	t->status = status;
}

/* The test puts it. */
static struct securekey_request *make_request(struct kunit *test,
					      struct securekey_key *key)
{
	struct keyring_test *t = test->priv;
	struct securekey_request *req;

	req = securekey_request_alloc(key, t->dst, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, req);
	req->mode = SECUREKEY_MODE_CBC;
	req->src = &t->src;
	req->len = sizeof(t->data);
	req->complete = told;
	req->private = t;

	return req;
}

/* What has begun goes on, and nothing new begins. */
static void expect_stopped(struct kunit *test, struct key *ring_key,
			   void (*stop)(struct key *ring_key), int error)
{
	struct keyring_test *t = test->priv;
	struct securekey_request *req, *late;
	struct securekey_blob *out;
	struct securekey_key *key;

	out = kunit_kzalloc(test, sizeof(*out), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, out);
	key = load(ring_key);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	req = make_request(test, key);
	late = make_request(test, key);
	KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));

	stop(ring_key);

	KUNIT_EXPECT_EQ(test, error, securekey_request_submit(late));
	KUNIT_EXPECT_EQ(test, error,
			securekey_key_check(key, SECUREKEY_MODE_CBC,
					    SECUREKEY_DECRYPT));
	KUNIT_EXPECT_EQ(test, error,
			securekey_key_export(key, out, sizeof(*out)));
	KUNIT_EXPECT_EQ(test, error, PTR_ERR_OR_ZERO(load(ring_key)));

	t->status = -EINPROGRESS;
	fake_complete_first(t->fake, 0);
	KUNIT_EXPECT_EQ(test, 0, t->status);
	securekey_request_put(late);
	securekey_request_put(req);
	securekey_key_put(key);
	key_put(ring_key);
}

static void keyring_revoked(struct kunit *test)
{
	expect_stopped(test, add_blob(test), key_revoke, -EKEYREVOKED);
}

static void expire(struct key *ring_key)
{
	/* Since a moment ago. */
	down_write(&ring_key->sem);
	WRITE_ONCE(ring_key->expiry, 1);
	up_write(&ring_key->sem);
}

static void keyring_expired(struct kunit *test)
{
	expect_stopped(test, add_blob(test), expire, -EKEYEXPIRED);
}

/* One that came another way does not care. */
static void keyring_other(struct kunit *test)
{
	struct keyring_test *t = test->priv;
	struct key *ring_key = add_blob(test);
	struct securekey_key *key;

	key = securekey_key_load(NULL, &t->blob, t->len);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	key_revoke(ring_key);
	KUNIT_EXPECT_EQ(test, 0, securekey_key_check(key, SECUREKEY_MODE_CBC,
						     SECUREKEY_DECRYPT));
	securekey_key_put(key);
	key_put(ring_key);
}

static struct kunit_case keyring_cases[] = {
	KUNIT_CASE(keyring_load),
	KUNIT_CASE(keyring_add),
	KUNIT_CASE(keyring_refused),
	KUNIT_CASE(keyring_revoked),
	KUNIT_CASE(keyring_expired),
	KUNIT_CASE(keyring_other),
	{}
};

static struct kunit_suite keyring_suite = {
	.name = "securekey_keyring",
	.init = keyring_test_init,
	.exit = keyring_test_exit,
	.test_cases = keyring_cases,
};

kunit_test_suite(keyring_suite);

// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests: providers come and go.
 */

#include <kunit/test.h>
#include <linux/securekey.h>

#include "fake.h"

static int provider_test_init(struct kunit *test)
{
	test->priv = fake_register(test);

	return 0;
}

static void provider_get(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct securekey_provider *p;

	p = securekey_provider_get("fake");
	KUNIT_ASSERT_PTR_EQ(test, p, fake->provider);
	KUNIT_EXPECT_STREQ(test, securekey_provider_name(p), "fake");
	KUNIT_EXPECT_PTR_EQ(test, securekey_provider_drvdata(p), (void *)fake);
	securekey_provider_put(p);

	KUNIT_EXPECT_EQ(test, -ENOENT,
			PTR_ERR_OR_ZERO(securekey_provider_get("fak")));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			PTR_ERR_OR_ZERO(securekey_provider_get("fakes")));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			PTR_ERR_OR_ZERO(securekey_provider_get("")));
}

static void provider_caps(struct kunit *test)
{
	struct fake *fake = test->priv;
	const struct securekey_caps *caps;

	caps = securekey_provider_caps(fake->provider);
	KUNIT_EXPECT_EQ(test, caps->queue_depth, FAKE_QUEUE_DEPTH);
	KUNIT_EXPECT_EQ(test, caps->max_len, FAKE_MAX_LEN);

	/* Not given. */
	KUNIT_EXPECT_EQ(test, caps->timeout_ms, SECUREKEY_DEFAULT_TIMEOUT_MS);
}

static void provider_name_taken(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct securekey_provider *p;

	p = securekey_provider_register(fake->dev, &fake_desc, fake);
	KUNIT_EXPECT_EQ(test, -EEXIST, PTR_ERR_OR_ZERO(p));

	/* Somebody may still know the one that left. */
	p = securekey_provider_get("fake");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p);
	fake_unregister(fake);
	fake->provider = securekey_provider_register(fake->dev, &fake_desc,
						     fake);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, fake->provider);
	KUNIT_EXPECT_PTR_NE(test, fake->provider, p);
	securekey_provider_put(p);
}

static struct kunit_case provider_cases[] = {
	KUNIT_CASE(provider_get),
	KUNIT_CASE(provider_caps),
	KUNIT_CASE(provider_name_taken),
	{}
};

static struct kunit_suite provider_suite = {
	.name = "securekey_provider",
	.init = provider_test_init,
	.test_cases = provider_cases,
};

kunit_test_suite(provider_suite);

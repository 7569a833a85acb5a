// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests: key objects, their policy and their descriptors.
 */

#include <kunit/test.h>
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/securekey.h>
#include <linux/workqueue.h>

#include "fake.h"

/* For what must happen; more than any machine takes. */
#define PATIENCE	(20 * HZ)

/* For what happens while somebody waits. */
#define A_MOMENT	(HZ / 50)

static int key_test_init(struct kunit *test)
{
	test->priv = fake_register(test);

	return 0;
}

static void key_refs(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct securekey_key *key;

	key = fake_key(test, fake, &fake_params);
	KUNIT_EXPECT_EQ(test, 1, fake->loads);
	KUNIT_EXPECT_MEMEQ(test, &key->params, &fake_params,
			   sizeof(fake_params));

	KUNIT_EXPECT_PTR_EQ(test, key, securekey_key_get(key));
	securekey_key_put(key);
	KUNIT_EXPECT_EQ(test, 0, fake->unloads);

	securekey_key_put(key);
	KUNIT_EXPECT_EQ(test, 1, fake->unloads);
}

/* The provider unloads what is left, and the last reference not once more. */
static void key_provider_gone(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct securekey_blob *out;
	struct securekey_key *a, *b;

	out = kunit_kzalloc(test, sizeof(*out), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, out);

	a = fake_key(test, fake, &fake_params);
	b = fake_key(test, fake, &fake_params);
	securekey_key_put(a);
	KUNIT_EXPECT_EQ(test, 1, fake->unloads);

	fake_unregister(fake);
	KUNIT_EXPECT_EQ(test, 2, fake->unloads);
	KUNIT_EXPECT_EQ(test, -ENODEV,
			securekey_key_export(b, out, sizeof(*out)));

	securekey_key_put(b);
	KUNIT_EXPECT_EQ(test, 2, fake->unloads);
}

static void key_policy(struct kunit *test)
{
	struct securekey_params params = fake_params;
	struct fake *fake = test->priv;
	struct securekey_key *key;

	key = fake_key(test, fake, &params);
	KUNIT_EXPECT_EQ(test, 0,
			securekey_key_check(key, SECUREKEY_MODE_CBC,
					    SECUREKEY_DECRYPT));
	KUNIT_EXPECT_EQ(test, -EKEYREJECTED,
			securekey_key_check(key, SECUREKEY_MODE_CTR,
					    SECUREKEY_DECRYPT));
	KUNIT_EXPECT_EQ(test, -EKEYREJECTED,
			securekey_key_check(key, SECUREKEY_MODE_CBC,
					    SECUREKEY_ENCRYPT));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			securekey_key_check(key, 0, SECUREKEY_DECRYPT));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			securekey_key_check(key, SECUREKEY_MODE_ALL,
					    SECUREKEY_DECRYPT));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			securekey_key_check(key, BIT(31), SECUREKEY_DECRYPT));
	securekey_key_put(key);

	params.modes = SECUREKEY_MODE_CTR;
	params.flags = 0;
	key = fake_key(test, fake, &params);
	KUNIT_EXPECT_EQ(test, 0,
			securekey_key_check(key, SECUREKEY_MODE_CTR,
					    SECUREKEY_DECRYPT));
	KUNIT_EXPECT_EQ(test, -EKEYREJECTED,
			securekey_key_check(key, SECUREKEY_MODE_CBC,
					    SECUREKEY_DECRYPT));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			securekey_key_check(key, SECUREKEY_MODE_CTR,
					    SECUREKEY_ENCRYPT));
	securekey_key_put(key);
}

static void key_export(struct kunit *test)
{
	struct securekey_params params = fake_params;
	struct fake *fake = test->priv;
	struct securekey_blob *out;
	struct securekey_key *key;
	int len;

	out = kunit_kzalloc(test, sizeof(*out), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, out);

	key = fake_key(test, fake, &params);
	len = securekey_key_export(key, out, sizeof(*out));
	KUNIT_EXPECT_GT(test, len, 0);
	KUNIT_EXPECT_EQ(test, -EOVERFLOW,
			securekey_key_export(key, out, len - 1));
	fake->ops.export = NULL;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			securekey_key_export(key, out, sizeof(*out)));
	securekey_key_put(key);

	params.form = SECUREKEY_FORM_EPHEMERAL;
	key = fake_key(test, fake, &params);
	KUNIT_EXPECT_EQ(test, -EKEYREJECTED,
			securekey_key_export(key, out, sizeof(*out)));
	securekey_key_put(key);
}

static void key_fd(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct securekey_key *key;
	int fd;

	key = fake_key(test, fake, &fake_params);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			securekey_key_install_fd(key, O_NONBLOCK));

	fd = securekey_key_install_fd(key, O_CLOEXEC);
	KUNIT_ASSERT_GE(test, fd, 0);

	KUNIT_EXPECT_PTR_EQ(test, key, securekey_key_from_fd(fd));
	securekey_key_put(key);

	/* The descriptor holds it. */
	securekey_key_put(key);
	KUNIT_EXPECT_EQ(test, 0, fake->unloads);

	close_fd(fd);
	fake_flush_files();
	KUNIT_EXPECT_EQ(test, 1, fake->unloads);
	KUNIT_EXPECT_EQ(test, -EBADF,
			PTR_ERR_OR_ZERO(securekey_key_from_fd(fd)));
}

static void key_fd_of_something_else(struct kunit *test)
{
	struct dma_buf *dmabuf = fake_dmabuf(test, FAKE_PLAIN, O_RDWR);
	int fd;

	fd = dma_buf_fd(dmabuf, O_CLOEXEC);
	KUNIT_ASSERT_GE(test, fd, 0);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			PTR_ERR_OR_ZERO(securekey_key_from_fd(fd)));
	KUNIT_EXPECT_EQ(test, -EBADF,
			PTR_ERR_OR_ZERO(securekey_key_from_fd(-1)));
	close_fd(fd);
	fake_flush_files();
}

/**
 * struct slot_test - a provider with one slot, and a key in it
 * @fake: the provider
 * @blob: of one more key
 * @len: its length
 * @key: the key that is loaded
 * @later: what happens while somebody waits
 */
struct slot_test {
	struct fake *fake;
	struct securekey_blob blob;
	int len;
	struct securekey_key *key;
	struct delayed_work later;
};

static struct slot_test *fill_slot(struct kunit *test, work_func_t later)
{
	struct slot_test *s;

	s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s);
	s->fake = test->priv;
	s->len = fake_blob(test, s->fake, &fake_params, &s->blob);
	s->fake->key_slots = 1;
	s->key = fake_key(test, s->fake, &fake_params);
	INIT_DELAYED_WORK(&s->later, later);

	return s;
}

static void put_slot(struct work_struct *work)
{
	struct slot_test *s = container_of(to_delayed_work(work),
					   struct slot_test, later);

	securekey_key_put(s->key);
}

static void key_slots(struct kunit *test)
{
	struct slot_test *s = fill_slot(test, put_slot);
	struct securekey_provider *p = s->fake->provider;
	struct securekey_key *key;
	long timeo = A_MOMENT;

	KUNIT_EXPECT_EQ(test, -EAGAIN,
			PTR_ERR_OR_ZERO(securekey_key_load(p, &s->blob,
							   s->len)));
	KUNIT_EXPECT_EQ(test, -EAGAIN,
			PTR_ERR_OR_ZERO(securekey_key_load_wait(p, &s->blob,
								s->len,
								&timeo)));
	KUNIT_EXPECT_EQ(test, 0, timeo);

	/* Nobody waits for what fails for another reason. */
	s->blob.hdr.magic = 0;
	timeo = PATIENCE;
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			PTR_ERR_OR_ZERO(securekey_key_load_wait(p, &s->blob,
								s->len,
								&timeo)));
	KUNIT_EXPECT_EQ(test, PATIENCE, timeo);

	securekey_key_put(s->key);
	key = fake_key(test, s->fake, &fake_params);
	securekey_key_put(key);
}

static void key_slots_wait(struct kunit *test)
{
	struct slot_test *s = fill_slot(test, put_slot);
	struct securekey_key *key;
	long timeo = PATIENCE;

	schedule_delayed_work(&s->later, A_MOMENT);
	key = securekey_key_load_wait(s->fake->provider, &s->blob, s->len,
				      &timeo);
	flush_delayed_work(&s->later);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, key);
	KUNIT_EXPECT_GT(test, timeo, PATIENCE / 2);
	securekey_key_put(key);
}

static void key_slots_signal(struct kunit *test)
{
	struct slot_test *s = fill_slot(test, put_slot);
	long timeo = MAX_SCHEDULE_TIMEOUT;

	/* A kernel thread gets no signal it does not ask for. */
	allow_signal(SIGUSR1);
	send_sig(SIGUSR1, current, 1);
	KUNIT_EXPECT_EQ(test, -ERESTARTSYS,
			PTR_ERR_OR_ZERO(securekey_key_load_wait(NULL, &s->blob,
								s->len,
								&timeo)));
	flush_signals(current);
	disallow_signal(SIGUSR1);
	securekey_key_put(s->key);
}

static void leave(struct work_struct *work)
{
	struct slot_test *s = container_of(to_delayed_work(work),
					   struct slot_test, later);

	fake_unregister(s->fake);
}

static void key_slots_provider_gone(struct kunit *test)
{
	struct slot_test *s = fill_slot(test, leave);
	long timeo = MAX_SCHEDULE_TIMEOUT;

	schedule_delayed_work(&s->later, A_MOMENT);
	KUNIT_EXPECT_EQ(test, -ENODEV,
			PTR_ERR_OR_ZERO(securekey_key_load_wait(NULL, &s->blob,
								s->len,
								&timeo)));
	flush_delayed_work(&s->later);
	securekey_key_put(s->key);
}

static struct kunit_case key_cases[] = {
	KUNIT_CASE(key_refs),
	KUNIT_CASE(key_provider_gone),
	KUNIT_CASE(key_policy),
	KUNIT_CASE(key_export),
	KUNIT_CASE(key_fd),
	KUNIT_CASE(key_fd_of_something_else),
	KUNIT_CASE(key_slots),
	KUNIT_CASE(key_slots_wait),
	KUNIT_CASE(key_slots_signal),
	KUNIT_CASE(key_slots_provider_gone),
	{}
};

static struct kunit_suite key_suite = {
	.name = "securekey_key",
	.init = key_test_init,
	.test_cases = key_cases,
};

kunit_test_suite(key_suite);

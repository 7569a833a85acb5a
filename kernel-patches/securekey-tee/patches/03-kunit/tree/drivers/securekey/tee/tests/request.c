// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests: requests that wait and run at a time, and end before their time.
 */

#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "rig.h"

/* The second key that is loaded is the one that hangs. */
#define HANGS	RIG_KEY(1)

static void hang_second(struct fake_tee *f, u8 key)
{
	if (key == HANGS)
		fake_tee_hang(f, key);
}

static int request_init(struct kunit *test)
{
	test->priv = rig_init(test);

	return 0;
}

static void expect_entered(struct kunit *test, struct rig *r)
{
	KUNIT_ASSERT_NE(test, 0,
			wait_for_completion_timeout(&r->fake->entered, PATIENCE));
}

/**
 * struct canceller - cancels a request, waits for its end, and says so
 * @work: does that
 * @job: the request
 * @done: completed
 */
struct canceller {
	struct work_struct work;
	struct job *job;
	struct completion done;
};

static void cancel_work_fn(struct work_struct *work)
{
	struct canceller *c = container_of(work, struct canceller, work);

	securekey_request_cancel(c->job->req);
	complete(&c->done);
}

static struct canceller *cancel_start(struct kunit *test, struct job *job)
{
	struct canceller *c;

	c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c);
	INIT_WORK(&c->work, cancel_work_fn);
	init_completion(&c->done);
	c->job = job;
	queue_work(system_unbound_wq, &c->work);
	while (!securekey_request_aborted(job->req))
		fsleep(100);

	return c;
}

static void cancel_wait(struct kunit *test, struct canceller *c)
{
	KUNIT_EXPECT_NE(test, 0,
			wait_for_completion_timeout(&c->done, PATIENCE));
	flush_work(&c->work);
}

/* It stops between two chunks, and nothing is left. */
static void request_cancel(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_GCM);
	struct fake_tee *f = r->fake;
	struct canceller *c;
	struct job *job;

	memset(r->mem, 0xa5, RIG_DST_LEN);
	f->hook = fake_tee_hang;
	job = rig_new(test, r, key, SECUREKEY_MODE_GCM, 4 * SZ_8K);
	rig_start(test, job);
	expect_entered(test, r);
	complete(&f->go_on);
	expect_entered(test, r);
	c = cancel_start(test, job);
	complete(&f->go_on);
	cancel_wait(test, c);

	KUNIT_EXPECT_EQ(test, -ECANCELED, rig_wait(test, job));
	KUNIT_EXPECT_EQ(test, 2, f->count[SKTA_DECRYPT]);
	KUNIT_EXPECT_EQ(test, 1, f->count[SKTA_ABORT]);
	KUNIT_EXPECT_NULL(test, memchr_inv(r->mem, 0, 2 * SZ_8K));
	KUNIT_EXPECT_NULL(test, memchr_inv(r->mem + 2 * SZ_8K, 0xa5, 2 * SZ_8K));

	f->hook = NULL;
	job = rig_new(test, r, key, SECUREKEY_MODE_GCM, 4 * SZ_8K);
	KUNIT_EXPECT_EQ(test, 0, rig_run(test, job));
	KUNIT_EXPECT_TRUE(test, rig_decrypted(r, job, RIG_KEY(0)));
}

/* The same by the clock. */
static void request_time_out(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CTR);
	struct job *job;

	r->fake->hook = fake_tee_hang;
	job = rig_new(test, r, key, SECUREKEY_MODE_CTR, 2 * SZ_8K);
	job->req->timeout_ms = 20;
	rig_start(test, job);
	expect_entered(test, r);
	while (!securekey_request_aborted(job->req))
		fsleep(100);
	complete_all(&r->fake->go_on);
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, rig_wait(test, job));
	KUNIT_EXPECT_TRUE(test, rig_nothing(r, job));
}

/* Too late: in the last chunk there is nothing left to stop. */
static void request_cancel_late(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CTR);
	struct canceller *c;
	struct job *job;

	r->fake->hook = fake_tee_hang;
	job = rig_new(test, r, key, SECUREKEY_MODE_CTR, SZ_4K);
	rig_start(test, job);
	expect_entered(test, r);
	c = cancel_start(test, job);
	complete_all(&r->fake->go_on);
	cancel_wait(test, c);
	KUNIT_EXPECT_EQ(test, 0, rig_wait(test, job));
	KUNIT_EXPECT_TRUE(test, rig_decrypted(r, job, RIG_KEY(0)));
}

/* While one key's application does not answer, another one's does. */
static void request_other_key(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CTR);
	struct securekey_key *hangs = rig_key(test, r, SECUREKEY_MODE_CTR);
	struct job *job, *hung;

	if (r->fake->tee->chunks.max < 2)
		kunit_skip(test, "one request at a time with one CPU");

	r->fake->hook = hang_second;
	hung = rig_new(test, r, hangs, SECUREKEY_MODE_CTR, 100);
	hung->req->dst_offset = 4096;
	rig_start(test, hung);
	expect_entered(test, r);

	job = rig_new(test, r, key, SECUREKEY_MODE_CTR, 100);
	KUNIT_EXPECT_EQ(test, 0, rig_run(test, job));
	KUNIT_EXPECT_FALSE(test, completion_done(&hung->done));
	complete_all(&r->fake->go_on);
	KUNIT_EXPECT_EQ(test, 0, rig_wait(test, hung));
	KUNIT_EXPECT_TRUE(test, rig_decrypted(r, job, RIG_KEY(0)));
	KUNIT_EXPECT_TRUE(test, rig_decrypted(r, hung, HANGS));
}

#define MANY	16

/* Requests of one key are worked on in the order in which they came. */
static void request_order(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CTR);
	struct fake_tee *f = r->fake;
	struct job *jobs[MANY];
	int i;

	f->hook = fake_tee_hang;
	for (i = 0; i < MANY; i++) {
		jobs[i] = rig_new(test, r, key, SECUREKEY_MODE_CTR, 1 + i);
		jobs[i]->req->dst_offset = 16 * i;
		rig_start(test, jobs[i]);
	}
	expect_entered(test, r);
	KUNIT_EXPECT_EQ(test, MANY, atomic_read(&f->tee->nr_requests));
	complete_all(&f->go_on);
	for (i = 0; i < MANY; i++) {
		KUNIT_EXPECT_EQ(test, 0, rig_wait(test, jobs[i]));
		KUNIT_EXPECT_TRUE(test, rig_decrypted(r, jobs[i], RIG_KEY(0)));
		KUNIT_EXPECT_EQ(test, f->calls[i].dst_len, 1 + i);
	}
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&f->tee->nr_requests));
}

/* One that waits behind a request which does not end is cancelled at once. */
static void request_cancel_waiting(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CTR);
	struct job *jobs[3];
	int i;

	r->fake->hook = fake_tee_hang;
	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		jobs[i] = rig_new(test, r, key, SECUREKEY_MODE_CTR, 100);
		jobs[i]->req->dst_offset = 4096 * i;
		rig_start(test, jobs[i]);
	}
	expect_entered(test, r);
	KUNIT_EXPECT_EQ(test, -ECANCELED,
			securekey_request_cancel(jobs[1]->req));
	KUNIT_EXPECT_FALSE(test, completion_done(&jobs[0]->done));
	complete_all(&r->fake->go_on);
	KUNIT_EXPECT_EQ(test, 0, rig_wait(test, jobs[0]));
	KUNIT_EXPECT_EQ(test, 0, rig_wait(test, jobs[2]));
	KUNIT_EXPECT_TRUE(test, rig_nothing(r, jobs[1]));
	KUNIT_EXPECT_EQ(test, 2, r->fake->count[SKTA_DECRYPT]);
}

/* More keys than there is memory to work with: all come to their end. */
static void request_few_chunks(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *keys[MANY];
	struct fake_tee *f = r->fake;
	struct job *jobs[MANY];
	struct canceller *c;
	int i;

	for (i = 0; i < MANY; i++)
		keys[i] = rig_key(test, r, SECUREKEY_MODE_CTR);
	f->hook = fake_tee_hang;
	for (i = 0; i < MANY; i++) {
		jobs[i] = rig_new(test, r, keys[i], SECUREKEY_MODE_CTR, 2 * SZ_8K);
		rig_start(test, jobs[i]);
	}
	for (i = 0; i < f->tee->chunks.max; i++)
		expect_entered(test, r);

	/* One that waits for memory. */
	c = cancel_start(test, jobs[MANY - 1]);
	complete_all(&f->go_on);
	cancel_wait(test, c);
	for (i = 0; i < MANY - 1; i++)
		KUNIT_EXPECT_EQ(test, 0, rig_wait(test, jobs[i]));
	rig_wait(test, jobs[MANY - 1]);
	KUNIT_EXPECT_EQ(test, f->tee->chunks.nr, f->tee->chunks.max);
	KUNIT_EXPECT_LE(test, f->shms_max,
			f->tee->messages.max + f->tee->chunks.max);
}

/* With the memory that there is from the start, and no more. */
static void request_no_memory(struct kunit *test)
{
	struct rig *r = test->priv;
	struct fake_tee *f = r->fake;
	struct securekey_key *keys[MANY];
	struct job *jobs[MANY];
	int i;

	for (i = 0; i < MANY; i++)
		keys[i] = rig_key(test, r, SECUREKEY_MODE_CTR);
	f->shm_left = 0;
	for (i = 0; i < MANY; i++) {
		jobs[i] = rig_new(test, r, keys[i], SECUREKEY_MODE_CTR, 100);
		jobs[i]->req->dst_offset = 4096 * i;
		rig_start(test, jobs[i]);
	}
	for (i = 0; i < MANY; i++) {
		KUNIT_EXPECT_EQ(test, 0, rig_wait(test, jobs[i]));
		KUNIT_EXPECT_TRUE(test, rig_decrypted(r, jobs[i], RIG_KEY(i)));
	}
}

/* Cancelled while it waits for memory that does not come. */
static void request_cancel_no_memory(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CTR);
	struct securekey_key *hangs = rig_key(test, r, SECUREKEY_MODE_CTR);
	struct fake_tee *f = r->fake;
	struct job *job, *hung;

	f->shm_left = 0;
	f->hook = hang_second;
	hung = rig_new(test, r, hangs, SECUREKEY_MODE_CTR, 100);
	hung->req->dst_offset = 4096;
	rig_start(test, hung);
	expect_entered(test, r);
	job = rig_new(test, r, key, SECUREKEY_MODE_CTR, 100);
	rig_start(test, job);
	fsleep(1000);
	KUNIT_EXPECT_EQ(test, -ECANCELED, securekey_request_cancel(job->req));
	KUNIT_EXPECT_FALSE(test, completion_done(&hung->done));
	complete_all(&f->go_on);
	KUNIT_EXPECT_EQ(test, 0, rig_wait(test, hung));
}

/**
 * struct leaver - has the provider leave
 * @work: does that
 * @f: its TEE
 */
struct leaver {
	struct work_struct work;
	struct fake_tee *f;
};

static void leave_work_fn(struct work_struct *work)
{
	struct leaver *l = container_of(work, struct leaver, work);

	fake_tee_destroy(l->f);
}

/* Unbound while one request runs and others wait. */
static void request_unbind(struct kunit *test)
{
	struct rig *r = test->priv;
	struct securekey_key *key = rig_key(test, r, SECUREKEY_MODE_CTR);
	struct fake_tee *f = r->fake;
	struct job *jobs[4];
	struct leaver *l;
	int i;

	l = kunit_kzalloc(test, sizeof(*l), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, l);
	INIT_WORK(&l->work, leave_work_fn);
	l->f = f;

	f->hook = fake_tee_hang;
	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		jobs[i] = rig_new(test, r, key, SECUREKEY_MODE_CTR, 2 * SZ_8K);
		jobs[i]->req->dst_offset = 2 * SZ_8K * i;
		rig_start(test, jobs[i]);
	}
	expect_entered(test, r);
	queue_work(system_unbound_wq, &l->work);
	while (!securekey_request_aborted(jobs[0]->req))
		fsleep(100);
	KUNIT_EXPECT_NE(test, 0, work_busy(&l->work));
	complete_all(&f->go_on);
	flush_work(&l->work);

	KUNIT_EXPECT_EQ(test, -ENODEV, rig_wait(test, jobs[0]));
	KUNIT_EXPECT_TRUE(test, rig_nothing(r, jobs[0]));
	/* The others may have got their turn. */
	for (i = 1; i < ARRAY_SIZE(jobs); i++) {
		if (rig_wait(test, jobs[i])) {
			KUNIT_EXPECT_EQ(test, -ENODEV, jobs[i]->status);
			KUNIT_EXPECT_TRUE(test, rig_nothing(r, jobs[i]));
		} else {
			KUNIT_EXPECT_TRUE(test,
					  rig_decrypted(r, jobs[i], RIG_KEY(0)));
		}
	}
	KUNIT_EXPECT_EQ(test, 0, fake_tee_sessions(f));
	KUNIT_EXPECT_EQ(test, 0, f->shms);
	KUNIT_EXPECT_EQ(test, 0, f->buffers);

	jobs[0] = rig_new(test, r, key, SECUREKEY_MODE_CTR, 100);
	KUNIT_EXPECT_EQ(test, -ENODEV, securekey_request_submit(jobs[0]->req));
}

static struct kunit_case request_cases[] = {
	KUNIT_CASE(request_cancel),
	KUNIT_CASE(request_time_out),
	KUNIT_CASE(request_cancel_late),
	KUNIT_CASE(request_other_key),
	KUNIT_CASE(request_order),
	KUNIT_CASE(request_cancel_waiting),
	KUNIT_CASE(request_few_chunks),
	KUNIT_CASE(request_no_memory),
	KUNIT_CASE(request_cancel_no_memory),
	KUNIT_CASE(request_unbind),
	{}
};

static struct kunit_suite request_suite = {
	.name = "securekey_tee_request",
	.init = request_init,
	.exit = rig_exit,
	.test_cases = request_cases,
};

kunit_test_suite(request_suite);

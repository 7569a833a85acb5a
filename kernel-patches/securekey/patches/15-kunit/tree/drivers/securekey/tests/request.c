// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests: requests.
 */

#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/kthread.h>
#include <linux/scatterlist.h>
#include <linux/sched/signal.h>
#include <linux/securekey.h>
#include <linux/slab.h>

#include "fake.h"

/* For what must happen; more than any machine takes. */
#define PATIENCE	(20 * HZ)

/* For what must not. */
#define A_MOMENT_MS	20

struct elsewhere;

struct request_test {
	struct fake *fake;
	struct dma_buf *dmabuf;
	struct securekey_buffer *dst;
	struct securekey_key *key;
	struct scatterlist src;
	u8 data[64];
	/* For submit_while_cancelled(). */
	struct elsewhere *canceller;
	int submit_error;
};

/**
 * struct told - what the owner of a request was told
 * @done: completed by the callback
 * @times: how often
 * @status: what
 * @pinned: the request still had the key or the destination
 * @mapped: destinations that were mapped, if the callback looks
 */
struct told {
	struct completion done;
	int times;
	int status;
	bool pinned;
	int mapped;
};

static int request_test_init(struct kunit *test)
{
	struct request_test *t;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);

	t->fake = fake_register(test);
	t->dmabuf = fake_dmabuf(test, FAKE_PLAIN, O_RDWR);
	t->dst = securekey_buffer_attach(t->fake->provider, t->dmabuf);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->dst);
	t->key = fake_key(test, t->fake, &fake_params);
	sg_init_one(&t->src, t->data, sizeof(t->data));
	test->priv = t;

	return 0;
}

/* Nothing of the test's is left once it has dropped its own references. */
static void request_test_exit(struct kunit *test)
{
	struct request_test *t = test->priv;

	if (!t)
		return;

	/* If a test has failed, end what it has left, while there is memory. */
	fake_unregister(t->fake);
	securekey_key_put(t->key);
	securekey_buffer_put(t->dst);
	KUNIT_EXPECT_EQ(test, t->fake->loads, t->fake->unloads);
	KUNIT_EXPECT_EQ(test, t->fake->maps, t->fake->unmaps);
	dma_buf_put(t->dmabuf);
	fake_flush_files();
}

static void tell(struct securekey_request *req, int status)
{
	struct told *told = req->private;

	told->times++;
	told->status = status;
	told->pinned = req->key || req->dst;
	complete(&told->done);
}

/* The test puts the request; @told is there until the test is over. */
static struct securekey_request *make_request(struct kunit *test,
					      struct told **told)
{
	struct request_test *t = test->priv;
	struct securekey_request *req;

	*told = kunit_kzalloc(test, sizeof(**told), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, *told);
	init_completion(&(*told)->done);

	req = securekey_request_alloc(t->key, t->dst, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, req);

	req->mode = SECUREKEY_MODE_CBC;
	req->src = &t->src;
	req->len = sizeof(t->data);
	req->complete = tell;
	req->private = *told;

	return req;
}

static void expect_told(struct kunit *test, struct told *told, int status)
{
	KUNIT_ASSERT_NE(test, 0,
			wait_for_completion_timeout(&told->done, PATIENCE));
	KUNIT_EXPECT_EQ(test, 1, told->times);
	KUNIT_EXPECT_EQ(test, status, told->status);
	KUNIT_EXPECT_FALSE(test, told->pinned);
}

/* Nobody else has a reference, the time-out for one. */
static void expect_last(struct kunit *test, struct securekey_request *req)
{
	KUNIT_EXPECT_EQ(test, 1, kref_read(&req->ref));
}

static void request_success(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct told *told;

	req = make_request(test, &told);
	KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	KUNIT_EXPECT_EQ(test, 0, told->times);
	KUNIT_EXPECT_FALSE(test, securekey_request_aborted(req));

	fake_complete_first(t->fake, 0);
	expect_told(test, told, 0);

	/* Too late, whenever that comes. */
	KUNIT_EXPECT_EQ(test, 0, securekey_request_cancel(req));
	KUNIT_EXPECT_EQ(test, 0, securekey_request_cancel(req));
	KUNIT_EXPECT_EQ(test, 0, t->fake->cancels);
	KUNIT_EXPECT_EQ(test, 1, told->times);
	expect_last(test, req);
	securekey_request_put(req);
}

static void request_failure(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct told *told;

	req = make_request(test, &told);
	KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	fake_complete_first(t->fake, -EIO);
	expect_told(test, told, -EIO);
	KUNIT_EXPECT_EQ(test, -EIO, securekey_request_cancel(req));
	securekey_request_put(req);
}

/* A request that ended holds neither the key nor the memory. */
static void request_pins(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct securekey_buffer *dst;
	struct securekey_key *key;
	struct told *told;

	req = make_request(test, &told);
	key = t->key;
	dst = t->dst;
	securekey_key_put(key);
	securekey_buffer_put(dst);
	KUNIT_EXPECT_EQ(test, 0, t->fake->unloads);
	KUNIT_EXPECT_EQ(test, 0, t->fake->unmaps);

	KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	KUNIT_EXPECT_EQ(test, 0, t->fake->unloads);
	fake_complete_first(t->fake, 0);
	KUNIT_EXPECT_EQ(test, 1, t->fake->unloads);
	KUNIT_EXPECT_EQ(test, 1, t->fake->unmaps);
	KUNIT_EXPECT_EQ(test, 0, securekey_request_cancel(req));
	securekey_request_put(req);

	t->key = fake_key(test, t->fake, &fake_params);
	t->dst = securekey_buffer_attach(t->fake->provider, t->dmabuf);
}

static void tell_mapped(struct securekey_request *req, int status)
{
	struct request_test *t = kunit_get_current_test()->priv;
	struct told *told = req->private;

	told->mapped = t->fake->maps - t->fake->unmaps;
	tell(req, status);
}

/* Whoever is told of the end may count on the memory not being mapped. */
static void request_unmapped_when_told(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct told *told;

	req = make_request(test, &told);
	req->complete = tell_mapped;
	told->mapped = -1;
	securekey_buffer_put(t->dst);
	t->dst = NULL;

	KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	fake_complete_first(t->fake, 0);
	expect_told(test, told, 0);
	KUNIT_EXPECT_EQ(test, 0, told->mapped);
	securekey_request_put(req);
}

static void request_never_submitted(struct kunit *test)
{
	struct securekey_request *req;
	struct told *told;

	req = make_request(test, &told);
	KUNIT_EXPECT_EQ(test, -EINVAL, securekey_request_cancel(req));
	securekey_request_put(req);
	KUNIT_EXPECT_EQ(test, 0, told->times);
}

static void put_and_tell(struct securekey_request *req, int status)
{
	struct told *told = req->private;

	securekey_request_put(req);
	told->times++;
	told->status = status;
	complete(&told->done);
}

static void request_put_in_callback(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct told *told;

	req = make_request(test, &told);
	req->complete = put_and_tell;
	KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	fake_complete_first(t->fake, 0);
	expect_told(test, told, 0);
}

static void request_cancel(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct told *told;

	req = make_request(test, &told);
	KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	KUNIT_EXPECT_EQ(test, -ECANCELED, securekey_request_cancel(req));
	expect_told(test, told, -ECANCELED);
	KUNIT_EXPECT_EQ(test, 1, t->fake->cancels);
	securekey_request_put(req);
}

static void request_cancel_too_late(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct told *told;

	t->fake->cancel = FAKE_CANCEL_SUCCEEDS;
	req = make_request(test, &told);
	KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	KUNIT_EXPECT_EQ(test, 0, securekey_request_cancel(req));
	expect_told(test, told, 0);
	securekey_request_put(req);
}

/**
 * struct elsewhere - a call that another task makes
 * @call: the call
 * @req: its argument
 * @task: the task
 * @started: completed before the call
 * @returned: completed after it
 * @ret: what it returned
 */
struct elsewhere {
	int (*call)(struct securekey_request *req);
	struct securekey_request *req;
	struct task_struct *task;
	struct completion started;
	struct completion returned;
	int ret;
};

static int elsewhere_thread(void *data)
{
	struct elsewhere *e = data;

	/* A kernel thread gets no signal it does not ask for. */
	allow_signal(SIGUSR1);
	complete(&e->started);
	e->ret = e->call(e->req);
	complete(&e->returned);
	while (!kthread_should_stop())
		usleep_range(500, 1000);

	return 0;
}

/* Start a call that is going to wait. */
static struct elsewhere *
call_elsewhere(struct kunit *test, int (*call)(struct securekey_request *),
	       struct securekey_request *req)
{
	struct elsewhere *e;

	e = kunit_kzalloc(test, sizeof(*e), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, e);
	e->call = call;
	e->req = req;
	init_completion(&e->started);
	init_completion(&e->returned);
	e->task = kthread_run(elsewhere_thread, e, "elsewhere");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, e->task);
	get_task_struct(e->task);
	wait_for_completion(&e->started);
	msleep(A_MOMENT_MS);
	KUNIT_EXPECT_FALSE(test, completion_done(&e->returned));

	return e;
}

/* Wait for it to return, which it must, and say what. */
static int call_returned(struct kunit *test, struct elsewhere *e)
{
	unsigned long left;

	left = wait_for_completion_timeout(&e->returned, PATIENCE);
	KUNIT_EXPECT_NE(test, 0, left);
	if (!left) {
		/* The test has failed; do not hang for it. */
		send_sig(SIGUSR1, e->task, 1);
		complete_all(&e->req->done);
	}
	kthread_stop_put(e->task);

	return e->ret;
}

/* Cancelling is over when the provider lets go of the memory, not before. */
static void request_cancel_waits(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct elsewhere *e;
	struct told *told;

	t->fake->cancel = FAKE_CANCEL_LATER;
	req = make_request(test, &told);
	KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));

	e = call_elsewhere(test, securekey_request_cancel, req);
	KUNIT_EXPECT_TRUE(test, securekey_request_aborted(req));
	KUNIT_EXPECT_EQ(test, 0, told->times);

	fake_complete_first(t->fake, -EIO);
	KUNIT_EXPECT_EQ(test, -ECANCELED, call_returned(test, e));
	expect_told(test, told, -ECANCELED);
	securekey_request_put(req);
}

/* What the fake provider does, but not before another task has cancelled. */
static int submit_while_cancelled(struct securekey_provider *p,
				  struct securekey_request *req)
{
	struct kunit *test = kunit_get_current_test();
	struct request_test *t = test->priv;

	t->canceller = call_elsewhere(test, securekey_request_cancel, req);
	if (t->submit_error)
		return t->submit_error;

	return fake_submit(p, req);
}

/* The provider hears of it when it knows the request, and not before. */
static void request_cancel_while_submitting(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct told *told;

	t->fake->ops.submit = submit_while_cancelled;
	req = make_request(test, &told);
	KUNIT_EXPECT_EQ(test, 0, securekey_request_submit(req));
	KUNIT_ASSERT_NOT_NULL(test, t->canceller);
	KUNIT_EXPECT_EQ(test, -ECANCELED, call_returned(test, t->canceller));
	KUNIT_EXPECT_EQ(test, 1, t->fake->cancels);
	expect_told(test, told, -ECANCELED);
	securekey_request_put(req);
}

/* Who cancels is not left waiting for the end of what never began. */
static void request_cancel_while_refused(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct told *told;

	t->fake->ops.submit = submit_while_cancelled;
	t->submit_error = -EIO;
	req = make_request(test, &told);
	KUNIT_EXPECT_EQ(test, -EIO, securekey_request_submit(req));
	KUNIT_ASSERT_NOT_NULL(test, t->canceller);
	KUNIT_EXPECT_EQ(test, -ECANCELED, call_returned(test, t->canceller));
	KUNIT_EXPECT_EQ(test, 0, t->fake->cancels);
	KUNIT_EXPECT_EQ(test, 0, told->times);
	expect_last(test, req);
	securekey_request_put(req);
}

static void request_timeout(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct told *told;

	req = make_request(test, &told);
	req->timeout_ms = A_MOMENT_MS;
	KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	expect_told(test, told, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, 1, t->fake->cancels);
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT, securekey_request_cancel(req));
	securekey_request_put(req);
}

static void request_in_time(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct told *told;

	req = make_request(test, &told);
	req->timeout_ms = A_MOMENT_MS;
	KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	fake_complete_first(t->fake, 0);
	msleep(2 * A_MOMENT_MS);
	expect_told(test, told, 0);
	KUNIT_EXPECT_EQ(test, 0, t->fake->cancels);
	securekey_request_put(req);
}

static void request_queue_full(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *reqs[FAKE_QUEUE_DEPTH];
	struct told *told[FAKE_QUEUE_DEPTH];
	struct securekey_request *more;
	struct told *told_more;
	int i;

	for (i = 0; i < FAKE_QUEUE_DEPTH; i++) {
		reqs[i] = make_request(test, &told[i]);
		KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(reqs[i]));
	}

	more = make_request(test, &told_more);
	KUNIT_EXPECT_EQ(test, -EAGAIN, securekey_request_submit(more));
	KUNIT_EXPECT_EQ(test, -EINVAL, securekey_request_cancel(more));

	/* One ends, one starts; refusing it has not hurt it. */
	fake_complete_first(t->fake, 0);
	KUNIT_EXPECT_EQ(test, 0, securekey_request_submit(more));
	KUNIT_EXPECT_EQ(test, 0, told_more->times);

	for (i = 0; i < FAKE_QUEUE_DEPTH; i++)
		fake_complete_first(t->fake, 0);

	expect_told(test, told_more, 0);
	for (i = 0; i < FAKE_QUEUE_DEPTH; i++) {
		expect_told(test, told[i], 0);
		securekey_request_put(reqs[i]);
	}
	securekey_request_put(more);
}

static int submit_wait(struct securekey_request *req)
{
	long timeo = MAX_SCHEDULE_TIMEOUT;

	return securekey_request_submit_wait(req, &timeo);
}

static void request_wait_for_slot(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req, *more;
	struct told *told, *told_more;
	struct elsewhere *e;
	int i;

	for (i = 0; i < FAKE_QUEUE_DEPTH; i++) {
		req = make_request(test, &told);
		req->complete = put_and_tell;
		KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	}

	more = make_request(test, &told_more);
	e = call_elsewhere(test, submit_wait, more);
	fake_complete_first(t->fake, 0);
	KUNIT_EXPECT_EQ(test, 0, call_returned(test, e));
	KUNIT_EXPECT_EQ(test, 0, told_more->times);

	for (i = 0; i < FAKE_QUEUE_DEPTH; i++)
		fake_complete_first(t->fake, 0);

	expect_told(test, told_more, 0);
	securekey_request_put(more);
}

static void request_wait_interrupted(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req, *more;
	struct told *told, *told_more;
	struct elsewhere *e;
	int i;

	for (i = 0; i < FAKE_QUEUE_DEPTH; i++) {
		req = make_request(test, &told);
		req->complete = put_and_tell;
		KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	}

	more = make_request(test, &told_more);
	e = call_elsewhere(test, submit_wait, more);
	send_sig(SIGUSR1, e->task, 1);
	KUNIT_EXPECT_EQ(test, -ERESTARTSYS, call_returned(test, e));

	for (i = 0; i < FAKE_QUEUE_DEPTH; i++)
		fake_complete_first(t->fake, 0);

	KUNIT_EXPECT_EQ(test, 0, told_more->times);
	securekey_request_put(more);
}

static void request_wait_in_vain(struct kunit *test)
{
	struct request_test *t = test->priv;
	long timeo = msecs_to_jiffies(A_MOMENT_MS);
	struct securekey_request *req, *more;
	struct told *told, *told_more;
	int i;

	for (i = 0; i < FAKE_QUEUE_DEPTH; i++) {
		req = make_request(test, &told);
		req->complete = put_and_tell;
		KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	}

	more = make_request(test, &told_more);
	KUNIT_EXPECT_EQ(test, -EAGAIN,
			securekey_request_submit_wait(more, &timeo));
	KUNIT_EXPECT_EQ(test, 0, timeo);

	/* It may be tried again, and takes no time when there is room. */
	fake_complete_first(t->fake, 0);
	timeo = PATIENCE;
	KUNIT_EXPECT_EQ(test, 0, securekey_request_submit_wait(more, &timeo));
	KUNIT_EXPECT_EQ(test, PATIENCE, timeo);

	for (i = 0; i < FAKE_QUEUE_DEPTH; i++)
		fake_complete_first(t->fake, 0);

	expect_told(test, told_more, 0);
	securekey_request_put(more);
}

/* Have the provider come back with limits of the test's. */
static void use_caps(struct kunit *test, const struct securekey_caps *caps)
{
	struct request_test *t = test->priv;

	securekey_key_put(t->key);
	securekey_buffer_put(t->dst);
	t->key = NULL;
	t->dst = NULL;
	fake_return(test, t->fake, caps);
	t->key = fake_key(test, t->fake, &fake_params);
	t->dst = securekey_buffer_attach(t->fake->provider, t->dmabuf);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->dst);
}

/* One key's requests leave room for those of others. */
static void request_key_full(struct kunit *test)
{
	struct securekey_caps caps = fake_desc.caps;
	struct request_test *t = test->priv;
	struct securekey_request *req, *more, *other;
	struct told *told, *told_more, *told_other;
	struct elsewhere *e;
	int i;

	caps.key_depth = 2;
	use_caps(test, &caps);

	for (i = 0; i < caps.key_depth; i++) {
		req = make_request(test, &told);
		req->complete = put_and_tell;
		KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	}

	more = make_request(test, &told_more);
	KUNIT_EXPECT_EQ(test, -EAGAIN, securekey_request_submit(more));

	securekey_key_put(t->key);
	t->key = fake_key(test, t->fake, &fake_params);
	other = make_request(test, &told_other);
	KUNIT_EXPECT_EQ(test, 0, securekey_request_submit(other));

	/* When one of its own has ended, and not before. */
	e = call_elsewhere(test, submit_wait, more);
	KUNIT_EXPECT_EQ(test, -ECANCELED, securekey_request_cancel(other));
	expect_told(test, told_other, -ECANCELED);
	securekey_request_put(other);
	msleep(A_MOMENT_MS);
	KUNIT_EXPECT_FALSE(test, completion_done(&e->returned));
	fake_complete_first(t->fake, 0);
	KUNIT_EXPECT_EQ(test, 0, call_returned(test, e));

	for (i = 0; i < caps.key_depth; i++)
		fake_complete_first(t->fake, 0);
	expect_told(test, told_more, 0);
	securekey_request_put(more);
}

/* Nor does one that was refused count. */
static void request_key_refused(struct kunit *test)
{
	struct securekey_caps caps = fake_desc.caps;
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct told *told;
	int i;

	caps.key_depth = 1;
	use_caps(test, &caps);

	t->fake->submit_error = -ENOSPC;
	for (i = 0; i < 3; i++) {
		req = make_request(test, &told);
		KUNIT_EXPECT_EQ(test, -ENOSPC, securekey_request_submit(req));
		securekey_request_put(req);
	}

	t->fake->submit_error = 0;
	req = make_request(test, &told);
	KUNIT_EXPECT_EQ(test, 0, securekey_request_submit(req));
	fake_complete_first(t->fake, 0);
	expect_told(test, told, 0);
	securekey_request_put(req);
}

/* A request that the provider refused is over; its place in the queue is not. */
static void request_refused_by_provider(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct told *told;
	int i;

	/* More often than there are slots. */
	t->fake->submit_error = -EBUSY;
	for (i = 0; i < 2 * FAKE_QUEUE_DEPTH; i++) {
		req = make_request(test, &told);
		KUNIT_EXPECT_EQ(test, -EBUSY, securekey_request_submit(req));
		KUNIT_EXPECT_EQ(test, -EBUSY, securekey_request_cancel(req));
		KUNIT_EXPECT_EQ(test, 0, t->fake->cancels);
		KUNIT_EXPECT_EQ(test, 0, told->times);
		expect_last(test, req);
		securekey_request_put(req);
	}

	t->fake->submit_error = 0;
	req = make_request(test, &told);
	KUNIT_EXPECT_EQ(test, 0, securekey_request_submit(req));
	fake_complete_first(t->fake, 0);
	expect_told(test, told, 0);
	expect_last(test, req);
	securekey_request_put(req);
}

struct check_case {
	const char *name;
	void (*spoil)(struct securekey_request *req);
	int ret;
};

#define CHECK_CASE(what, statement)					\
static void check_##what(struct securekey_request *req)			\
{									\
	statement;							\
}

CHECK_CASE(nothing, (void)req)
CHECK_CASE(mode_none, req->mode = 0)
CHECK_CASE(mode_two, req->mode = SECUREKEY_MODE_ALL)
CHECK_CASE(mode_other, req->mode = SECUREKEY_MODE_CTR)
CHECK_CASE(len_0, req->len = 0)
CHECK_CASE(len_no_block, req->len = 17)
CHECK_CASE(len_more_than_source, req->len = 80)
CHECK_CASE(len_more_than_taken, req->len = FAKE_MAX_LEN + 16)
CHECK_CASE(offset_misaligned, req->dst_offset = 8)
CHECK_CASE(offset_end, req->dst_offset = FAKE_BUFFER_SIZE)
CHECK_CASE(offset_over_end, req->dst_offset = FAKE_BUFFER_SIZE - 16)
CHECK_CASE(offset_overflow, req->dst_offset = U64_MAX - 15)

#define CHECK(what, error) \
	{ .name = #what, .spoil = check_##what, .ret = error }

static const struct check_case check_cases[] = {
	CHECK(nothing, 0),
	CHECK(mode_none, -EINVAL),
	CHECK(mode_two, -EINVAL),
	CHECK(mode_other, -EKEYREJECTED),
	CHECK(len_0, -EINVAL),
	CHECK(len_no_block, -EINVAL),
	CHECK(len_more_than_source, -EINVAL),
	CHECK(len_more_than_taken, -EMSGSIZE),
	CHECK(offset_misaligned, -EINVAL),
	CHECK(offset_end, -EINVAL),
	CHECK(offset_over_end, -EINVAL),
	CHECK(offset_overflow, -EOVERFLOW),
};

KUNIT_ARRAY_PARAM_DESC(check, check_cases, name);

static void request_check(struct kunit *test)
{
	const struct check_case *c = test->param_value;
	struct request_test *t = test->priv;
	struct securekey_request *req;
	struct told *told;

	req = make_request(test, &told);
	c->spoil(req);
	KUNIT_EXPECT_EQ(test, c->ret, securekey_request_submit(req));
	if (!c->ret)
		fake_complete_first(t->fake, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&t->fake->requests));
	securekey_request_put(req);
}

static void request_protected_only(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_params params = fake_params;
	struct dma_buf *dmabuf = fake_dmabuf(test, FAKE_PROTECTED, O_RDWR);
	struct securekey_request *req;
	struct told *told;

	params.flags |= SECUREKEY_FLAG_PROTECTED_DST_ONLY;
	securekey_key_put(t->key);
	t->key = fake_key(test, t->fake, &params);

	req = make_request(test, &told);
	KUNIT_EXPECT_EQ(test, -EPERM, securekey_request_submit(req));
	securekey_request_put(req);

	securekey_buffer_put(t->dst);
	t->dst = securekey_buffer_attach(t->fake->provider, dmabuf);
	dma_buf_put(dmabuf);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->dst);

	req = make_request(test, &told);
	KUNIT_EXPECT_EQ(test, 0, securekey_request_submit(req));
	fake_complete_first(t->fake, 0);
	securekey_request_put(req);
}

/* What is in flight ends, and nothing starts any more. */
static void request_provider_gone(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *reqs[2];
	struct securekey_request *late;
	struct told *told[2];
	struct told *told_late;
	int i;

	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		reqs[i] = make_request(test, &told[i]);
		KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(reqs[i]));
	}
	late = make_request(test, &told_late);

	fake_unregister(t->fake);

	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		expect_told(test, told[i], -ENODEV);
		KUNIT_EXPECT_EQ(test, -ENODEV,
				securekey_request_cancel(reqs[i]));
		securekey_request_put(reqs[i]);
	}

	KUNIT_EXPECT_EQ(test, -ENODEV, securekey_request_submit(late));
	KUNIT_EXPECT_EQ(test, -ENODEV, submit_wait(late));
	KUNIT_EXPECT_EQ(test, 0, told_late->times);
	securekey_request_put(late);
}

static int generate(struct securekey_request *req)
{
	void *blob __free(kfree) = kmalloc(SECUREKEY_BLOB_MAX_LEN, GFP_KERNEL);

	if (!blob)
		return -ENOMEM;

	return securekey_generate(req->provider, &fake_params, blob,
				  SECUREKEY_BLOB_MAX_LEN);
}

static int unregister(struct securekey_request *req)
{
	fake_unregister(securekey_provider_drvdata(req->provider));

	return 0;
}

/* One who hangs in the provider keeps it from leaving, and nobody from letting go. */
static void request_provider_hangs(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct elsewhere *hangs, *leaves;
	struct securekey_request *req;
	struct securekey_key *key;
	struct told *told;
	unsigned long left;

	key = fake_key(test, t->fake, &fake_params);
	t->fake->ops.generate = fake_hang;

	req = make_request(test, &told);
	hangs = call_elsewhere(test, generate, req);
	wait_for_completion(&t->fake->entered);
	req->timeout_ms = 10 * A_MOMENT_MS;
	KUNIT_EXPECT_EQ(test, 0, securekey_request_submit(req));
	leaves = call_elsewhere(test, unregister, req);

	left = wait_for_completion_timeout(&told->done, PATIENCE);
	KUNIT_EXPECT_NE(test, 0, left);
	if (left) {
		KUNIT_EXPECT_EQ(test, -ETIMEDOUT, told->status);
		KUNIT_EXPECT_EQ(test, 0, t->fake->unloads);
		securekey_key_put(key);
		KUNIT_EXPECT_EQ(test, 1, t->fake->unloads);
		KUNIT_EXPECT_FALSE(test, completion_done(&hangs->returned));
		KUNIT_EXPECT_FALSE(test, completion_done(&leaves->returned));
	}

	complete_all(&t->fake->go_on);
	KUNIT_EXPECT_GT(test, call_returned(test, hangs), 0);
	KUNIT_EXPECT_EQ(test, 0, call_returned(test, leaves));
	if (!left)
		securekey_key_put(key);
	securekey_request_put(req);
}

static void request_wait_provider_gone(struct kunit *test)
{
	struct request_test *t = test->priv;
	struct securekey_request *req, *more;
	struct told *told, *told_more;
	struct elsewhere *e;
	int i;

	for (i = 0; i < FAKE_QUEUE_DEPTH; i++) {
		req = make_request(test, &told);
		req->complete = put_and_tell;
		KUNIT_ASSERT_EQ(test, 0, securekey_request_submit(req));
	}

	more = make_request(test, &told_more);
	e = call_elsewhere(test, submit_wait, more);
	fake_unregister(t->fake);
	KUNIT_EXPECT_EQ(test, -ENODEV, call_returned(test, e));
	KUNIT_EXPECT_EQ(test, 0, told_more->times);
	securekey_request_put(more);
}

static struct kunit_case request_cases[] = {
	KUNIT_CASE(request_success),
	KUNIT_CASE(request_failure),
	KUNIT_CASE(request_pins),
	KUNIT_CASE(request_unmapped_when_told),
	KUNIT_CASE(request_never_submitted),
	KUNIT_CASE(request_put_in_callback),
	KUNIT_CASE(request_cancel),
	KUNIT_CASE(request_cancel_too_late),
	KUNIT_CASE(request_cancel_waits),
	KUNIT_CASE(request_cancel_while_submitting),
	KUNIT_CASE(request_cancel_while_refused),
	KUNIT_CASE(request_timeout),
	KUNIT_CASE(request_in_time),
	KUNIT_CASE(request_queue_full),
	KUNIT_CASE(request_wait_for_slot),
	KUNIT_CASE(request_wait_interrupted),
	KUNIT_CASE(request_wait_in_vain),
	KUNIT_CASE(request_key_full),
	KUNIT_CASE(request_key_refused),
	KUNIT_CASE(request_refused_by_provider),
	KUNIT_CASE_PARAM(request_check, check_gen_params),
	KUNIT_CASE(request_protected_only),
	KUNIT_CASE(request_provider_gone),
	KUNIT_CASE(request_provider_hangs),
	KUNIT_CASE(request_wait_provider_gone),
	{}
};

static struct kunit_suite request_suite = {
	.name = "securekey_request",
	.init = request_test_init,
	.exit = request_test_exit,
	.test_cases = request_cases,
};

kunit_test_suite(request_suite);

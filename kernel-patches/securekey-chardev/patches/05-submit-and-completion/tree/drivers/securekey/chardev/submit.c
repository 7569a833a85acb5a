// SPDX-License-Identifier: GPL-2.0-only
/*
 * Secure key character devices: decryptions of a session, in flight and ended.
 *
 * A job is a request and what there is to tell of it when it has ended. It is counted
 * in &securekey_session.pending from before it is made until it is freed, on
 * &securekey_session.running from before it is submitted, and on
 * &securekey_session.done from its end until somebody has read that.
 *
 * It is job_complete() that moves it from one to the other, in the core's context. No
 * job is freed before job_complete() has returned, which is waited for by
 * securekey_request_cancel(); and no session before all of its jobs are. So there is
 * nobody in this module any more when the last of its descriptors has been closed.
 */

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "session.h"

/**
 * struct securekey_job - a request of a session
 * @node: in the session's @running or @done, under its lock
 * @session: outlives this
 * @req: the request, one reference
 * @src: the ciphertext, until the request has ended
 * @cookie: by which user space knows it
 * @status: how it ended: 0 or an error
 */
struct securekey_job {
	struct list_head node;
	struct securekey_session *session;
	struct securekey_request *req;
	struct scatterlist *src;
	u64 cookie;
	int status;
};

static_assert(sizeof(struct securekey_dev_request) ==
	      SECUREKEY_DEV_REQUEST_SIZE_VER0);
static_assert(sizeof(struct securekey_dev_completion) == 16);

static void job_free(struct securekey_job *job)
{
	if (IS_ERR_OR_NULL(job))
		return;

	/* It may be ending just now. Not submitted, there is nothing to wait for. */
	if (job->req)
		securekey_request_cancel(job->req);
	securekey_request_put(job->req);
	if (job->src)
		sgl_free(job->src);
	kfree(job);
}

DEFINE_FREE(job, struct securekey_job *, job_free(_T))

static void job_complete(struct securekey_request *req, int status)
{
	struct securekey_job *job = req->private;
	struct securekey_session *s = job->session;

	sgl_free(job->src);
	job->src = NULL;
	job->status = status;

	scoped_guard(spinlock, &s->lock) {
		list_move_tail(&job->node, &s->done);
		if (status)
			s->nr_failed++;
	}

	/* The job may be on its way to user space, but is still waited for. */
	wake_up(&s->wait);
}

static int job_copy_source(struct securekey_job *job, u64 addr, size_t len)
{
	const u8 __user *from = u64_to_user_ptr(addr);
	struct scatterlist *sg;

	job->src = sgl_alloc(len, GFP_KERNEL_ACCOUNT, NULL);
	if (!job->src)
		return -ENOMEM;

	for (sg = job->src; sg; sg = sg_next(sg)) {
		if (copy_from_user(sg_virt(sg), from, sg->length))
			return -EFAULT;
		from += sg->length;
		cond_resched();
	}

	return 0;
}

/* Make the request, and check its length before memory is spent on it. */
static int job_pin(struct securekey_job *job,
		   const struct securekey_dev_request *r)
{
	struct securekey_session *s = job->session;
	struct securekey_buffer *dst;
	int ret;

	guard(mutex)(&s->buffers_lock);

	dst = xa_load(&s->buffers, r->dst);
	if (!dst)
		return -ENOENT;

	ret = securekey_buffer_check_range(dst, r->dst_offset, r->len);
	if (ret)
		return ret;

	if (r->len > securekey_max_len(s->key->provider))
		return -EMSGSIZE;

	job->req = securekey_request_alloc(s->key, dst, GFP_KERNEL_ACCOUNT);

	return job->req ? 0 : -ENOMEM;
}

static struct securekey_job *job_alloc(struct securekey_session *s,
				       const struct securekey_dev_request *r)
{
	int ret;

	struct securekey_job *job __free(job) =
		kzalloc_obj(*job, GFP_KERNEL_ACCOUNT);
	if (!job)
		return ERR_PTR(-ENOMEM);

	INIT_LIST_HEAD(&job->node);
	job->session = s;
	job->cookie = r->cookie;

	ret = job_pin(job, r);
	if (ret)
		return ERR_PTR(ret);

	ret = job_copy_source(job, r->src, r->len);
	if (ret)
		return ERR_PTR(ret);

	job->req->mode = s->mode;
	memcpy(job->req->iv, r->iv, sizeof(job->req->iv));
	job->req->src = job->src;
	job->req->len = r->len;
	job->req->dst_offset = r->dst_offset;
	job->req->complete = job_complete;
	job->req->private = job;

	return_ptr(job);
}

/* After this @job belongs to whoever reads of its end, or to nobody if it fails. */
static int job_submit(struct securekey_job *job, long *timeo)
{
	struct securekey_session *s = job->session;
	int ret;

	scoped_guard(spinlock, &s->lock)
		list_add_tail(&job->node, &s->running);

	ret = securekey_request_submit_wait(job->req, timeo);
	if (!ret)
		return 0;

	scoped_guard(spinlock, &s->lock)
		list_del(&job->node);
	job_free(job);

	return ret;
}

static bool session_reserve(struct securekey_session *s)
{
	guard(spinlock)(&s->lock);

	if (s->pending >= SECUREKEY_MAX_PENDING)
		return false;

	s->pending++;

	return true;
}

static void session_unreserve(struct securekey_session *s)
{
	bool was_full;

	spin_lock(&s->lock);
	was_full = s->pending-- == SECUREKEY_MAX_PENDING;
	spin_unlock(&s->lock);

	/* For who polls for EPOLLOUT. */
	if (was_full)
		wake_up(&s->wait);
}

static int session_submit_one(struct securekey_session *s,
			      const struct securekey_dev_request *r, long *timeo)
{
	struct securekey_job *job;
	int ret;

	if (r->flags)
		return -EINVAL;

	/* Only its own user can make room, so do not wait for that. */
	if (!session_reserve(s))
		return -EBUSY;

	job = job_alloc(s, r);
	ret = IS_ERR(job) ? PTR_ERR(job) : job_submit(job, timeo);
	if (ret)
		session_unreserve(s);

	return ret;
}

/* One submits at a time: there is no more than one source that waits for room. */
static int session_lock_submit(struct securekey_session *s, bool nonblock)
{
	if (nonblock)
		return mutex_trylock(&s->submit_lock) ? 0 : -EAGAIN;

	return mutex_lock_interruptible(&s->submit_lock) ? -ERESTARTSYS : 0;
}

/**
 * securekey_session_submit - start requests
 * @file: the session
 * @arg: a struct securekey_dev_submit
 *
 * Return: how many were started, or why the first of them was not.
 */
long securekey_session_submit(struct file *file, void *arg)
{
	bool nonblock = file->f_flags & O_NONBLOCK;
	long timeo = nonblock ? 0 : MAX_SCHEDULE_TIMEOUT;
	struct securekey_session *s = file->private_data;
	const struct securekey_dev_submit *sub = arg;
	u32 i, n = min(sub->count, SECUREKEY_MAX_PENDING);
	struct securekey_dev_request r;
	u64 addr = sub->requests;
	int ret;

	if (!n || sub->request_size < SECUREKEY_DEV_REQUEST_SIZE_VER0)
		return -EINVAL;

	if (sub->request_size > PAGE_SIZE)
		return -E2BIG;

	ret = session_lock_submit(s, nonblock);
	if (ret)
		return ret;

	for (i = 0; i < n; i++, addr += sub->request_size) {
		ret = copy_struct_from_user(&r, sizeof(r), u64_to_user_ptr(addr),
					    sub->request_size);
		if (!ret)
			ret = session_submit_one(s, &r, &timeo);
		if (ret)
			break;
	}
	mutex_unlock(&s->submit_lock);

	return i ?: ret;
}

/* Whoever holds &securekey_session.read_lock takes jobs away; others only add. */
static struct securekey_job *session_first_done(struct securekey_session *s)
{
	guard(spinlock)(&s->lock);

	return list_first_entry_or_null(&s->done, struct securekey_job, node);
}

static void session_remove_done(struct securekey_session *s,
				struct securekey_job *job)
{
	scoped_guard(spinlock, &s->lock) {
		list_del(&job->node);
		if (job->status)
			s->nr_failed--;
	}
	job_free(job);
	session_unreserve(s);
}

/* As many records as there are and fit, and at least one does. 0 if there is none. */
static ssize_t session_read_done(struct securekey_session *s, char __user *to,
				 size_t size)
{
	struct securekey_dev_completion record;
	struct securekey_job *job;
	ssize_t copied = 0;

	if (mutex_lock_interruptible(&s->read_lock))
		return -ERESTARTSYS;

	while (size - copied >= sizeof(record)) {
		job = session_first_done(s);
		if (!job)
			break;

		record = (struct securekey_dev_completion) {
			.cookie = job->cookie,
			.status = job->status,
		};
		/* It stays to be read if this fails. */
		if (copy_to_user(to + copied, &record, sizeof(record))) {
			copied = copied ?: -EFAULT;
			break;
		}
		copied += sizeof(record);
		session_remove_done(s, job);
	}
	mutex_unlock(&s->read_lock);

	return copied;
}

/* Nothing is to be read, and nothing will ever be. */
static bool session_is_over(struct securekey_session *s)
{
	guard(spinlock)(&s->lock);

	return READ_ONCE(s->cdev->gone) && list_empty(&s->done) &&
	       list_empty(&s->running);
}

static bool session_is_readable(struct securekey_session *s)
{
	return session_first_done(s) || session_is_over(s);
}

/**
 * securekey_session_read - tell how requests ended
 * @file: the session
 * @to: where to
 * @size: room there
 * @ppos: is of no meaning
 *
 * Return: length of the records; -EINVAL when there is no room for one; -EAGAIN when
 * there is none and @file is O_NONBLOCK; -ENODEV when there is none and the provider
 * has gone; -ERESTARTSYS; -EFAULT.
 */
ssize_t securekey_session_read(struct file *file, char __user *to, size_t size,
			       loff_t *ppos)
{
	struct securekey_session *s = file->private_data;
	ssize_t ret;

	if (size < sizeof(struct securekey_dev_completion))
		return -EINVAL;

	for (;;) {
		ret = session_read_done(s, to, size);
		if (ret)
			return ret;

		if (session_is_over(s))
			return -ENODEV;

		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;

		ret = wait_event_interruptible(s->wait, session_is_readable(s));
		if (ret)
			return ret;
	}
}

/**
 * securekey_session_poll - tell what a session is ready for
 * @file: the session
 * @wait: as for all such functions
 *
 * Return: EPOLLIN when something can be read, with EPOLLERR when a failure is among
 * it; EPOLLOUT when a request would not have to wait; EPOLLERR and EPOLLHUP when the
 * provider has gone.
 */
__poll_t securekey_session_poll(struct file *file, poll_table *wait)
{
	struct securekey_session *s = file->private_data;
	__poll_t mask = 0;
	bool room;

	poll_wait(file, &s->wait, wait);
	room = securekey_provider_poll(s->key->provider, file, wait);

	if (READ_ONCE(s->cdev->gone))
		mask |= EPOLLERR | EPOLLHUP;

	guard(spinlock)(&s->lock);

	if (!list_empty(&s->done))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (s->nr_failed)
		mask |= EPOLLERR;
	if (room && s->pending < SECUREKEY_MAX_PENDING)
		mask |= EPOLLOUT | EPOLLWRNORM;

	return mask;
}

static struct securekey_request *session_first_running(struct securekey_session *s)
{
	struct securekey_job *job;

	guard(spinlock)(&s->lock);

	job = list_first_entry_or_null(&s->running, struct securekey_job, node);

	return job ? securekey_request_get(job->req) : NULL;
}

/* The session is closed: end and free all of its jobs. */
void securekey_session_cancel(struct securekey_session *s)
{
	struct securekey_job *job, *next;
	struct securekey_request *req;

	while ((req = session_first_running(s))) {
		securekey_request_cancel(req);
		securekey_request_put(req);
	}

	list_for_each_entry_safe(job, next, &s->done, node)
		job_free(job);
}

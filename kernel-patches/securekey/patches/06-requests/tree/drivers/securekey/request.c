// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decryptions in flight: a bounded number, for a bounded time, and each ends once.
 *
 * A request is submitted, completed and freed:
 *
 *  - securekey_request_submit() puts it on the provider's list and takes a
 *    reference, which securekey_request_complete() drops at its very end, or
 *    request_start() when the provider refuses.
 *  - &securekey_provider.lock decides between completion and everything that wants
 *    to hurry it up: time-out, cancelling, the provider leaving. The first of those
 *    to come says in &securekey_request.abort what the owner is told if the
 *    provider does give up. While the provider is being handed the request it is
 *    not told; request_start() does that afterwards.
 *  - Completion drops what the request pins before it tells the owner: whoever
 *    learns that a request has ended can rely on its mapping of the memory being
 *    gone, and an owner who keeps it keeps no key and no memory with it.
 *  - The time-out is armed when the provider has accepted the request, and holds a
 *    reference as long as it is pending.
 */

#include <crypto/aes.h>
#include <linux/bits.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "internal.h"

/* Time-outs, which may have to wait for a provider. */
static struct workqueue_struct *timeout_wq;

/*
 * Of a request: not submitted or only tried to, while the queue was full; being
 * handed to the provider; accepted by it; ended or refused.
 */
enum {
	REQUEST_NEW,
	REQUEST_STARTING,
	REQUEST_SUBMITTED,
	REQUEST_COMPLETED,
};

/* Make @req end soon, telling the owner @why unless it succeeds all the same. */
static void request_abort(struct securekey_request *req, int why)
{
	struct securekey_provider *p = req->provider;

	scoped_guard(spinlock, &p->lock) {
		if (req->state == REQUEST_NEW || req->state == REQUEST_COMPLETED)
			return;
		if (!req->abort)
			WRITE_ONCE(req->abort, why);
		if (req->state == REQUEST_STARTING)
			return;
	}

	/* Completed by now? The provider copes with that. */
	scoped_guard(srcu, &p->srcu)
		if (!READ_ONCE(p->gone))
			p->ops->cancel(p, req);
}

static void request_timeout(struct work_struct *work)
{
	struct securekey_request *req =
		container_of(to_delayed_work(work), struct securekey_request,
			     timeout);

	request_abort(req, -ETIMEDOUT);
	securekey_request_put(req);
}

/**
 * securekey_request_alloc - make a request
 * @key: the key; the request takes a reference of its own
 * @dst: the destination; the request takes a reference of its own
 * @gfp: how to allocate
 *
 * Return: the request, to be given to securekey_request_put(), or NULL.
 */
struct securekey_request *securekey_request_alloc(struct securekey_key *key,
						  struct securekey_buffer *dst,
						  gfp_t gfp)
{
	struct securekey_request *req;

	req = kzalloc_obj(*req, gfp);
	if (!req)
		return NULL;

	kref_init(&req->ref);
	INIT_LIST_HEAD(&req->node);
	INIT_DELAYED_WORK(&req->timeout, request_timeout);
	init_completion(&req->done);

	req->provider = securekey_provider_ref(key->provider);
	req->key = securekey_key_get(key);
	kref_get(&dst->ref);
	req->dst = dst;

	return req;
}
EXPORT_SYMBOL_NS_GPL(securekey_request_alloc, "SECUREKEY");

/**
 * securekey_request_get - take one more reference
 * @req: a request
 *
 * Return: @req.
 */
struct securekey_request *securekey_request_get(struct securekey_request *req)
{
	kref_get(&req->ref);

	return req;
}
EXPORT_SYMBOL_NS_GPL(securekey_request_get, "SECUREKEY");

static void request_unpin(struct securekey_request *req)
{
	securekey_buffer_put(req->dst);
	securekey_key_put(req->key);
	req->dst = NULL;
	req->key = NULL;
}

static void request_release(struct kref *ref)
{
	struct securekey_request *req =
		container_of(ref, struct securekey_request, ref);

	request_unpin(req);
	securekey_provider_put(req->provider);
	kfree_sensitive(req);
}

/**
 * securekey_request_put - drop a reference
 * @req: a request, NULL or an error pointer
 *
 * Context: Process context, may sleep.
 */
void securekey_request_put(struct securekey_request *req)
{
	might_sleep();
	if (!IS_ERR_OR_NULL(req))
		kref_put(&req->ref, request_release);
}
EXPORT_SYMBOL_NS_GPL(securekey_request_put, "SECUREKEY");

/* Everything that a front end might get wrong, or try. */
static int request_check(const struct securekey_request *req)
{
	const struct securekey_provider *p = req->provider;
	const struct securekey_buffer *dst = req->dst;
	const struct securekey_key *key = req->key;
	int ret;

	if (WARN_ON(!req->complete || !req->src || req->state != REQUEST_NEW))
		return -EINVAL;

	if (dst->provider != p)
		return -EINVAL;

	ret = securekey_key_check(key, req->mode, SECUREKEY_DECRYPT);
	if (ret)
		return ret;

	if (key->params.flags & SECUREKEY_FLAG_PROTECTED_DST_ONLY &&
	    !dst->is_protected)
		return -EPERM;

	ret = securekey_buffer_check_range(dst, req->dst_offset, req->len);
	if (ret)
		return ret;

	if (req->len > p->caps.max_len)
		return -EMSGSIZE;

	if (req->mode == SECUREKEY_MODE_CBC && req->len % AES_BLOCK_SIZE)
		return -EINVAL;

	if (sg_nents_for_len(req->src, req->len) < 0)
		return -EINVAL;

	return 0;
}

static bool provider_has_room(const struct securekey_provider *p)
{
	return READ_ONCE(p->in_flight) < p->caps.queue_depth;
}

/* May one more request be started with @key? Both counts are under the lock. */
static bool key_has_room(const struct securekey_key *key)
{
	const struct securekey_provider *p = key->provider;

	if (p->caps.key_depth &&
	    READ_ONCE(key->in_flight) >= p->caps.key_depth)
		return false;

	return provider_has_room(p);
}

/* In or out of the queue, by one. */
static void request_count(struct securekey_request *req, int n)
{
	struct securekey_provider *p = req->provider;

	lockdep_assert_held(&p->lock);

	WRITE_ONCE(p->in_flight, p->in_flight + n);
	WRITE_ONCE(req->key->in_flight, req->key->in_flight + n);
}

/* Returns 1 when the queue is full. */
static int request_start(struct securekey_request *req)
{
	struct securekey_provider *p = req->provider;
	bool cancel = false;
	int ret;

	guard(srcu)(&p->srcu);

	if (READ_ONCE(p->dead))
		return -ENODEV;

	scoped_guard(spinlock, &p->lock) {
		if (!key_has_room(req->key))
			return 1;
		request_count(req, 1);
		list_add_tail(&req->node, &p->requests);
		req->state = REQUEST_STARTING;
		securekey_request_get(req);
	}

	ret = p->ops->submit(p, req);
	/* That would mean a full queue to the callers. */
	if (WARN_ON_ONCE(ret > 0))
		ret = -EIO;

	scoped_guard(spinlock, &p->lock) {
		if (ret) {
			request_count(req, -1);
			list_del_init(&req->node);
			req->state = REQUEST_COMPLETED;
			req->status = req->abort ?: ret;
		} else if (req->state == REQUEST_STARTING) {
			req->state = REQUEST_SUBMITTED;
			securekey_request_get(req);
			queue_delayed_work(timeout_wq, &req->timeout,
					   msecs_to_jiffies(req->timeout_ms));
			cancel = req->abort;
		}
	}

	if (cancel)
		p->ops->cancel(p, req);

	if (ret) {
		complete_all(&req->done);
		wake_up(&p->slot);
		securekey_request_put(req);
	}

	return ret;
}

/**
 * securekey_provider_poll - ask for room in a provider's queue, for poll()
 * @p: the provider, which must be referenced as long as @file is open
 * @file: the file that is polled
 * @wait: as given to the file's poll operation
 *
 * Return: whether a request could be started, or would fail because the provider
 * has gone. If not, whoever polls is woken when that changes.
 */
bool securekey_provider_poll(struct securekey_provider *p, struct file *file,
			     struct poll_table_struct *wait)
{
	poll_wait(file, &p->slot, wait);

	return provider_has_room(p) || READ_ONCE(p->dead);
}
EXPORT_SYMBOL_NS_GPL(securekey_provider_poll, "SECUREKEY");

static bool request_can_start(const struct securekey_key *key)
{
	return key_has_room(key) || READ_ONCE(key->provider->dead);
}

/**
 * securekey_key_poll - ask for room for a request with a key, for poll()
 * @key: the key, which must be referenced as long as @file is open
 * @file: the file that is polled
 * @wait: as given to the file's poll operation
 *
 * As securekey_provider_poll(), but a key may have all the requests in flight that
 * it may have before the queue is full.
 *
 * Return: whether a request could be started, or would fail because the provider
 * has gone.
 */
bool securekey_key_poll(struct securekey_key *key, struct file *file,
			struct poll_table_struct *wait)
{
	poll_wait(file, &key->provider->slot, wait);

	return request_can_start(key);
}
EXPORT_SYMBOL_NS_GPL(securekey_key_poll, "SECUREKEY");

static int request_start_wait(struct securekey_request *req, long *timeo)
{
	struct securekey_provider *p = req->provider;
	long left;
	int ret;

	for (;;) {
		ret = request_start(req);
		if (ret <= 0)
			return ret;

		if (!*timeo)
			return -EAGAIN;

		left = wait_event_interruptible_timeout(p->slot,
							request_can_start(req->key),
							*timeo);
		if (left < 0)
			return left;

		*timeo = left;
	}
}

/**
 * securekey_request_submit_wait - start a request when there is room
 * @req: the request
 * @timeo: how long to wait for room at most, in jiffies, MAX_SCHEDULE_TIMEOUT for
 *	ever; becomes what is left of it
 *
 * Unless this fails, &securekey_request.complete is called, maybe before this
 * returns. A request that was not started because of a check, for want of room or
 * because of a signal may be submitted again. One that the provider itself was
 * asked to take and refused has ended by that, without its callback being called.
 *
 * Context: Process context.
 * Return: as securekey_request_submit(), but -EAGAIN only when there was no room
 * before the time was over, and -ERESTARTSYS when a signal came before.
 */
int securekey_request_submit_wait(struct securekey_request *req, long *timeo)
{
	int ret;

	ret = request_check(req);
	if (ret)
		return ret;

	if (!req->timeout_ms)
		req->timeout_ms = req->provider->caps.timeout_ms;

	/* The owner's reference may go as soon as the request runs. */
	securekey_request_get(req);
	ret = request_start_wait(req, timeo);
	securekey_request_put(req);

	return ret;
}
EXPORT_SYMBOL_NS_GPL(securekey_request_submit_wait, "SECUREKEY");

/**
 * securekey_request_submit - start a request
 * @req: the request
 *
 * See securekey_request_submit_wait(); this does not wait for room.
 *
 * Context: Process context.
 * Return: 0; -EKEYREJECTED when the key's policy forbids the mode, -EPERM when it
 * asks for a protected destination and this is none, -EOVERFLOW or -EINVAL when the
 * range is not in the destination (see securekey_buffer_check_range()), -EMSGSIZE
 * when the request is longer than the provider takes, -EINVAL when key and
 * destination are of different providers, the source is too short or the length
 * not a multiple of the cipher's block size, -EAGAIN when too many requests are in
 * flight, -ENODEV when the provider has gone, or what the provider says.
 */
int securekey_request_submit(struct securekey_request *req)
{
	long timeo = 0;

	return securekey_request_submit_wait(req, &timeo);
}
EXPORT_SYMBOL_NS_GPL(securekey_request_submit, "SECUREKEY");

/**
 * securekey_request_cancel - make a request end
 * @req: a request that was submitted
 *
 * Waits until &securekey_request.complete has returned, so it must not be called
 * from there. Any number of tasks may call it, also while another still submits.
 *
 * Context: Process context.
 * Return: how the request ended: 0 when it was too late, -ECANCELED, or why else it
 * failed or was refused by the provider; -EINVAL when it was not submitted.
 */
int securekey_request_cancel(struct securekey_request *req)
{
	scoped_guard(spinlock, &req->provider->lock)
		if (req->state == REQUEST_NEW)
			return -EINVAL;

	request_abort(req, -ECANCELED);
	wait_for_completion(&req->done);

	return req->status;
}
EXPORT_SYMBOL_NS_GPL(securekey_request_cancel, "SECUREKEY");

/**
 * securekey_request_complete - say that a request has ended
 * @req: a request that was submitted
 * @status: 0 when all of the plaintext is in the destination, or an error
 *
 * For providers, once per request that they accepted. Neither the source nor the
 * destination is touched any more, and on success &securekey_request.iv is what a
 * continuation starts with. @req belongs to the provider no more.
 *
 * Context: Process context, with no lock held that an operation takes, and not
 * from within one.
 */
void securekey_request_complete(struct securekey_request *req, int status)
{
	struct securekey_provider *p = req->provider;

	scoped_guard(spinlock, &p->lock) {
		if (WARN_ON(req->state != REQUEST_STARTING &&
			    req->state != REQUEST_SUBMITTED))
			return;

		req->state = REQUEST_COMPLETED;
		request_count(req, -1);
		if (status && req->abort)
			status = req->abort;
		req->status = status;
	}

	wake_up(&p->slot);

	if (cancel_delayed_work(&req->timeout))
		securekey_request_put(req);

	request_unpin(req);
	req->complete(req, status);

	/* On the list until here: a leaving provider waits for the callback. */
	scoped_guard(spinlock, &p->lock)
		list_del_init(&req->node);

	complete_all(&req->done);
	securekey_request_put(req);
}
EXPORT_SYMBOL_NS_GPL(securekey_request_complete, "SECUREKEY");

/**
 * securekey_request_aborted - should a provider stop working on a request?
 * @req: a request that was submitted
 *
 * Return: whether somebody wants @req to end.
 */
bool securekey_request_aborted(const struct securekey_request *req)
{
	return READ_ONCE(req->abort);
}
EXPORT_SYMBOL_NS_GPL(securekey_request_aborted, "SECUREKEY");

/* End what is in flight. The provider is leaving and nothing new is started. */
void securekey_requests_abort(struct securekey_provider *p)
{
	struct securekey_request *req;

	for (;;) {
		scoped_guard(spinlock, &p->lock) {
			req = list_first_entry_or_null(&p->requests,
						       struct securekey_request,
						       node);
			if (req)
				securekey_request_get(req);
		}
		if (!req)
			return;

		request_abort(req, -ENODEV);
		wait_for_completion(&req->done);
		securekey_request_put(req);
	}
}

int __init securekey_requests_init(void)
{
	timeout_wq = alloc_workqueue("securekey", WQ_UNBOUND, 0);

	return timeout_wq ? 0 : -ENOMEM;
}

void __exit securekey_requests_exit(void)
{
	destroy_workqueue(timeout_wq);
}

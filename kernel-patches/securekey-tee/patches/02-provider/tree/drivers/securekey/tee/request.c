// SPDX-License-Identifier: GPL-2.0-only
/*
 * A secure key provider in a TEE: queues of requests.
 *
 * A session takes one command at a time, so requests with one key are worked on one
 * after the other, and those with other keys meanwhile, on other CPUs.
 *
 * Each request has a work of its own. The work of &sktee_key.running is queued; it
 * passes that on to the request which waits behind it before it completes its own,
 * which may be the last to keep the key. A request that is cancelled while it waits
 * is taken out, and its work has no more to do than to say so. What runs already
 * looks for itself, between two calls to the TEE: those cannot be cut short.
 */

#include <linux/list.h>
#include <linux/slab.h>

#include "tee.h"

/**
 * struct sktee_request - a request that waits or runs
 * @work: the work
 * @node: in &sktee_key.waiting, or by itself
 * @tee: the TEE
 * @req: the request, whose provider_priv is this while it waits
 */
struct sktee_request {
	struct work_struct work;
	struct list_head node;
	struct sktee *tee;
	struct securekey_request *req;
};

/* Let the next request of the key run, if this is the one that does. */
static void request_pass_on(struct sktee_request *sr, struct sktee_key *sk)
{
	struct sktee_request *next;

	guard(spinlock)(&sr->tee->lock);

	if (sk->running != sr)
		return;

	next = list_first_entry_or_null(&sk->waiting, struct sktee_request, node);
	sk->running = next;
	if (!next)
		return;

	list_del_init(&next->node);
	queue_work(sr->tee->wq, &next->work);
}

static int request_run(struct sktee *tee, struct sktee_key *sk,
		       struct securekey_request *req)
{
	if (securekey_request_aborted(req))
		return -ECANCELED;

	return sktee_decrypt(tee, &sk->session, req);
}

static void request_work(struct work_struct *work)
{
	struct sktee_request *sr = container_of(work, struct sktee_request, work);
	struct securekey_request *req = sr->req;
	struct sktee_key *sk = req->key->priv;
	struct sktee *tee = sr->tee;
	int status;

	scoped_guard(spinlock, &tee->lock)
		req->provider_priv = NULL;

	status = request_run(tee, sk, req);
	request_pass_on(sr, sk);
	kfree(sr);
	atomic_dec(&tee->nr_requests);

	/* May unload the key: not to be touched any more. */
	securekey_request_complete(req, status);
}

int sktee_request_submit(struct securekey_provider *provider,
			 struct securekey_request *req)
{
	struct sktee *tee = to_sktee(provider);
	struct sktee_key *sk = req->key->priv;
	struct sktee_request *sr;

	sr = kzalloc_obj(*sr);
	if (!sr)
		return -ENOMEM;

	INIT_WORK(&sr->work, request_work);
	INIT_LIST_HEAD(&sr->node);
	sr->tee = tee;
	sr->req = req;
	atomic_inc(&tee->nr_requests);

	guard(spinlock)(&tee->lock);

	req->provider_priv = sr;
	if (sk->running) {
		list_add_tail(&sr->node, &sk->waiting);
	} else {
		sk->running = sr;
		queue_work(tee->wq, &sr->work);
	}

	return 0;
}

void sktee_request_cancel(struct securekey_provider *provider,
			  struct securekey_request *req)
{
	struct sktee *tee = to_sktee(provider);
	struct sktee_request *sr;

	scoped_guard(spinlock, &tee->lock) {
		sr = req->provider_priv;
		if (sr && !list_empty(&sr->node)) {
			list_del_init(&sr->node);
			queue_work(tee->wq, &sr->work);
		}
	}

	/* It may be waiting for memory. */
	sktee_pool_wake(&tee->chunks);
	sktee_pool_wake(&tee->messages);
}

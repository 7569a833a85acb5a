// SPDX-License-Identifier: GPL-2.0-only
/*
 * The secure key provider "soft": a queue of requests.
 */

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/slab.h>

#include "soft.h"

/**
 * struct soft_request - a request that waits or runs
 * @work: the work, delayed if a test wants that
 * @node: in &soft.hanging, or by itself
 * @soft: the provider
 * @req: the request, whose provider_priv is this until it runs
 */
struct soft_request {
	struct delayed_work work;
	struct list_head node;
	struct soft *soft;
	struct securekey_request *req;
};

/* The error number that a test wants a request to end with, 0 for none. */
static int soft_request_fault(struct soft *soft)
{
	struct soft_faults *faults = &soft->faults;
	int fail;

	guard(spinlock)(&soft->lock);

	fail = faults->fail;
	if (fail && faults->fail_times && !--faults->fail_times)
		faults->fail = 0;

	return fail;
}

static void soft_request_run(struct work_struct *work)
{
	struct soft_request *sr = container_of(to_delayed_work(work),
					       struct soft_request, work);
	struct securekey_request *req = sr->req;
	struct soft *soft = sr->soft;
	int status;

	/* From here on it is cancelled by soft_decrypt() looking. */
	scoped_guard(spinlock, &soft->lock)
		req->provider_priv = NULL;

	kfree(sr);

	if (securekey_request_aborted(req))
		status = -ECANCELED;
	else
		status = -soft_request_fault(soft) ?: soft_decrypt(req);

	atomic_dec(&soft->nr_requests);
	securekey_request_complete(req, status);
}

int soft_request_submit(struct securekey_provider *provider,
			struct securekey_request *req)
{
	struct soft *soft = to_soft(provider);
	struct soft_request *sr __free(kfree) = kzalloc_obj(*sr);
	unsigned long delay;

	if (!sr)
		return -ENOMEM;

	INIT_DELAYED_WORK(&sr->work, soft_request_run);
	INIT_LIST_HEAD(&sr->node);
	sr->soft = soft;
	sr->req = req;

	guard(spinlock)(&soft->lock);

	if (soft->faults.refuse)
		return -soft->faults.refuse;

	atomic_inc(&soft->nr_requests);
	req->provider_priv = sr;
	delay = msecs_to_jiffies(soft->faults.delay_ms);
	if (soft->faults.hang)
		list_add_tail(&sr->node, &soft->hanging);
	else
		queue_delayed_work(soft->wq, &sr->work, delay);
	retain_and_null_ptr(sr);

	return 0;
}

/* Start a request that waits, if it does. Called with the lock held. */
static void soft_request_start(struct soft *soft, struct soft_request *sr)
{
	lockdep_assert_held(&soft->lock);

	if (!list_empty(&sr->node))
		list_del_init(&sr->node);
	else if (!cancel_delayed_work(&sr->work))
		return;

	queue_delayed_work(soft->wq, &sr->work, 0);
}

void soft_request_cancel(struct securekey_provider *provider,
			 struct securekey_request *req)
{
	struct soft *soft = to_soft(provider);
	struct soft_request *sr;

	guard(spinlock)(&soft->lock);

	/* It will see that it is not wanted. */
	sr = req->provider_priv;
	if (sr)
		soft_request_start(soft, sr);
}

/* Let requests hang from now on, or start those that do. */
void soft_request_hang(struct soft *soft, bool hang)
{
	struct soft_request *sr, *next;

	guard(spinlock)(&soft->lock);

	soft->faults.hang = hang;
	if (hang)
		return;

	list_for_each_entry_safe(sr, next, &soft->hanging, node)
		soft_request_start(soft, sr);
}

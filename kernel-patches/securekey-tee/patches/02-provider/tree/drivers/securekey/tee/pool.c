// SPDX-License-Identifier: GPL-2.0-only
/*
 * A secure key provider in a TEE: memory shared with it.
 *
 * To register memory takes a call to the TEE, and each piece is contiguous, so a few
 * pieces are kept and used again and again.
 */

#include <linux/err.h>
#include <linux/slab.h>

#include "tee.h"

static struct sktee_buf *buf_alloc(struct sktee *tee, size_t size)
{
	struct sktee_buf *buf __free(kfree) = kzalloc_obj(*buf);
	struct tee_shm *shm;

	if (!buf)
		return ERR_PTR(-ENOMEM);

	shm = tee->transport->alloc(tee->ctx, size);
	if (IS_ERR(shm))
		return ERR_CAST(shm);

	buf->shm = shm;
	buf->va = shm->kaddr;

	return_ptr(buf);
}

static void buf_free(struct sktee *tee, struct sktee_buf *buf)
{
	tee->transport->free(tee->ctx, buf->shm);
	kfree(buf);
}

/* At least one piece is there from now on. */
int sktee_pool_init(struct sktee *tee, struct sktee_pool *pool, size_t size,
		    unsigned int max)
{
	struct sktee_buf *buf;

	spin_lock_init(&pool->lock);
	INIT_LIST_HEAD(&pool->free);
	init_waitqueue_head(&pool->wait);
	pool->size = size;
	pool->max = max;

	buf = buf_alloc(tee, size);
	if (IS_ERR(buf))
		return PTR_ERR(buf);

	list_add(&buf->node, &pool->free);
	pool->nr = 1;

	return 0;
}

/* Nobody uses it any more. */
void sktee_pool_exit(struct sktee *tee, struct sktee_pool *pool)
{
	struct sktee_buf *buf, *next;

	list_for_each_entry_safe(buf, next, &pool->free, node) {
		pool->nr--;
		buf_free(tee, buf);
	}
	WARN_ON(pool->nr);
}

/* Returns NULL when there is none and, unless it is @grow that is set, no more. */
static struct sktee_buf *pool_take(struct sktee_pool *pool, bool *grow)
{
	struct sktee_buf *buf;

	guard(spinlock)(&pool->lock);

	buf = list_first_entry_or_null(&pool->free, struct sktee_buf, node);
	*grow = !buf && pool->nr < pool->max;
	if (buf)
		list_del(&buf->node);
	else if (*grow)
		pool->nr++;

	return buf;
}

static bool pool_wait_over(const struct sktee_pool *pool,
			   const struct securekey_request *req)
{
	return !list_empty_careful(&pool->free) ||
	       (req && securekey_request_aborted(req));
}

/*
 * Get a piece of memory, and wait for one if all are in use. ERR_PTR(-ECANCELED)
 * when it was for a request which is not wanted any more, ERR_PTR(-ERESTARTSYS) when
 * who asks is killed.
 */
struct sktee_buf *sktee_pool_get(struct sktee *tee, struct sktee_pool *pool,
				 const struct securekey_request *req)
{
	struct sktee_buf *buf;
	bool grow;
	int ret;

	for (;;) {
		buf = pool_take(pool, &grow);
		if (buf)
			return buf;

		if (grow) {
			buf = buf_alloc(tee, pool->size);
			if (!IS_ERR(buf))
				return buf;
			/* Then with those that there are. */
			scoped_guard(spinlock, &pool->lock)
				pool->nr--;
		}

		ret = wait_event_killable(pool->wait, pool_wait_over(pool, req));
		if (ret)
			return ERR_PTR(ret);
		if (req && securekey_request_aborted(req))
			return ERR_PTR(-ECANCELED);
	}
}

void sktee_pool_put(struct sktee_pool *pool, struct sktee_buf *buf)
{
	/* The one that was used last is the one that is in the caches. */
	scoped_guard(spinlock, &pool->lock)
		list_add(&buf->node, &pool->free);
	wake_up(&pool->wait);
}

/* Have those who wait look whether they still want to. */
void sktee_pool_wake(struct sktee_pool *pool)
{
	wake_up_all(&pool->wait);
}

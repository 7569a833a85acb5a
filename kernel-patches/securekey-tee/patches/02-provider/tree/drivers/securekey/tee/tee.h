/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A secure key provider in a trusted execution environment (TEE): what its parts
 * share.
 *
 * Nothing here knows which TEE it is: that is for a &struct sktee_transport.
 */
#ifndef _DRIVERS_SECUREKEY_TEE_H
#define _DRIVERS_SECUREKEY_TEE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/securekey.h>
#include <linux/spinlock.h>
#include <linux/tee_drv.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "protocol.h"

struct dma_buf;
struct sktee;

#define SKTEE_NUM_PARAMS	4

/**
 * struct sktee_transport - how a TEE is reached
 * @name: of the provider; part of the uAPI
 * @open: make a session of the trusted application. What it says is @result; if
 *	that is not SKTA_SUCCESS there is no session
 * @close: end one, which its application may have died in
 * @invoke: have a command of a session carried out, with SKTEE_NUM_PARAMS
 *	parameters, not more than one at a time in each session. What the application
 *	says is @result
 * @alloc: memory that both sides reach, the kernel by &tee_shm.kaddr
 * @register_dmabuf: find protected memory of this TEE behind a dma-buf;
 *	ERR_PTR(-EINVAL) when it is none. Keeps the dma-buf
 * @free: give back what one of the latter has returned
 *
 * All are called in process context, may sleep, and run concurrently. @open and
 * @invoke return a negative error when the application could not be asked at all.
 */
struct sktee_transport {
	const char *name;
	int (*open)(void *ctx, u32 *session, u32 *result);
	void (*close)(void *ctx, u32 session);
	int (*invoke)(void *ctx, u32 session, enum skta_command cmd,
		      struct tee_param *params, u32 *result);
	struct tee_shm *(*alloc)(void *ctx, size_t size);
	struct tee_shm *(*register_dmabuf)(void *ctx, struct dma_buf *dmabuf);
	void (*free)(void *ctx, struct tee_shm *shm);
};

/**
 * struct sktee_buf - memory shared with the TEE, of a pool
 * @node: in the pool while nobody uses it
 * @shm: for the TEE
 * @va: for the kernel
 */
struct sktee_buf {
	struct list_head node;
	struct tee_shm *shm;
	u8 *va;
};

/**
 * struct sktee_pool - memory shared with the TEE that is used again and again
 * @size: of each piece
 * @max: pieces that there may be
 * @lock: protects the members below
 * @nr: pieces that there are, or that are being made: never 0, since one is made with
 *	the pool. So who waits is given one by somebody
 * @free: those that nobody uses
 * @wait: waited on for one to be given back, or for the request to be cancelled
 */
struct sktee_pool {
	size_t size;
	unsigned int max;
	spinlock_t lock;	/* protects what follows */
	unsigned int nr;
	struct list_head free;
	wait_queue_head_t wait;
};

/**
 * struct sktee_session - a session of the trusted application, or what is needed to
 *	open it
 * @tee: the TEE
 * @blob: the key that is loaded as soon as it is open, NULL for none
 * @lock: held by who talks to it; protects the members below. Nobody who holds it
 *	takes another one
 * @open: it is there. Not so before its first use, and after its application has died
 * @id: of an open session
 */
struct sktee_session {
	struct sktee *tee;
	const struct securekey_blob *blob;
	struct mutex lock;	/* see above */
	bool open;
	u32 id;
};

struct sktee_request;

/**
 * struct sktee_key - a loaded key
 * @session: has the key
 * @blob: where it is from. It is wrapped, so there is no harm in keeping it
 * @running: the request that is worked on or is going to be next. NULL for none, and
 *	then none waits either. Protected by &sktee.lock, as is
 * @waiting: those behind that, the oldest first
 */
struct sktee_key {
	struct sktee_session session;
	struct securekey_blob blob;
	struct sktee_request *running;
	struct list_head waiting;
};

/**
 * struct sktee - a trusted application that holds keys
 * @transport: how it is reached
 * @ctx: for that
 * @dev: the device that destinations are mapped for
 * @provider: registered; NULL while it is not
 * @caps: what the application has said that it can do
 * @chunk_len: bytes of the source that it is given at a time
 * @test: it is a build for tests
 * @wq: where requests are worked on. Freezable: those that run when the system is
 *	suspended come to their end before, others are begun when it is back
 * @management: a session without a key
 * @messages: memory for all but the sources
 * @chunks: memory for the sources
 * @lock: protects &securekey_request.provider_priv of all requests, and what is said
 *	in &struct sktee_key
 * @nr_keys: loaded keys
 * @nr_buffers: destinations that are known to the TEE
 * @nr_requests: requests submitted and not completed
 */
struct sktee {
	const struct sktee_transport *transport;
	void *ctx;
	struct device *dev;
	struct securekey_provider *provider;
	struct securekey_caps caps;
	size_t chunk_len;
	bool test;
	struct workqueue_struct *wq;
	struct sktee_session management;
	struct sktee_pool messages;
	struct sktee_pool chunks;
	spinlock_t lock;	/* protects what is said above */
	atomic_t nr_keys;
	atomic_t nr_buffers;
	atomic_t nr_requests;
};

static inline struct sktee *to_sktee(struct securekey_provider *provider)
{
	return securekey_provider_drvdata(provider);
}

struct sktee *sktee_create(struct device *dev,
			   const struct sktee_transport *transport, void *ctx);
void sktee_destroy(struct sktee *tee);
int sktee_appear(struct sktee *tee);
void sktee_leave(struct sktee *tee);

int sktee_pool_init(struct sktee *tee, struct sktee_pool *pool, size_t size,
		    unsigned int max);
void sktee_pool_exit(struct sktee *tee, struct sktee_pool *pool);
struct sktee_buf *sktee_pool_get(struct sktee *tee, struct sktee_pool *pool,
				 const struct securekey_request *req);
void sktee_pool_put(struct sktee_pool *pool, struct sktee_buf *buf);
void sktee_pool_wake(struct sktee_pool *pool);

int sktee_errno(u32 result);
void sktee_session_init(struct sktee_session *s, struct sktee *tee,
			const struct securekey_blob *blob);
int sktee_session_open(struct sktee_session *s);
void sktee_session_close(struct sktee_session *s);
int sktee_session_invoke(struct sktee_session *s, enum skta_command cmd,
			 struct tee_param *params);

int sktee_param_memory(struct tee_param *param, u64 attr, struct tee_shm *shm,
		       size_t offset, size_t len);

int sktee_key_generate(struct securekey_provider *provider,
		       struct securekey_blob *lt);
int sktee_key_import(struct securekey_provider *provider, const u8 *raw,
		     size_t raw_len, struct securekey_blob *lt);
int sktee_key_prepare(struct securekey_provider *provider,
		      const struct securekey_blob *lt,
		      struct securekey_blob *eph);
int sktee_key_load(struct securekey_provider *provider,
		   const struct securekey_blob *blob, struct securekey_key *key);
void sktee_key_unload(struct securekey_provider *provider,
		      struct securekey_key *key);
int sktee_key_export(struct securekey_provider *provider,
		     struct securekey_key *key, struct securekey_blob *lt);
int sktee_key_derive(struct securekey_provider *provider,
		     struct securekey_key *parent, const void *context,
		     size_t context_len, struct securekey_blob *lt);

int sktee_map_buffer(struct securekey_provider *provider,
		     struct securekey_buffer *buffer);
void sktee_unmap_buffer(struct securekey_provider *provider,
			struct securekey_buffer *buffer);

int sktee_request_submit(struct securekey_provider *provider,
			 struct securekey_request *req);
void sktee_request_cancel(struct securekey_provider *provider,
			  struct securekey_request *req);
size_t sktee_request_message_len(const struct securekey_caps *caps);
int sktee_decrypt(struct sktee *tee, struct sktee_session *s,
		  struct securekey_request *req);

#endif /* _DRIVERS_SECUREKEY_TEE_H */

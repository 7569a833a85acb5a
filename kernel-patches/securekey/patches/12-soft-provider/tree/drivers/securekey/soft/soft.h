/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The secure key provider "soft", for tests: what its parts share.
 */
#ifndef _DRIVERS_SECUREKEY_SOFT_H
#define _DRIVERS_SECUREKEY_SOFT_H

#include <crypto/aes-gcm.h>
#include <crypto/aes.h>
#include <linux/atomic.h>
#include <linux/device/faux.h>
#include <linux/iosys-map.h>
#include <linux/mutex.h>
#include <linux/securekey.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

struct dentry;

/* Of the longest raw key: xts takes two AES keys. */
#define SOFT_RAW_MAX_LEN	(2 * AES_MAX_KEY_SIZE)

/**
 * struct soft_faults - what a test wants to go wrong
 * @delay_ms: time between the submission of a request and its start
 * @hang: do not start requests until they are aborted or a test clears this
 * @fail: end requests with this error number instead of decrypting
 * @fail_times: do that for so many, then no more; 0 for all
 * @refuse: do not even take requests, with this error number
 * @key_slots: how many keys may be loaded; 0 for any number
 * @timeout_ms: what the provider registers as &securekey_caps.timeout_ms
 * @key_depth: what the provider registers as &securekey_caps.key_depth
 */
struct soft_faults {
	u32 delay_ms;
	bool hang;
	u32 fail;
	u32 fail_times;
	u32 refuse;
	u32 key_slots;
	u32 timeout_ms;
	u32 key_depth;
};

/**
 * struct soft - the one instance
 * @faux: the device that destinations are attached to
 * @dma_parms: of that device
 * @present_lock: protects @provider
 * @provider: NULL while a test has taken it away
 * @long_term: wraps long-term blobs: always the same, no secret
 * @ephemeral: wraps ephemeral blobs: made at random when the module is loaded
 * @wq: where requests are worked on
 * @lock: protects &securekey_request.provider_priv of all requests, @hanging and
 *	@faults
 * @hanging: requests that wait for &soft_faults.hang to be cleared
 * @faults: see there
 * @nr_keys: loaded keys
 * @nr_buffers: mapped destinations
 * @nr_requests: requests submitted and not completed
 * @debugfs: the folder
 */
struct soft {
	struct faux_device *faux;
	struct device_dma_parameters dma_parms;
	struct mutex present_lock;	/* protects provider */
	struct securekey_provider *provider;
	struct aes_gcm_key long_term;
	struct aes_gcm_key ephemeral;
	struct workqueue_struct *wq;
	spinlock_t lock;		/* protects what is said above */
	struct list_head hanging;
	struct soft_faults faults;
	atomic_t nr_keys;
	atomic_t nr_buffers;
	atomic_t nr_requests;
	struct dentry *debugfs;
};

/**
 * struct soft_key - a loaded key
 * @aes: for decryption
 * @raw: for wrapping it once more
 */
struct soft_key {
	struct aes_key aes;
	u8 raw[SOFT_RAW_MAX_LEN];
};

/**
 * struct soft_buffer - a mapped destination
 * @vaddr: where the CPU, being the engine, reaches it
 * @map: what to unmap, unless it is of the test heap
 */
struct soft_buffer {
	void *vaddr;
	struct iosys_map map;
};

struct soft_stream;

/**
 * struct soft_cipher - a mode of operation
 * @update: decrypt the next bytes to &soft_stream.dst, and move that on by all that
 *	have become plaintext
 */
struct soft_cipher {
	void (*update)(struct soft_stream *s, const u8 *src, size_t len);
};

extern const struct soft_cipher soft_cipher_cbc;
extern const struct soft_cipher soft_cipher_ctr;

/**
 * struct soft_stream - where a decryption has got to
 * @req: the request
 * @cipher: of its mode
 * @dst: where the next byte goes
 * @iv: the vector or counter for it
 * @buffer: what @cipher keeps from one piece of the source to the next
 * @buffered: how much that is
 * @runs: the runs that follow
 * @run: what is left of the present one
 */
struct soft_stream {
	struct securekey_request *req;
	const struct soft_cipher *cipher;
	u8 *dst;
	u8 iv[SECUREKEY_IV_LEN];
	u8 buffer[AES_BLOCK_SIZE];
	size_t buffered;
	struct securekey_runs runs;
	struct securekey_run run;
};

static inline struct soft *to_soft(struct securekey_provider *provider)
{
	return securekey_provider_drvdata(provider);
}

int soft_present(struct soft *soft);
void soft_absent(struct soft *soft);

int soft_wrap_init(struct soft *soft);
void soft_wrap(const struct soft *soft, struct securekey_blob *blob,
	       const u8 *raw, size_t raw_len);
int soft_wrap_generate(struct securekey_provider *provider,
		       struct securekey_blob *lt);
int soft_wrap_import(struct securekey_provider *provider, const u8 *raw,
		     size_t raw_len, struct securekey_blob *lt);
int soft_wrap_prepare(struct securekey_provider *provider,
		      const struct securekey_blob *lt,
		      struct securekey_blob *eph);
int soft_wrap_export(struct securekey_provider *provider,
		     struct securekey_key *key, struct securekey_blob *lt);
int soft_wrap_load(struct securekey_provider *provider,
		   const struct securekey_blob *blob, struct securekey_key *key);
void soft_wrap_unload(struct securekey_provider *provider,
		      struct securekey_key *key);

int soft_decrypt(struct securekey_request *req);

int soft_request_submit(struct securekey_provider *provider,
			struct securekey_request *req);
void soft_request_cancel(struct securekey_provider *provider,
			 struct securekey_request *req);
void soft_request_hang(struct soft *soft, bool hang);

#ifdef CONFIG_SECUREKEY_SOFT_DEBUGFS
void soft_debugfs_init(struct soft *soft);
void soft_debugfs_exit(struct soft *soft);
#else
static inline void soft_debugfs_init(struct soft *soft)
{
}

static inline void soft_debugfs_exit(struct soft *soft)
{
}
#endif

#endif /* _DRIVERS_SECUREKEY_SOFT_H */

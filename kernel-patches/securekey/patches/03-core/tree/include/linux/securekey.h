/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys that the kernel uses but does not see.
 *
 * A provider (a trusted execution environment, a crypto engine with its own key
 * storage) holds keys and decrypts with them into dma-bufs; the kernel handles
 * wrapped keys, key objects and requests. See Documentation/security/securekey.rst
 */
#ifndef _LINUX_SECUREKEY_H
#define _LINUX_SECUREKEY_H

#include <linux/build_bug.h>
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <uapi/linux/securekey.h>

struct device;
struct dma_buf;
struct dma_buf_attachment;
struct module;
struct scatterlist;
struct sg_table;

struct securekey_buffer;
struct securekey_key;
struct securekey_provider;
struct securekey_request;

#define SECUREKEY_IV_LEN	16

/* What is valid in masks of these. */
#define SECUREKEY_MODE_ALL	(SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR)
#define SECUREKEY_FLAG_ALL	(SECUREKEY_FLAG_DECRYPT_ONLY | \
				 SECUREKEY_FLAG_PROTECTED_DST_ONLY)

/* Time that a request gets when neither its owner nor the provider says. */
#define SECUREKEY_DEFAULT_TIMEOUT_MS	10000

#define SECUREKEY_BLOB_MAX_PAYLOAD \
	(SECUREKEY_BLOB_MAX_LEN - sizeof(struct securekey_blob_header))

/**
 * struct securekey_blob - a wrapped key with room for the longest payload
 * @hdr: the header, little-endian as user space sees it
 * @payload: what the provider made of the key
 */
struct securekey_blob {
	struct securekey_blob_header hdr;
	u8 payload[SECUREKEY_BLOB_MAX_PAYLOAD];
};

static_assert(sizeof(struct securekey_blob_header) == 72);
static_assert(sizeof(struct securekey_params) == 32);
static_assert(sizeof(struct securekey_blob) == SECUREKEY_BLOB_MAX_LEN);

/**
 * enum securekey_direction - what a key is to be used for
 * @SECUREKEY_DECRYPT: decryption
 * @SECUREKEY_ENCRYPT: encryption
 */
enum securekey_direction {
	SECUREKEY_DECRYPT,
	SECUREKEY_ENCRYPT,
};

/**
 * struct securekey_caps - what a provider can do
 * @modes: SECUREKEY_MODE_* that its AES knows
 * @key_sizes: the lengths of AES keys: bit n stands for n * 64 bits
 * @queue_depth: requests that may be in flight at a time, over all users
 * @key_depth: as many of them may be with one key, so that its users leave room for
 *	others; 0 for @queue_depth
 * @dst_align: what destination offsets must be a multiple of, a power of two
 * @max_len: longest request in bytes
 * @timeout_ms: time a request gets unless its owner says otherwise;
 *	0 for SECUREKEY_DEFAULT_TIMEOUT_MS
 */
struct securekey_caps {
	u32 modes;
	u32 key_sizes;
	unsigned int queue_depth;
	unsigned int key_depth;
	unsigned int dst_align;
	size_t max_len;
	unsigned int timeout_ms;
};

#define SECUREKEY_KEY_SIZE(bits)	BIT((bits) / 64)

/**
 * struct securekey_provider_ops - what a provider implements
 *
 * All are called in process context and may sleep. They are not called any more
 * once securekey_provider_unregister() has returned. Calls run concurrently.
 */
struct securekey_provider_ops {
	/**
	 * @generate: Make a key inside the provider and wrap it as @lt, long-term.
	 *
	 * The header is filled in, but for &securekey_blob_header.payload_len,
	 * which the provider sets. It must bind the whole header to the payload:
	 * the policy in there is what the key may be used for, for ever.
	 */
	int (*generate)(struct securekey_provider *provider,
			struct securekey_blob *lt);

	/**
	 * @import: Wrap a key whose bytes the caller knows. Optional: a provider
	 * that must not take raw keys leaves it out. Otherwise as @generate.
	 */
	int (*import)(struct securekey_provider *provider, const u8 *raw,
		      size_t raw_len, struct securekey_blob *lt);

	/**
	 * @prepare: Turn the long-term blob @lt into the ephemeral blob @eph,
	 * whose header is filled in but for the length of the payload.
	 *
	 * Returns: 0, -EBADMSG when @lt is not authentic.
	 */
	int (*prepare)(struct securekey_provider *provider,
		       const struct securekey_blob *lt,
		       struct securekey_blob *eph);

	/**
	 * @load: Unwrap @blob of either form and make the key usable.
	 * &securekey_key.priv is for the provider.
	 *
	 * Returns: 0, -EBADMSG when @blob is not authentic, -EAGAIN when there is
	 * no free slot.
	 */
	int (*load)(struct securekey_provider *provider,
		    const struct securekey_blob *blob,
		    struct securekey_key *key);

	/**
	 * @unload: Make a loaded key unusable and forget it. Called once per
	 * successful @load, when no request uses the key any more. May be called
	 * by securekey_request_complete(), like @unmap_buffer.
	 */
	void (*unload)(struct securekey_provider *provider,
		       struct securekey_key *key);

	/**
	 * @export: Wrap a loaded key once more as the long-term blob @lt. Asked
	 * only for keys that were loaded from a long-term blob. Optional.
	 */
	int (*export)(struct securekey_provider *provider,
		      struct securekey_key *key, struct securekey_blob *lt);

	/**
	 * @delete: Make sure that @blob never loads again, in whatever form.
	 * Optional: needs storage in the provider.
	 */
	int (*delete)(struct securekey_provider *provider,
		      const struct securekey_blob *blob);

	/**
	 * @map_buffer: Prepare for a destination, which is attached to the
	 * provider's device and mapped. &securekey_buffer.priv is for the
	 * provider. Optional.
	 */
	int (*map_buffer)(struct securekey_provider *provider,
			  struct securekey_buffer *buffer);

	/** @unmap_buffer: Undo @map_buffer. Needed if that is there. */
	void (*unmap_buffer)(struct securekey_provider *provider,
			     struct securekey_buffer *buffer);

	/**
	 * @submit: Start a request, which was checked against the key's policy
	 * and the destination's bounds.
	 *
	 * Must not wait for the engine. Unless it fails, the provider owes one
	 * securekey_request_complete(), but not from within @submit or @cancel.
	 * A request that the provider refuses is not given to it again.
	 *
	 * Returns: 0 or a negative error.
	 */
	int (*submit)(struct securekey_provider *provider,
		      struct securekey_request *req);

	/**
	 * @cancel: Hurry up: complete @req soon, and with an error if that is
	 * sooner. @req may be waiting, running or completed already; that @submit
	 * has returned is made sure of. It is up to the provider to stop what
	 * does not stop (reset the engine): the owner of the request waits for
	 * the completion.
	 */
	void (*cancel)(struct securekey_provider *provider,
		       struct securekey_request *req);
};

/**
 * struct securekey_provider_desc - what a provider says when it registers
 * @name: lower-case letters, digits, '-' and '_'; part of the uAPI
 * @owner: the module that the operations are in
 * @ops: the operations
 * @caps: the limits
 */
struct securekey_provider_desc {
	const char *name;
	struct module *owner;
	const struct securekey_provider_ops *ops;
	struct securekey_caps caps;
};

struct securekey_provider *
securekey_provider_register(struct device *dev,
			    const struct securekey_provider_desc *desc,
			    void *drvdata);
void securekey_provider_unregister(struct securekey_provider *provider);
void *securekey_provider_drvdata(struct securekey_provider *provider);

struct securekey_provider *securekey_provider_get(const char *name);
void securekey_provider_put(struct securekey_provider *provider);
const char *securekey_provider_name(const struct securekey_provider *provider);
const struct securekey_caps *
securekey_provider_caps(const struct securekey_provider *provider);

DEFINE_FREE(securekey_provider_put, struct securekey_provider *,
	    securekey_provider_put(_T))

int securekey_blob_parse(const void *data, size_t len,
			 struct securekey_blob *blob);
void securekey_blob_params(const struct securekey_blob *blob,
			   struct securekey_params *params);
int securekey_generate(struct securekey_provider *provider,
		       const struct securekey_params *params,
		       void *buf, size_t size);
int securekey_import(struct securekey_provider *provider,
		     const struct securekey_params *params,
		     const u8 *raw, size_t raw_len, void *buf, size_t size);
int securekey_prepare(struct securekey_provider *provider, const void *lt,
		      size_t lt_len, void *buf, size_t size);
int securekey_delete(struct securekey_provider *provider, const void *data,
		     size_t len);

#endif /* _LINUX_SECUREKEY_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A provider and an exporter of dma-bufs that do what a test says.
 */
#ifndef _DRIVERS_SECUREKEY_TESTS_FAKE_H
#define _DRIVERS_SECUREKEY_TESTS_FAKE_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/securekey.h>
#include <linux/spinlock.h>

struct dma_buf;
struct kunit;

#define FAKE_QUEUE_DEPTH	4
#define FAKE_DST_ALIGN		16
#define FAKE_MAX_LEN		4096
#define FAKE_MAX_SUBSAMPLES	8
#define FAKE_BUFFER_SIZE	(4 * 4096)
#define FAKE_PAYLOAD_LEN	24

/**
 * enum fake_cancel - what the fake provider does when it is to cancel a request
 * @FAKE_CANCEL_FAILS: it ends it with an error
 * @FAKE_CANCEL_SUCCEEDS: it was too late
 * @FAKE_CANCEL_LATER: nothing, the test completes the request
 */
enum fake_cancel {
	FAKE_CANCEL_FAILS,
	FAKE_CANCEL_SUCCEEDS,
	FAKE_CANCEL_LATER,
};

/**
 * struct fake - a registered provider and what became of it
 * @provider: the provider, NULL when the test has unregistered it
 * @dev: its device
 * @ops: its operations, which a test may change before using them
 * @break_header: spoil the headers of the blobs that are made
 * @payload_len: what the headers of the blobs that are made say
 * @key_slots: keys that may be loaded at a time
 * @submit_error: fail to accept requests
 * @cancel: see there
 * @loads: keys loaded so far
 * @unloads: keys unloaded so far
 * @maps: destinations mapped so far
 * @unmaps: destinations unmapped so far
 * @cancels: requests cancelled so far
 * @entered: completed by fake_hang()
 * @go_on: what that waits for
 * @lock: protects @requests
 * @requests: a &struct fake_request for each request in flight, the oldest first
 */
struct fake {
	struct securekey_provider *provider;
	struct device *dev;
	struct securekey_provider_ops ops;
	bool break_header;
	u32 payload_len;
	unsigned int key_slots;
	int submit_error;
	enum fake_cancel cancel;
	unsigned int loads;
	unsigned int unloads;
	unsigned int maps;
	unsigned int unmaps;
	unsigned int cancels;
	struct completion entered;
	struct completion go_on;
	spinlock_t lock;	/* protects requests */
	struct list_head requests;
};

/**
 * enum fake_memory - what a dma-buf claims and can do
 * @FAKE_PLAIN: not protected, and the kernel cannot map it either
 * @FAKE_PROTECTED: protected, though the kernel can map it
 * @FAKE_MAPPABLE: not protected, and the kernel can map it
 */
enum fake_memory {
	FAKE_PLAIN,
	FAKE_PROTECTED,
	FAKE_MAPPABLE,
};

struct fake *fake_register(struct kunit *test);
struct fake *fake_register_caps(struct kunit *test,
				const struct securekey_caps *caps);
void fake_return(struct kunit *test, struct fake *fake,
		 const struct securekey_caps *caps);
void fake_unregister(struct fake *fake);
int fake_hang(struct securekey_provider *provider, struct securekey_blob *lt);
int fake_submit(struct securekey_provider *provider,
		struct securekey_request *req);
void fake_complete_first(struct fake *fake, int status);

extern const struct securekey_provider_desc fake_desc;
extern const struct securekey_params fake_params;

int fake_blob(struct kunit *test, struct fake *fake,
	      const struct securekey_params *params,
	      struct securekey_blob *blob);
struct securekey_key *fake_key(struct kunit *test, struct fake *fake,
			       const struct securekey_params *params);

struct dma_buf *fake_dmabuf(struct kunit *test, enum fake_memory memory,
			    int o_flags);
unsigned int fake_dmabuf_maps(void);
void *fake_dmabuf_vaddr(struct dma_buf *dmabuf);
void fake_flush_files(void);

#endif /* _DRIVERS_SECUREKEY_TESTS_FAKE_H */

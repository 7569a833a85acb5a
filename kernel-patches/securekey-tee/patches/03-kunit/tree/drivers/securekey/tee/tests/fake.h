/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A TEE with an application that does what a test says.
 *
 * Its ciphers add one byte to each: plaintext is ciphertext with every byte xored with
 * the first byte of the key. A tag is good if all of its bytes are FAKE_TAG.
 */
#ifndef _DRIVERS_SECUREKEY_TEE_TESTS_FAKE_H
#define _DRIVERS_SECUREKEY_TEE_TESTS_FAKE_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include "../tee.h"

struct dma_buf;
struct kunit;

#define FAKE_TAG		0x77
#define FAKE_PAYLOAD_LEN	24
#define FAKE_CALLS		64

/**
 * struct fake_call - one SKTA_DECRYPT
 * @first: with SKTA_FIRST
 * @last: with SKTA_LAST
 * @src_len: length of the source
 * @dst_len: length of the destination
 */
struct fake_call {
	bool first;
	bool last;
	size_t src_len;
	size_t dst_len;
};

/**
 * struct fake_tee - the TEE
 * @dev: the device of its application
 * @tee: what the provider made of it, NULL when a test has destroyed it
 * @info: values a and b of the parameters of SKTA_INFO
 * @open_error: what opening a session returns
 * @open_result: what it says
 * @invoke_error: what all commands return
 * @results: what each command says
 * @panic_at: the application dies in this SKTA_DECRYPT from now on, 1 is the next
 * @consume: SKTA_DECRYPT without SKTA_LAST takes so much at most
 * @claim: SKTA_DECRYPT says that it has taken so much more
 * @blob_len: blobs that are made are said to have so many bytes more
 * @payload_len: and their headers that there are so many more
 * @shm_left: pieces of memory that may still be allocated
 * @hook: called in SKTA_DECRYPT, with the key's first byte
 * @hook_data: for that
 * @entered: completed by fake_tee_hang()
 * @go_on: what that waits for
 * @lock: protects the members below
 * @sessions: those that are open
 * @next: number of the next one
 * @keys: first byte of the key that was made last
 * @violations: what the provider has done that it must not
 * @opens: sessions opened
 * @panics: applications that have died
 * @shms: pieces of memory, the most there were at a time in @shms_max
 * @shms_max: see there
 * @buffers: destinations
 * @count: how often each command was given
 * @calls: of SKTA_DECRYPT
 * @request: what the last SKTA_FIRST came with
 * @request_len: its length
 */
struct fake_tee {
	struct device *dev;
	struct sktee *tee;

	struct tee_param_value info[SKTEE_NUM_PARAMS];
	int open_error;
	u32 open_result;
	int invoke_error;
	u32 results[SKTA_TEST_FAULT + 1];
	unsigned int panic_at;
	size_t consume;
	u64 claim;
	int blob_len;
	int payload_len;
	unsigned int shm_left;
	void (*hook)(struct fake_tee *f, u8 key);
	void *hook_data;
	struct completion entered;
	struct completion go_on;

	spinlock_t lock;	/* protects what follows */
	struct list_head sessions;
	u32 next;
	u8 keys;
	unsigned int violations;
	unsigned int opens;
	unsigned int panics;
	unsigned int shms;
	unsigned int shms_max;
	unsigned int buffers;
	unsigned int count[SKTA_TEST_FAULT + 1];
	struct fake_call calls[FAKE_CALLS];
	u8 request[48 + 4 * 8 + 64];
	size_t request_len;
};

extern const struct sktee_transport fake_tee_transport;

struct fake_tee *fake_tee_alloc(struct kunit *test);
void fake_tee_create(struct kunit *test, struct fake_tee *f);
void fake_tee_destroy(struct fake_tee *f);
unsigned int fake_tee_sessions(struct fake_tee *f);
void fake_tee_hang(struct fake_tee *f, u8 key);

struct dma_buf *fake_tee_foreign_dmabuf(struct kunit *test, bool is_protected);

#endif /* _DRIVERS_SECUREKEY_TEE_TESTS_FAKE_H */

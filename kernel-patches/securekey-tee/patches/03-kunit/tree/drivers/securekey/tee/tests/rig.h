/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of the provider in a TEE do again and again. What they get is given back
 * at the end of the test.
 */
#ifndef _DRIVERS_SECUREKEY_TEE_TESTS_RIG_H
#define _DRIVERS_SECUREKEY_TEE_TESTS_RIG_H

#include <linux/completion.h>
#include <linux/workqueue.h>

#include "fake.h"

struct kunit;

#define PATIENCE	(60 * HZ)
#define RIG_DST_LEN	(16 * 4096)

/**
 * struct rig - a TEE, the provider in it, and a destination
 * @test: whose it is
 * @fake: the TEE
 * @provider: the provider
 * @dst: the destination
 * @mem: its memory
 */
struct rig {
	struct kunit *test;
	struct fake_tee *fake;
	struct securekey_provider *provider;
	struct securekey_buffer *dst;
	u8 *mem;
};

/**
 * struct job - a request and how it ended
 * @req: the request
 * @src: its source, with the tag
 * @done: completed at its end
 * @status: how that was
 */
struct job {
	struct securekey_request *req;
	u8 *src;
	struct completion done;
	int status;
};

struct rig *rig_init(struct kunit *test);
struct rig *rig_init_fake(struct kunit *test, struct fake_tee *fake);
void rig_exit(struct kunit *test);

int rig_blob(struct kunit *test, struct rig *r, u32 modes,
	     struct securekey_blob *blob);
struct securekey_key *rig_key(struct kunit *test, struct rig *r, u32 modes);

struct job *rig_new(struct kunit *test, struct rig *r,
		    struct securekey_key *key, u32 mode, size_t len);
void rig_start(struct kunit *test, struct job *job);
int rig_wait(struct kunit *test, struct job *job);
int rig_run(struct kunit *test, struct job *job);
bool rig_decrypted(const struct rig *r, const struct job *job, u8 key);
bool rig_nothing(const struct rig *r, const struct job *job);

/* The first byte of a key that was made by rig_key() as that many others before it. */
#define RIG_KEY(n)	((n) + 1)

#endif /* _DRIVERS_SECUREKEY_TEE_TESTS_RIG_H */

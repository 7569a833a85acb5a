/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of the software provider do again and again. What they get is given
 * back at the end of the test.
 */
#ifndef _DRIVERS_SECUREKEY_TESTS_ENGINE_H
#define _DRIVERS_SECUREKEY_TESTS_ENGINE_H

#include <linux/completion.h>
#include <linux/securekey.h>

struct kunit;

/**
 * struct engine - the provider, and where requests of a test go
 * @provider: "soft"
 * @dst: a buffer of the test heap
 * @mem: its memory
 * @size: its length
 * @done: completed at the end of a request
 * @status: how that ended
 */
struct engine {
	struct securekey_provider *provider;
	struct securekey_buffer *dst;
	u8 *mem;
	size_t size;
	struct completion done;
	int status;
};

struct engine *engine_init(struct kunit *test, size_t size);
struct securekey_key *engine_key(struct kunit *test, struct engine *e,
				 const u8 *raw, size_t raw_len, u32 modes);
struct securekey_request *engine_request(struct kunit *test, struct engine *e,
					 struct securekey_key *key, u32 mode);
struct scatterlist *engine_source(struct kunit *test, u8 *data, size_t len,
				  size_t piece);
int engine_run(struct kunit *test, struct engine *e,
	       struct securekey_request *req);

#endif /* _DRIVERS_SECUREKEY_TESTS_ENGINE_H */

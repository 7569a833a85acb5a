/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tee.h"
#include <securekey_ta.h>

/* Said as a failure when it does not hold; the tests go on. */
#define CHECK(what, ...) check((what), #what, __func__, __LINE__, " " __VA_ARGS__)
#define CHECK_RES(call, want) check_res((call), (want), #call, __func__, __LINE__)

bool check(bool ok, const char *what, const char *func, int line,
	   const char *format, ...) __attribute__((format(printf, 5, 6)));
bool check_res(uint32_t got, uint32_t want, const char *what, const char *func,
	       int line);

/* Numbers that are the same with the same seed. */
void rnd_seed(uint64_t seed);
uint32_t rnd(void);
uint32_t rnd_below(uint32_t n);
void rnd_fill(void *p, size_t len);

/* Shared memory for what goes in and comes out of commands. */
extern struct buf in, raw, out, src, dst, prot;

#define BLOB_ROOM	1024
#define DATA_ROOM	(SKTA_CHUNK_MAX + 4096)

/**
 * struct blob - a wrapped key
 * @len: of it
 * @data: it
 */
struct blob {
	size_t len;
	uint8_t data[BLOB_ROOM];
};

struct skta_blob_header header(uint32_t form, uint32_t bits, uint32_t modes,
			       uint32_t flags);
uint32_t new_session(void);
uint32_t generate(uint32_t session, struct skta_blob_header h, struct blob *blob);
uint32_t import(uint32_t session, struct skta_blob_header h, const uint8_t *key,
		size_t len, struct blob *blob);
uint32_t prepare(uint32_t session, const struct blob *lt, struct blob *eph);
uint32_t load(uint32_t session, const struct blob *blob);
uint32_t export(uint32_t session, struct blob *blob);
uint32_t derive(uint32_t session, struct skta_blob_header h, const void *context,
		size_t len, struct blob *blob);
uint32_t digest(uint32_t session, struct buf *buf, size_t offset, size_t len,
		uint8_t sum[32]);

/**
 * struct job - a decryption
 * @req: the request
 * @subs: its subsamples
 * @aad: its associated data
 * @data: ciphertext, and tag
 * @dst: where to
 * @offset: in there
 * @piece: longest piece, each being of a random length up to it; 0 for SKTA_CHUNK_MAX
 *	each
 */
struct job {
	struct skta_request req;
	const struct skta_subsample *subs;
	const uint8_t *aad;
	const uint8_t *data;
	struct buf *dst;
	size_t offset;
	size_t piece;
};

uint32_t decrypt(uint32_t session, const struct job *job);

void fuzz(unsigned int programs);

#endif /* CLIENT_H */

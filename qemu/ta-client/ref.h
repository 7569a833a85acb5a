/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the application should do, said once more, slowly and by other means: it is the
 * encryption, byte by byte, that makes the data for the tests.
 */
#ifndef REF_H
#define REF_H

#include <stddef.h>
#include <stdint.h>

#include <securekey_ta.h>

/**
 * struct ref_key - an AES key
 * @round: the round keys
 * @rounds: how many rounds
 */
struct ref_key {
	uint8_t round[15][16];
	int rounds;
};

void ref_aes_key(struct ref_key *key, const uint8_t *raw, int bits);
void ref_aes(const struct ref_key *key, const uint8_t in[16], uint8_t out[16]);
void ref_sha256(const uint8_t *data, size_t len, uint8_t out[32]);
void ref_hmac(const uint8_t *key, size_t key_len, const uint8_t *data, size_t len,
	      uint8_t out[32]);

/* Encrypt as the request says; the tag of gcm goes behind the data. */
void ref_encrypt(const struct skta_request *req, const struct skta_subsample *subs,
		 const uint8_t *aad, const uint8_t *raw, int bits,
		 const uint8_t *in, uint8_t *out);

#endif /* REF_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The secure key provider "soft": modes of operation, on data that comes in pieces
 * of any length.
 */

#include <crypto/aes-cbc.h>
#include <crypto/aes-ctr.h>
#include <crypto/utils.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "soft.h"

static const struct aes_key *stream_key(const struct soft_stream *s)
{
	const struct soft_key *sk = s->req->key->priv;

	return &sk->aes;
}

static void cbc_blocks(struct soft_stream *s, const u8 *src, size_t len)
{
	aes_cbc_decrypt(s->dst, src, len, s->iv, stream_key(s));
	s->dst += len;
}

/* The buffer holds the start of a block that goes on in the next piece. */
static void cbc_update(struct soft_stream *s, const u8 *src, size_t len)
{
	size_t n;

	if (s->buffered) {
		n = min(len, AES_BLOCK_SIZE - s->buffered);
		memcpy(s->buffer + s->buffered, src, n);
		s->buffered += n;
		src += n;
		len -= n;
		if (s->buffered < AES_BLOCK_SIZE)
			return;
		cbc_blocks(s, s->buffer, AES_BLOCK_SIZE);
	}

	n = round_down(len, AES_BLOCK_SIZE);
	if (n)
		cbc_blocks(s, src, n);

	s->buffered = len - n;
	memcpy(s->buffer, src + n, s->buffered);
}

const struct soft_cipher soft_cipher_cbc = {
	.update = cbc_update,
};

#define CTR_HALF	(AES_BLOCK_SIZE / 2)

/* In common encryption only the lower half counts, and wraps for itself. */
static void ctr_half_blocks(struct soft_stream *s, u8 *dst, const u8 *src,
			    size_t len)
{
	u8 upper[CTR_HALF];
	u64 left;
	size_t n;

	memcpy(upper, s->iv, CTR_HALF);
	for (; len; len -= n) {
		/* Blocks until it wraps, 0 for all 2^64. */
		left = -get_unaligned_be64(s->iv + CTR_HALF);
		n = left - 1 < len / AES_BLOCK_SIZE ? left * AES_BLOCK_SIZE : len;
		aes_ctr(dst, src, n, s->iv, stream_key(s));
		memcpy(s->iv, upper, CTR_HALF);
		dst += n;
		src += n;
	}
}

/* @len is a multiple of the block size. */
static void ctr_blocks(struct soft_stream *s, u8 *dst, const u8 *src, size_t len)
{
	if (s->req->scheme == SECUREKEY_SCHEME_NONE)
		aes_ctr(dst, src, len, s->iv, stream_key(s));
	else
		ctr_half_blocks(s, dst, src, len);
}

/* The buffer ends with what of the last block's key stream was not needed yet. */
static void ctr_update(struct soft_stream *s, const u8 *src, size_t len)
{
	size_t n;

	if (s->buffered) {
		n = min(len, s->buffered);
		crypto_xor_cpy(s->dst, src,
			       s->buffer + AES_BLOCK_SIZE - s->buffered, n);
		s->buffered -= n;
		s->dst += n;
		src += n;
		len -= n;
	}

	n = round_down(len, AES_BLOCK_SIZE);
	if (n)
		ctr_blocks(s, s->dst, src, n);
	s->dst += n;
	src += n;
	len -= n;

	if (len) {
		memset(s->buffer, 0, AES_BLOCK_SIZE);
		ctr_blocks(s, s->buffer, s->buffer, AES_BLOCK_SIZE);
		crypto_xor_cpy(s->dst, src, s->buffer, len);
		s->buffered = AES_BLOCK_SIZE - len;
		s->dst += len;
	}
}

const struct soft_cipher soft_cipher_ctr = {
	.update = ctr_update,
};

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * AES-XTS, on data that comes in pieces.
 *
 * The operation of the TEE holds back what may be the end of the data, but what is given
 * out of a piece here must be all that was consumed of it. So each piece is data of its
 * own, whose tweak is what, encrypted, is the tweak that the request has got to.
 */

#include "internal.h"

/*
 * What has to be decrypted at once: if the end is no whole block, then it and the
 * block before, from which it has stolen.
 */
static size_t tail_len(uint64_t len)
{
	return len % AES_BLOCK_LEN ? AES_BLOCK_LEN + len % AES_BLOCK_LEN : 0;
}

static size_t piece_len(const struct stream *st, size_t len, bool last)
{
	uint64_t whole = st->left - tail_len(st->req.len);

	if (last)
		return len;

	return MIN_OF(len - len % AES_BLOCK_LEN, whole);
}

/* A block through AES by the second half of the key. */
static TEE_Result tweak_crypt(const struct session *s, uint32_t mode,
			      const uint8_t in[AES_BLOCK_LEN],
			      uint8_t out[AES_BLOCK_LEN])
{
	size_t half = raw_len(&s->key.header) / 2;
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	size_t len = AES_BLOCK_LEN;
	TEE_Result res;

	res = aes_operation(TEE_ALG_AES_ECB_NOPAD, mode, s->key.raw + half, half,
			    &op);
	if (res)
		return res;

	TEE_CipherInit(op, NULL, 0);
	res = TEE_CipherDoFinal(op, in, AES_BLOCK_LEN, out, &len);
	TEE_FreeOperation(op);

	return res;
}

/* Multiply by x in GF(2^128), the first byte having the lowest powers. */
static void tweak_double(uint64_t t[2])
{
	uint64_t carry = t[1] >> 63;

	t[1] = t[1] << 1 | t[0] >> 63;
	t[0] = t[0] << 1 ^ carry * 0x87;
}

static void tweak_advance(uint8_t tweak[AES_BLOCK_LEN], size_t blocks)
{
	uint64_t t[2];

	TEE_MemMove(t, tweak, sizeof(t));
	while (blocks--)
		tweak_double(t);
	TEE_MemMove(tweak, t, sizeof(t));
	wipe(t, sizeof(t));
}

/* The tweak that goes with the next piece as data of its own. */
static TEE_Result tweak_get(const struct session *s, uint8_t iv[AES_BLOCK_LEN])
{
	const struct stream *st = &s->stream;

	if (st->left < st->req.len)
		return tweak_crypt(s, TEE_MODE_DECRYPT, st->tweak, iv);

	TEE_MemMove(iv, st->req.iv, AES_BLOCK_LEN);

	return TEE_SUCCESS;
}

/* After the next @len bytes, which are whole blocks. */
static TEE_Result tweak_move(struct session *s, size_t len)
{
	struct stream *st = &s->stream;
	TEE_Result res = TEE_SUCCESS;

	if (st->left == st->req.len)
		res = tweak_crypt(s, TEE_MODE_ENCRYPT, st->req.iv, st->tweak);
	if (!res)
		tweak_advance(st->tweak, len / AES_BLOCK_LEN);

	return res;
}

/* As stream_piece(). */
TEE_Result xts_piece(struct session *s, const uint8_t *src, uint8_t *dst,
		     size_t len, bool last, size_t *done)
{
	size_t n = piece_len(&s->stream, len, last);
	uint8_t iv[AES_BLOCK_LEN];
	size_t out_len = n;
	TEE_Result res;

	*done = 0;
	if (!n)
		return TEE_SUCCESS;

	res = tweak_get(s, iv);
	if (res)
		return res;

	TEE_CipherInit(s->op, iv, sizeof(iv));
	wipe(iv, sizeof(iv));
	res = TEE_CipherDoFinal(s->op, src, n, dst, &out_len);
	if (!res && !last)
		res = tweak_move(s, n);
	if (!res && out_len != n)
		res = TEE_ERROR_GENERIC;

	*done = n;

	return res;
}

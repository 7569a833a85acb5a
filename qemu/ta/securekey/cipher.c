// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Decrypting the encrypted bytes of a request, which come one behind the other.
 *
 * Sources and destinations are given to the TEE as they are: it checks that the
 * application may use them and makes no copies. The functions of the TEE that are used
 * here return TEE_SUCCESS or do not return.
 */

#include "internal.h"

static uint32_t algorithm_of(uint32_t mode)
{
	switch (mode) {
	case SKTA_MODE_CBC:
		return TEE_ALG_AES_CBC_NOPAD;
	case SKTA_MODE_CTR:
		return TEE_ALG_AES_CTR;
	case SKTA_MODE_XTS:
		return TEE_ALG_AES_XTS;
	default:
		return TEE_ALG_AES_GCM;
	}
}

/* Requests with one key are mostly of one mode. */
static TEE_Result operation_get(struct session *s)
{
	uint32_t mode = s->stream.req.mode;

	if (s->op && s->op_mode == mode) {
		TEE_ResetOperation(s->op);
		return TEE_SUCCESS;
	}

	TEE_FreeOperation(s->op);
	s->op_mode = mode;

	return aes_operation(algorithm_of(mode), TEE_MODE_DECRYPT, s->key.raw,
			     raw_len(&s->key.header), &s->op);
}

#define CTR_HALF_LEN	(AES_BLOCK_LEN / 2)
#define NEVER		UINT64_MAX

/* In common encryption only the lower half counts, and wraps for itself. */
static uint64_t bytes_until_wrap(const struct skta_request *req)
{
	uint64_t blocks = 0;
	size_t i;

	if (req->mode != SKTA_MODE_CTR || req->scheme == SKTA_SCHEME_NONE)
		return NEVER;

	for (i = CTR_HALF_LEN; i < AES_BLOCK_LEN; i++)
		blocks = blocks << 8 | req->iv[i];

	/* 0 stands for all 2^64, and no request has that many bytes. */
	blocks = -blocks;
	if (!blocks || blocks > NEVER / AES_BLOCK_LEN)
		return NEVER;

	return blocks * AES_BLOCK_LEN;
}

/* The counter block after the lower half has wrapped. */
static void ctr_wrap(struct session *s)
{
	uint8_t iv[AES_BLOCK_LEN] = { };

	TEE_MemMove(iv, s->stream.req.iv, CTR_HALF_LEN);
	TEE_CipherInit(s->op, iv, sizeof(iv));
	s->stream.until_wrap = NEVER;
}

/**
 * cipher_restart - start with the vector of the request, maybe once more
 * @s: a session with a request that is not of gcm or xts
 */
void cipher_restart(struct session *s)
{
	TEE_CipherInit(s->op, s->stream.req.iv, sizeof(s->stream.req.iv));
	s->stream.until_wrap = bytes_until_wrap(&s->stream.req);
}

_Static_assert(SKTA_AAD_MAX_LEN <= STAGE_LEN, "associated data fits the stage");

static TEE_Result gcm_begin(struct session *s, const uint8_t *aad)
{
	const struct skta_request *req = &s->stream.req;
	uint8_t *copy = s->stream.stage.data;
	TEE_Result res;

	res = TEE_AEInit(s->op, req->iv, SKTA_GCM_IV_LEN, SKTA_GCM_TAG_LEN * 8,
			 req->aad_len, req->len);
	if (res)
		return res;

	TEE_MemMove(copy, aad, req->aad_len);
	TEE_AEUpdateAAD(s->op, copy, req->aad_len);

	return TEE_SUCCESS;
}

/**
 * cipher_begin - get ready for a request
 * @s: a session with a key, and a request that has been checked
 * @aad: its associated data
 *
 * Return: TEE_SUCCESS, TEE_ERROR_OUT_OF_MEMORY, or what the TEE says.
 */
TEE_Result cipher_begin(struct session *s, const uint8_t *aad)
{
	TEE_Result res;

	res = operation_get(s);
	if (res)
		return res;

	s->stream.until_wrap = NEVER;
	switch (s->stream.req.mode) {
	case SKTA_MODE_GCM:
		return gcm_begin(s, aad);
	case SKTA_MODE_XTS:
		/* By pieces. */
		return TEE_SUCCESS;
	default:
		cipher_restart(s);
		return TEE_SUCCESS;
	}
}

static TEE_Result update(struct session *s, const uint8_t *src, uint8_t *dst,
			 size_t len)
{
	size_t out_len = len;
	TEE_Result res;

	if (s->stream.req.mode == SKTA_MODE_GCM)
		res = TEE_AEUpdate(s->op, src, len, dst, &out_len);
	else
		res = TEE_CipherUpdate(s->op, src, len, dst, &out_len);

	/* Nothing may be held back: it is given out as being decrypted. */
	if (!res && out_len != len)
		return TEE_ERROR_GENERIC;

	return res;
}

/**
 * cipher_update - decrypt the next bytes
 * @s: a session with a request that is not of xts
 * @src: the bytes
 * @dst: where the plaintext goes, which may be @src
 * @len: how many; with cbc whole blocks, with gcm too unless they are the last
 *
 * Return: TEE_SUCCESS, or what the TEE says.
 */
TEE_Result cipher_update(struct session *s, const uint8_t *src, uint8_t *dst,
			 size_t len)
{
	struct stream *st = &s->stream;
	TEE_Result res;
	size_t n;

	for (; len; len -= n) {
		if (!st->until_wrap)
			ctr_wrap(s);

		n = MIN_OF(len, st->until_wrap);
		res = update(s, src, dst, n);
		if (res)
			return res;

		if (st->until_wrap != NEVER)
			st->until_wrap -= n;
		src += n;
		dst += n;
	}

	return TEE_SUCCESS;
}

/**
 * cipher_finish - was it authentic?
 * @s: a session with a request of which all has been decrypted
 * @tag: with gcm: the tag
 *
 * Return: TEE_SUCCESS, TEE_ERROR_MAC_INVALID, or what the TEE says.
 */
TEE_Result cipher_finish(struct session *s, uint8_t tag[SKTA_GCM_TAG_LEN])
{
	size_t len = 0;

	if (s->stream.req.mode != SKTA_MODE_GCM)
		return TEE_SUCCESS;

	return TEE_AEDecryptFinal(s->op, NULL, 0, NULL, &len, tag,
				  SKTA_GCM_TAG_LEN);
}

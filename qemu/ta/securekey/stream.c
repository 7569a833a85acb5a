// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A request from its first piece to its last.
 */

#include "internal.h"

/**
 * stream_begin - begin a request
 * @s: a session with a key and without a request
 * @request: the parameter that describes it
 *
 * Return: TEE_SUCCESS; TEE_ERROR_BAD_PARAMETERS, TEE_ERROR_ACCESS_DENIED when the key
 * is not for that, TEE_ERROR_OUT_OF_MEMORY, and then stream_end() is to be called.
 */
TEE_Result stream_begin(struct session *s, const TEE_Param *request)
{
	struct stream *st = &s->stream;
	const uint8_t *aad = NULL;
	TEE_Result res;

	res = request_get(st, request, &aad);
	if (res)
		return res;

	if (!(st->req.mode & s->key.header.modes))
		return TEE_ERROR_ACCESS_DENIED;

	res = cipher_begin(s, aad);
	if (res)
		return res;

	runs_begin(&st->runs, &st->req, st->subsamples);
	st->left = st->req.len;
	st->running = true;

	return TEE_SUCCESS;
}

/* Get on to the next run unless there is something left of the present one. */
static TEE_Result run_get(struct session *s)
{
	struct stream *st = &s->stream;
	TEE_Result res;

	if (st->run.len)
		return TEE_SUCCESS;

	/* They are as long as the request, so there is one more. */
	if (!runs_next(&st->runs, &st->run))
		return TEE_ERROR_GENERIC;

	if (!st->run.restart)
		return TEE_SUCCESS;

	res = stage_flush(s);
	if (!res)
		cipher_restart(s);

	return res;
}

/*
 * How much of @len bytes can be treated now: what the piece breaks off in a block waits
 * for the rest of that.
 */
static size_t run_take(const struct stream *st, size_t len, bool last)
{
	size_t n = MIN_OF(len, st->run.len);

	if (st->run.encrypted && st->req.mode != SKTA_MODE_CTR && !last)
		n -= n % AES_BLOCK_LEN;

	return n;
}

static TEE_Result runs_piece(struct session *s, const uint8_t *src,
			     uint8_t *dst, size_t len, bool last, size_t *done)
{
	struct stream *st = &s->stream;
	TEE_Result res;
	size_t n;

	for (*done = 0; *done < len; *done += n) {
		res = run_get(s);
		if (res)
			return res;

		n = run_take(st, len - *done, last);
		if (!n)
			break;

		if (st->run.encrypted)
			res = stage_add(s, src + *done, dst + *done, n);
		else
			TEE_MemMove(dst + *done, src + *done, n);
		if (res)
			return res;

		st->run.len -= n;
	}

	return stage_flush(s);
}

/**
 * stream_piece - decrypt a piece
 * @s: a session with a request
 * @src: its next bytes, without the tag
 * @dst: where the plaintext goes
 * @len: how many; not more than are left of it
 * @last: all that are left
 * @done: is set to how many have been decrypted: all of them if @last
 *
 * Return: TEE_SUCCESS, or what the TEE says, and then the request is broken.
 */
TEE_Result stream_piece(struct session *s, const uint8_t *src, uint8_t *dst,
			size_t len, bool last, size_t *done)
{
	struct stream *st = &s->stream;
	TEE_Result res;

	if (st->req.mode == SKTA_MODE_XTS)
		res = xts_piece(s, src, dst, len, last, done);
	else
		res = runs_piece(s, src, dst, len, last, done);
	if (res)
		return res;

	st->left -= *done;
	if (last && st->left)
		return TEE_ERROR_GENERIC;

	return TEE_SUCCESS;
}

/**
 * stream_end - end the request, if there is one, and forget it
 * @s: a session
 *
 * The key stays in the operation: the next request is likely to be of the same mode.
 */
void stream_end(struct session *s)
{
	struct stream *st = &s->stream;

	TEE_Free(st->subsamples);
	wipe(st, sizeof(*st));
}

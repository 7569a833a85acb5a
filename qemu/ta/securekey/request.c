// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Requests as the client describes them.
 */

#include "internal.h"

/* More than the standard allows (SP 800-38D) would repeat the counter. */
#define GCM_MAX_LEN	((1ULL << 36) - 32)

static bool all_zero(const uint8_t *p, size_t len)
{
	uint8_t any = 0;

	while (len--)
		any |= *p++;

	return !any;
}

/* What goes with the mode, whatever the scheme. */
static TEE_Result mode_check(const struct skta_request *req)
{
	switch (req->mode) {
	case SKTA_MODE_CBC:
	case SKTA_MODE_CTR:
	case SKTA_MODE_XTS:
		return req->aad_len ? TEE_ERROR_BAD_PARAMETERS : TEE_SUCCESS;
	case SKTA_MODE_GCM:
		if (req->len > GCM_MAX_LEN ||
		    !all_zero(req->iv + SKTA_GCM_IV_LEN,
			      sizeof(req->iv) - SKTA_GCM_IV_LEN))
			return TEE_ERROR_BAD_PARAMETERS;
		return TEE_SUCCESS;
	default:
		return TEE_ERROR_BAD_PARAMETERS;
	}
}

static TEE_Result request_check(const struct skta_request *req)
{
	if (!req->len || req->nr_subsamples > SKTA_SUBSAMPLES_MAX ||
	    req->aad_len > SKTA_AAD_MAX_LEN ||
	    !all_zero(req->reserved, sizeof(req->reserved)))
		return TEE_ERROR_BAD_PARAMETERS;

	return mode_check(req);
}

static TEE_Result subsamples_get(struct stream *st, const uint8_t *from)
{
	size_t len = st->req.nr_subsamples * sizeof(*st->subsamples);

	if (!len)
		return TEE_SUCCESS;

	st->subsamples = TEE_Malloc(len, TEE_USER_MEM_HINT_NO_FILL_ZERO);
	if (!st->subsamples)
		return TEE_ERROR_OUT_OF_MEMORY;

	TEE_MemMove(st->subsamples, from, len);

	return TEE_SUCCESS;
}

/**
 * request_get - copy and check a request
 * @st: its request and its subsamples are set, the latter on error too
 * @p: a memref for input: request, subsamples, associated data
 * @aad: is set to the latter, which is still memory of the client
 *
 * Return: TEE_SUCCESS, TEE_ERROR_BAD_PARAMETERS, or TEE_ERROR_OUT_OF_MEMORY.
 */
TEE_Result request_get(struct stream *st, const TEE_Param *p,
		       const uint8_t **aad)
{
	const size_t max = sizeof(st->req) + SKTA_AAD_MAX_LEN +
			   SKTA_SUBSAMPLES_MAX * sizeof(*st->subsamples);
	const uint8_t *from = p->memref.buffer;
	size_t subsamples_len;
	TEE_Result res;

	res = param_in_check(p, sizeof(st->req), max);
	if (res)
		return res;

	TEE_MemMove(&st->req, from, sizeof(st->req));
	res = request_check(&st->req);
	if (res)
		return res;

	subsamples_len = st->req.nr_subsamples * sizeof(*st->subsamples);
	if (p->memref.size != sizeof(st->req) + subsamples_len + st->req.aad_len)
		return TEE_ERROR_BAD_PARAMETERS;

	from += sizeof(st->req);
	res = subsamples_get(st, from);
	if (res)
		return res;

	*aad = from + subsamples_len;

	return layout_check(&st->req, st->subsamples);
}

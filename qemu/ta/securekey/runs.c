// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which bytes of a request are encrypted: the schemes of common encryption,
 * ISO/IEC 23001-7.
 */

#include "internal.h"

/**
 * struct scheme - what a scheme makes of a sample
 * @mode: the mode of operation that it is for
 * @pattern: it may have a pattern
 * @whole_blocks: less than a block at the end of a protected range is in the clear
 * @whole_subsamples: protected ranges of subsamples are whole numbers of blocks
 * @restart: the vector begins anew with each subsample
 */
struct scheme {
	uint32_t mode;
	bool pattern;
	bool whole_blocks;
	bool whole_subsamples;
	bool restart;
};

static const struct scheme schemes[] = {
	[SKTA_SCHEME_NONE] = { .mode = 0 },
	[SKTA_SCHEME_CENC] = { .mode = SKTA_MODE_CTR },
	[SKTA_SCHEME_CBC1] = { .mode = SKTA_MODE_CBC, .whole_blocks = true,
			       .whole_subsamples = true },
	[SKTA_SCHEME_CENS] = { .mode = SKTA_MODE_CTR, .whole_blocks = true,
			       .pattern = true },
	[SKTA_SCHEME_CBCS] = { .mode = SKTA_MODE_CBC, .whole_blocks = true,
			       .pattern = true, .restart = true },
};

#define NR_SCHEMES	(sizeof(schemes) / sizeof(schemes[0]))

/* All bytes are encrypted alike. */
static TEE_Result plain_check(const struct skta_request *req)
{
	if (req->nr_subsamples || req->crypt || req->skip)
		return TEE_ERROR_BAD_PARAMETERS;

	if (req->mode == SKTA_MODE_CBC && req->len % AES_BLOCK_LEN)
		return TEE_ERROR_BAD_PARAMETERS;

	/* The end of what is longer is stolen. */
	if (req->mode == SKTA_MODE_XTS && req->len < AES_BLOCK_LEN)
		return TEE_ERROR_BAD_PARAMETERS;

	return TEE_SUCCESS;
}

static TEE_Result pattern_check(const struct skta_request *req,
				const struct scheme *scheme)
{
	if (req->crypt > SKTA_PATTERN_MAX || req->skip > SKTA_PATTERN_MAX)
		return TEE_ERROR_BAD_PARAMETERS;

	/* Nothing would be encrypted: a mistake. */
	if (!req->crypt && req->skip)
		return TEE_ERROR_BAD_PARAMETERS;

	if (req->crypt && !scheme->pattern)
		return TEE_ERROR_BAD_PARAMETERS;

	return TEE_SUCCESS;
}

/* The subsamples make up the request to the byte. */
static TEE_Result subsamples_check(const struct skta_request *req,
				   const struct skta_subsample *subsamples,
				   const struct scheme *scheme)
{
	uint64_t total = 0;
	uint32_t i;

	for (i = 0; i < req->nr_subsamples; i++) {
		const struct skta_subsample *sub = &subsamples[i];

		if (!sub->clear_len && !sub->protected_len)
			return TEE_ERROR_BAD_PARAMETERS;

		if (scheme->whole_subsamples &&
		    sub->protected_len % AES_BLOCK_LEN)
			return TEE_ERROR_BAD_PARAMETERS;

		/* At most 2^12 times less than 2^33: it cannot wrap. */
		total += sub->clear_len;
		total += sub->protected_len;
	}

	return total == req->len ? TEE_SUCCESS : TEE_ERROR_BAD_PARAMETERS;
}

/**
 * layout_check - does what a request says of its data make sense?
 * @req: the request, whose numbers are in their bounds
 * @subsamples: its subsamples
 *
 * Return: TEE_SUCCESS, or TEE_ERROR_BAD_PARAMETERS.
 */
TEE_Result layout_check(const struct skta_request *req,
			const struct skta_subsample *subsamples)
{
	const struct scheme *scheme;
	TEE_Result res;

	if (req->scheme >= NR_SCHEMES)
		return TEE_ERROR_BAD_PARAMETERS;

	if (req->scheme == SKTA_SCHEME_NONE)
		return plain_check(req);

	scheme = &schemes[req->scheme];
	if (req->mode != scheme->mode)
		return TEE_ERROR_BAD_PARAMETERS;

	res = pattern_check(req, scheme);
	if (res || !req->nr_subsamples)
		return res;

	return subsamples_check(req, subsamples, scheme);
}

/**
 * runs_begin - start going through the bytes of a request
 * @runs: where it has got to
 * @req: a request that layout_check() has found good; it stays where it is
 * @subsamples: its subsamples, likewise
 */
void runs_begin(struct runs *runs, const struct skta_request *req,
		const struct skta_subsample *subsamples)
{
	*runs = (struct runs) {
		.req = req,
		.subsamples = subsamples,
		.fresh = true,
	};

	/* Without subsamples all of it is one protected range. */
	if (!req->nr_subsamples)
		runs->protected_left = req->len;
}

static bool next_subsample(struct runs *runs)
{
	const struct skta_subsample *sub;

	if (runs->next == runs->req->nr_subsamples)
		return false;

	sub = &runs->subsamples[runs->next++];
	runs->clear_left = sub->clear_len;
	runs->protected_left = sub->protected_len;
	runs->in_skip = false;
	runs->fresh = true;

	return true;
}

/* The blocks that are next in a protected range, of which @len bytes are left. */
static void next_blocks(struct runs *runs, uint64_t len, struct run *run)
{
	const struct skta_request *req = runs->req;
	uint32_t blocks = runs->in_skip ? req->skip : req->crypt;

	/* Without a part that is skipped there is no pattern. */
	if (req->skip)
		len = MIN_OF(len, (uint64_t)blocks * AES_BLOCK_LEN);

	run->len = len;
	run->encrypted = !runs->in_skip;
	if (run->encrypted) {
		run->restart = runs->fresh && schemes[req->scheme].restart;
		runs->fresh = false;
	}

	runs->in_skip = req->skip && !runs->in_skip;
}

/**
 * runs_next - get the next bytes that are treated alike
 * @runs: where it has got to
 * @run: is set; it follows the one before without a gap, and is not empty
 *
 * Return: whether there was one more.
 */
bool runs_next(struct runs *runs, struct run *run)
{
	uint64_t len;

	if (!runs->clear_left && !runs->protected_left && !next_subsample(runs))
		return false;

	*run = (struct run) { };
	if (runs->clear_left) {
		run->len = runs->clear_left;
		runs->clear_left = 0;
		return true;
	}

	len = runs->protected_left;
	if (schemes[runs->req->scheme].whole_blocks)
		len -= len % AES_BLOCK_LEN;

	if (len)
		next_blocks(runs, len, run);
	else
		run->len = runs->protected_left;

	runs->protected_left -= run->len;

	return true;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which bytes of a request are encrypted: the schemes of common encryption,
 * ISO/IEC 23001-7.
 */

#include <crypto/aes.h>
#include <linux/array_size.h>
#include <linux/bits.h>
#include <linux/export.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/nospec.h>

#include "internal.h"

/**
 * struct securekey_scheme - what a scheme makes of a sample
 * @mode: the mode of operation that it is for
 * @pattern: it may have a pattern
 * @whole_blocks: less than a block at the end of a protected range is in the clear
 * @whole_subsamples: protected ranges of subsamples are whole numbers of blocks
 * @restart: the vector begins anew with each subsample
 */
struct securekey_scheme {
	u32 mode;
	bool pattern;
	bool whole_blocks;
	bool whole_subsamples;
	bool restart;
};

static const struct securekey_scheme schemes[] = {
	[SECUREKEY_SCHEME_NONE] = {},
	[SECUREKEY_SCHEME_CENC] = {
		.mode = SECUREKEY_MODE_CTR,
	},
	[SECUREKEY_SCHEME_CBC1] = {
		.mode = SECUREKEY_MODE_CBC,
		.whole_blocks = true,
		.whole_subsamples = true,
	},
	[SECUREKEY_SCHEME_CENS] = {
		.mode = SECUREKEY_MODE_CTR,
		.pattern = true,
		.whole_blocks = true,
	},
	[SECUREKEY_SCHEME_CBCS] = {
		.mode = SECUREKEY_MODE_CBC,
		.pattern = true,
		.whole_blocks = true,
		.restart = true,
	},
};

static const struct securekey_scheme *
request_scheme(const struct securekey_request *req)
{
	if (req->scheme >= ARRAY_SIZE(schemes))
		return NULL;

	return &schemes[array_index_nospec(req->scheme, ARRAY_SIZE(schemes))];
}

/* No user of a provider makes it go through more than this for one request. */
static unsigned int max_subsamples(const struct securekey_caps *caps)
{
	return caps->max_subsamples ?: SECUREKEY_SUBSAMPLES_MAX;
}

/* All bytes are encrypted alike. */
static int plain_check(const struct securekey_request *req)
{
	if (req->nr_subsamples || req->pattern.crypt || req->pattern.skip)
		return -EINVAL;

	if (req->mode == SECUREKEY_MODE_CBC && req->len % AES_BLOCK_SIZE)
		return -EINVAL;

	return 0;
}

static int pattern_check(const struct securekey_pattern *pattern)
{
	if (pattern->crypt > SECUREKEY_PATTERN_MAX ||
	    pattern->skip > SECUREKEY_PATTERN_MAX)
		return -EINVAL;

	/* Nothing would be encrypted: a mistake. */
	if (!pattern->crypt && pattern->skip)
		return -EINVAL;

	return 0;
}

/* The subsamples make up the request to the byte. */
static int subsamples_check(const struct securekey_request *req,
			    const struct securekey_scheme *scheme)
{
	const struct securekey_subsample *s = req->subsamples;
	const struct securekey_subsample *end = s + req->nr_subsamples;
	u64 total = 0;

	if (WARN_ON(!s))
		return -EINVAL;

	for (; s < end; s++) {
		if (!s->clear_len && !s->protected_len)
			return -EINVAL;

		if (scheme->whole_subsamples &&
		    s->protected_len % AES_BLOCK_SIZE)
			return -EINVAL;

		/* At most 2^12 times less than 2^33: it cannot wrap. */
		total += s->clear_len;
		total += s->protected_len;
	}

	return total == req->len ? 0 : -EINVAL;
}

/*
 * Does what a request says of its data make sense? -EINVAL; -EOPNOTSUPP when the
 * provider does not know the scheme, -EMSGSIZE when there are too many subsamples.
 */
int securekey_layout_check(const struct securekey_request *req)
{
	const struct securekey_scheme *scheme = request_scheme(req);
	const struct securekey_caps *caps = &req->provider->caps;
	int ret;

	if (!scheme)
		return -EINVAL;

	if (req->scheme == SECUREKEY_SCHEME_NONE)
		return plain_check(req);

	if (req->mode != scheme->mode)
		return -EINVAL;

	if (!(caps->schemes & BIT(req->scheme)))
		return -EOPNOTSUPP;

	ret = pattern_check(&req->pattern);
	if (ret)
		return ret;

	if (req->pattern.crypt && !scheme->pattern)
		return -EINVAL;

	if (!req->nr_subsamples)
		return 0;

	if (req->nr_subsamples > max_subsamples(caps))
		return -EMSGSIZE;

	return subsamples_check(req, scheme);
}

/**
 * securekey_runs_begin - start going through the bytes of a request
 * @runs: where it has got to
 * @req: a request that was submitted
 *
 * For providers. A request that is no sample of common encryption is one run.
 *
 * Context: Any context.
 */
void securekey_runs_begin(struct securekey_runs *runs,
			  const struct securekey_request *req)
{
	*runs = (struct securekey_runs) {
		.req = req,
		.scheme = request_scheme(req),
	};

	if (!req->nr_subsamples) {
		runs->protected_left = req->len;
		runs->restart = runs->scheme->restart;
	}
}
EXPORT_SYMBOL_NS_GPL(securekey_runs_begin, "SECUREKEY");

/* Go on to a subsample, if there is one more: one is never empty. */
static bool runs_next_subsample(struct securekey_runs *runs)
{
	const struct securekey_subsample *s;

	if (runs->next == runs->req->nr_subsamples)
		return false;

	s = &runs->req->subsamples[runs->next++];
	runs->clear_left = s->clear_len;
	runs->protected_left = s->protected_len;
	runs->skip = false;
	runs->restart = runs->scheme->restart;

	return true;
}

/* What comes next of a protected range, of which something is left. */
static void runs_next_protected(struct securekey_runs *runs,
				struct securekey_run *run)
{
	const struct securekey_pattern *pattern = &runs->req->pattern;
	size_t len = runs->protected_left;

	if (runs->scheme->whole_blocks)
		len = round_down(len, AES_BLOCK_SIZE);

	if (!len) {
		*run = (struct securekey_run) { .len = runs->protected_left };
		runs->protected_left = 0;
		return;
	}

	if (pattern->skip)
		len = min(len, AES_BLOCK_SIZE * (size_t)(runs->skip ?
							 pattern->skip :
							 pattern->crypt));

	*run = (struct securekey_run) {
		.len = len,
		.encrypted = !runs->skip,
		.restart = !runs->skip && runs->restart,
	};

	if (run->encrypted)
		runs->restart = false;
	runs->skip = pattern->skip && !runs->skip;
	runs->protected_left -= len;
}

/**
 * securekey_runs_next - get the next bytes that are to be treated alike
 * @runs: where it has got to
 * @run: is set; it follows the one before without a gap
 *
 * The lengths of all runs add up to &securekey_request.len, and none is 0.
 *
 * Context: Any context.
 * Return: whether there was one more.
 */
bool securekey_runs_next(struct securekey_runs *runs, struct securekey_run *run)
{
	if (!runs->clear_left && !runs->protected_left &&
	    !runs_next_subsample(runs))
		return false;

	if (runs->clear_left) {
		*run = (struct securekey_run) { .len = runs->clear_left };
		runs->clear_left = 0;
	} else {
		runs_next_protected(runs, run);
	}

	return true;
}
EXPORT_SYMBOL_NS_GPL(securekey_runs_next, "SECUREKEY");

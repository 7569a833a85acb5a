// SPDX-License-Identifier: GPL-2.0-only
/*
 * The secure key provider "soft": the bulk work.
 */

#include <linux/dma-buf.h>
#include <linux/minmax.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "soft.h"

static const struct soft_cipher *cipher_of(u32 mode)
{
	switch (mode) {
	case SECUREKEY_MODE_CBC:
		return &soft_cipher_cbc;
	case SECUREKEY_MODE_CTR:
		return &soft_cipher_ctr;
	}

	return NULL;
}

/* One piece of the source, whatever runs it is of. */
static void decrypt_piece(struct soft_stream *s, const u8 *src, size_t len)
{
	size_t n;

	while (len) {
		if (!s->run.len) {
			/* The core has looked that they are as long as the request. */
			if (WARN_ON_ONCE(!securekey_runs_next(&s->runs, &s->run)))
				return;
			if (s->run.restart)
				memcpy(s->iv, s->req->iv, sizeof(s->iv));
		}

		n = min(len, s->run.len);
		if (s->run.encrypted) {
			s->cipher->update(s, src, n);
		} else {
			memcpy(s->dst, src, n);
			s->dst += n;
		}
		s->run.len -= n;
		src += n;
		len -= n;
	}
}

static int decrypt(struct soft_stream *s)
{
	struct securekey_request *req = s->req;
	struct sg_mapping_iter miter;
	size_t n, left = req->len;
	int ret = 0;

	sg_miter_start(&miter, req->src, sg_nents(req->src),
		       SG_MITER_FROM_SG | SG_MITER_LOCAL);

	while (left && sg_miter_next(&miter)) {
		if (securekey_request_aborted(req)) {
			ret = -ECANCELED;
			break;
		}
		n = min(left, miter.length);
		decrypt_piece(s, miter.addr, n);
		left -= n;
		cond_resched();
	}

	sg_miter_stop(&miter);

	/* The core has looked that the source is long enough. */
	if (!ret && WARN_ON_ONCE(left))
		ret = -EIO;

	return ret;
}

/* Returns 0, or an error, and then there is no plaintext in the destination. */
int soft_decrypt(struct securekey_request *req)
{
	const struct soft_buffer *sb = req->dst->priv;
	u8 *dst = sb->vaddr + req->dst_offset;
	bool sync = iosys_map_is_set(&sb->map);
	struct soft_stream s = {
		.req = req,
		.cipher = cipher_of(req->mode),
		.dst = dst,
	};
	int ret, err;

	/* The core asks for no mode that the provider has not said it knows. */
	if (WARN_ON_ONCE(!s.cipher))
		return -EIO;

	/* Exporters sync the mapping by this direction, so it must be its own. */
	if (sync) {
		ret = dma_buf_begin_cpu_access(req->dst->dmabuf,
					       DMA_FROM_DEVICE);
		if (ret)
			return ret;
	}

	memcpy(s.iv, req->iv, sizeof(s.iv));
	securekey_runs_begin(&s.runs, req);
	ret = decrypt(&s);
	if (ret)
		memzero_explicit(dst, req->len);

	if (sync) {
		err = dma_buf_end_cpu_access(req->dst->dmabuf,
					     DMA_FROM_DEVICE);
		ret = ret ?: err;
	}

	if (!ret && req->scheme == SECUREKEY_SCHEME_NONE)
		memcpy(req->iv, s.iv, sizeof(s.iv));

	memzero_explicit(&s, sizeof(s));

	return ret;
}

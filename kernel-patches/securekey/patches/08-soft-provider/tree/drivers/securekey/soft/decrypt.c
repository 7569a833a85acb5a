// SPDX-License-Identifier: GPL-2.0-only
/*
 * The secure key provider "soft": the bulk work.
 */

#include <crypto/aes-cbc.h>
#include <crypto/aes-ctr.h>
#include <linux/dma-buf.h>
#include <linux/scatterlist.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "soft.h"

/**
 * struct stream - where a decryption has got to
 * @key: the key
 * @mode: one of SECUREKEY_MODE_*
 * @dst: where the next byte goes
 * @iv: the vector or counter for it
 * @carry: start of a block that goes on in the next piece of the source
 * @carried: bytes in @carry
 */
struct stream {
	const struct aes_key *key;
	u32 mode;
	u8 *dst;
	u8 iv[AES_BLOCK_SIZE];
	u8 carry[AES_BLOCK_SIZE];
	size_t carried;
};

/* @len is a multiple of the block size, but for the very end of ctr. */
static void stream_blocks(struct stream *s, const u8 *src, size_t len)
{
	if (s->mode == SECUREKEY_MODE_CBC)
		aes_cbc_decrypt(s->dst, src, len, s->iv, s->key);
	else
		aes_ctr(s->dst, src, len, s->iv, s->key);

	s->dst += len;
}

static void stream_flush(struct stream *s)
{
	if (s->carried)
		stream_blocks(s, s->carry, s->carried);

	s->carried = 0;
}

static void stream_update(struct stream *s, const u8 *src, size_t len)
{
	size_t n;

	if (s->carried) {
		n = min(len, AES_BLOCK_SIZE - s->carried);
		memcpy(s->carry + s->carried, src, n);
		s->carried += n;
		src += n;
		len -= n;
		if (s->carried < AES_BLOCK_SIZE)
			return;
		stream_flush(s);
	}

	n = round_down(len, AES_BLOCK_SIZE);
	if (n)
		stream_blocks(s, src, n);

	s->carried = len - n;
	memcpy(s->carry, src + n, s->carried);
}

static int decrypt(struct securekey_request *req, struct stream *s)
{
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
		stream_update(s, miter.addr, n);
		left -= n;
		cond_resched();
	}

	sg_miter_stop(&miter);

	if (ret)
		return ret;

	/* The core has looked that the source is long enough. */
	if (WARN_ON_ONCE(left))
		return -EIO;

	stream_flush(s);

	return 0;
}

/* Returns 0, or an error, and then there is no plaintext in the destination. */
int soft_decrypt(struct securekey_request *req)
{
	const struct soft_key *sk = req->key->priv;
	const struct soft_buffer *sb = req->dst->priv;
	u8 *dst = sb->vaddr + req->dst_offset;
	struct stream s = {
		.key = &sk->aes,
		.mode = req->mode,
		.dst = dst,
	};
	bool sync = iosys_map_is_set(&sb->map);
	int ret, err;

	/* Exporters sync the mapping by this direction, so it must be its own. */
	if (sync) {
		ret = dma_buf_begin_cpu_access(req->dst->dmabuf,
					       DMA_FROM_DEVICE);
		if (ret)
			return ret;
	}

	memcpy(s.iv, req->iv, sizeof(s.iv));
	ret = decrypt(req, &s);
	if (ret)
		memzero_explicit(dst, req->len);

	if (sync) {
		err = dma_buf_end_cpu_access(req->dst->dmabuf,
					     DMA_FROM_DEVICE);
		ret = ret ?: err;
	}

	if (!ret)
		memcpy(req->iv, s.iv, sizeof(s.iv));

	memzero_explicit(&s, sizeof(s));

	return ret;
}

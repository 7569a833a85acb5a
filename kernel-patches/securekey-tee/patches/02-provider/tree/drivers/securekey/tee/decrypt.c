// SPDX-License-Identifier: GPL-2.0-only
/*
 * A secure key provider in a TEE: the bulk work.
 *
 * The source is copied to shared memory and sent chunk by chunk, and the trusted
 * application writes the plaintext where it belongs. What of a chunk it cannot work
 * on yet, the start of a block say, is sent again in front of the next one.
 */

#include <crypto/aes.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/scatterlist.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "tee.h"

/**
 * struct stream - where a request has got to
 * @tee: the TEE
 * @s: the session that has the key
 * @req: the request
 * @chunk: where the source goes
 * @src_len: of the source, with the tag
 * @done: bytes of the source that the application is done with
 * @filled: bytes behind them that are in @chunk
 * @touched: bytes of the destination that it may have written to
 * @begun: it knows of the request
 */
struct stream {
	struct sktee *tee;
	struct sktee_session *s;
	struct securekey_request *req;
	struct sktee_buf *chunk;
	size_t src_len;
	size_t done;
	size_t filled;
	size_t touched;
	bool begun;
};

static size_t request_message_len(size_t nr_subsamples, size_t aad_len)
{
	return sizeof(struct skta_request) +
	       nr_subsamples * sizeof(struct skta_subsample) + aad_len;
}

/* Room that the longest start of a request takes. */
size_t sktee_request_message_len(const struct securekey_caps *caps)
{
	return request_message_len(caps->max_subsamples, SECUREKEY_AAD_MAX_LEN);
}

/* The start of a request as the application wants it. */
static size_t request_encode(const struct securekey_request *req, void *to)
{
	struct skta_request *hdr = to;
	struct skta_subsample *s = to + sizeof(*hdr);
	unsigned int i;

	*hdr = (struct skta_request) {
		.mode = cpu_to_le32(req->mode),
		.scheme = cpu_to_le32(req->scheme),
		.len = cpu_to_le64(req->len),
		.nr_subsamples = cpu_to_le32(req->nr_subsamples),
		.aad_len = cpu_to_le32(req->aad_len),
		.crypt = req->pattern.crypt,
		.skip = req->pattern.skip,
	};
	memcpy(hdr->iv, req->iv, sizeof(hdr->iv));

	for (i = 0; i < req->nr_subsamples; i++, s++) {
		s->clear_len = cpu_to_le32(req->subsamples[i].clear_len);
		s->protected_len = cpu_to_le32(req->subsamples[i].protected_len);
	}

	if (req->aad_len)
		memcpy(s, req->aad, req->aad_len);

	return request_message_len(req->nr_subsamples, req->aad_len);
}

/*
 * Where the next chunk ends in the source. The tag of gcm goes with the last chunk
 * as a whole, and so does some of the data: no range is empty. It is never before
 * where the last one has ended.
 */
static size_t chunk_end(const struct stream *st)
{
	const struct securekey_request *req = st->req;
	size_t end = min(st->done + st->tee->chunk_len, st->src_len);

	if (end < st->src_len && end >= req->len)
		end = req->len - 1;

	return end;
}

static int chunk_fill(struct stream *st, size_t end)
{
	struct scatterlist *src = st->req->src;
	size_t pos = st->done + st->filled;
	size_t n;

	n = sg_pcopy_to_buffer(src, sg_nents(src), st->chunk->va + st->filled,
			       end - pos, pos);
	st->filled += n;

	/* The core has looked that the source is long enough. */
	return WARN_ON_ONCE(n != end - pos) ? -EIO : 0;
}

/* A range of the destination, as a parameter. */
static int param_dst(const struct stream *st, struct tee_param *param,
		     size_t offset, size_t len)
{
	return sktee_param_memory(param, TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT,
				  st->req->dst->priv,
				  st->req->dst_offset + offset, len);
}

/* Send what is in the chunk. @msg has the start of the request, or is NULL. */
static int chunk_send(struct stream *st, struct sktee_buf *msg, size_t end)
{
	size_t dst_len = min(end, st->req->len) - st->done;
	struct tee_param params[SKTEE_NUM_PARAMS] = {};
	bool last = end == st->src_len;
	u64 flags = 0;
	size_t n;
	int ret;

	if (msg) {
		n = request_encode(st->req, msg->va);
		ret = sktee_param_memory(&params[0],
					 TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT,
					 msg->shm, 0, n);
		if (ret)
			return ret;
		flags |= SKTA_FIRST;
	}
	if (last)
		flags |= SKTA_LAST;

	ret = sktee_param_memory(&params[1],
				 TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT,
				 st->chunk->shm, 0, st->filled);
	if (ret)
		return ret;

	ret = param_dst(st, &params[2], st->done, dst_len);
	if (ret)
		return ret;

	params[3].attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT;
	params[3].u.value.a = flags;

	st->begun = true;
	st->touched = st->done + dst_len;
	ret = sktee_session_invoke(st->s, SKTA_DECRYPT, params);
	if (ret)
		return ret;

	/* All of the last one; some of others, or there would be no end to it. */
	n = min(params[3].u.value.a, SIZE_MAX);
	if (!n || n > dst_len || (last && n != dst_len))
		return -EIO;

	if (last)
		n = st->filled;
	st->done += n;
	st->filled -= n;
	memmove(st->chunk->va, st->chunk->va + n, st->filled);

	return 0;
}

/* The first chunk goes with what the application has to know of the request. */
static int chunk_first(struct stream *st, size_t end)
{
	struct sktee_buf *msg;
	int ret;

	msg = sktee_pool_get(st->tee, &st->tee->messages, st->req);
	if (IS_ERR(msg))
		return PTR_ERR(msg);

	ret = chunk_send(st, msg, end);
	sktee_pool_put(&st->tee->messages, msg);

	return ret;
}

static int stream_run(struct stream *st)
{
	size_t end;
	int ret;

	while (st->done < st->src_len) {
		if (securekey_request_aborted(st->req))
			return -ECANCELED;

		end = chunk_end(st);
		ret = chunk_fill(st, end);
		if (ret)
			return ret;

		ret = st->begun ? chunk_send(st, NULL, end) :
				  chunk_first(st, end);
		if (ret)
			return ret;
	}

	return 0;
}

/* Zero the start of the destination, in pieces that the application can map. */
static int stream_wipe(struct stream *st, size_t len)
{
	struct tee_param params[SKTEE_NUM_PARAMS] = {};
	size_t n, done;
	int ret;

	/* Its application may have died. */
	ret = sktee_session_open(st->s);

	for (done = 0; !ret && done < len; done += n) {
		n = min(len - done, st->tee->chunk_len);
		ret = param_dst(st, &params[0], done, n);
		if (!ret)
			ret = sktee_session_invoke(st->s, SKTA_WIPE, params);
	}

	if (ret)
		dev_err_ratelimited(st->tee->dev,
				    "cannot wipe a destination: %d\n", ret);

	return ret;
}

/*
 * A request that has failed leaves no plaintext, be it because of a wrong tag, its
 * time-out or its application's death. Returns what to tell of it.
 */
static int stream_undo(struct stream *st, int why)
{
	struct tee_param params[SKTEE_NUM_PARAMS] = {};
	size_t len = st->touched;

	if (!st->begun)
		return why;

	/* The application has done that for the chunk with the tag itself. */
	if (why == -EBADMSG)
		len = st->done;
	else if (why == -ECANCELED && st->s->open)
		sktee_session_invoke(st->s, SKTA_ABORT, params);

	/* That the tag is wrong promises that nothing is left. */
	if (len && stream_wipe(st, len) && why == -EBADMSG)
		return -EIO;

	return why;
}

/* Count blocks in all of a counter block. */
static void counter_add(u8 iv[AES_BLOCK_SIZE], u64 n)
{
	u64 low = get_unaligned_be64(iv + 8);

	put_unaligned_be64(low + n, iv + 8);
	if (low + n < low)
		put_unaligned_be64(get_unaligned_be64(iv) + 1, iv);
}

/* What a request that goes on where this one ended starts with. */
static void request_next_iv(struct securekey_request *req)
{
	if (req->scheme != SECUREKEY_SCHEME_NONE)
		return;

	switch (req->mode) {
	case SECUREKEY_MODE_CBC:
		sg_pcopy_to_buffer(req->src, sg_nents(req->src), req->iv,
				   AES_BLOCK_SIZE, req->len - AES_BLOCK_SIZE);
		break;
	case SECUREKEY_MODE_CTR:
		counter_add(req->iv, DIV_ROUND_UP(req->len, AES_BLOCK_SIZE));
		break;
	}
}

static int session_ready(struct sktee_session *s)
{
	int ret;

	/* Open it is, but for an application that has died. */
	ret = sktee_session_open(s);
	switch (ret) {
	case -EAGAIN:
		return -ENOMEM;
	case -EBADMSG:
		/* It was authentic; the request has not got as far as a tag. */
		return -EIO;
	}

	return ret;
}

/* Work on a request to its end. Returns its status. */
int sktee_decrypt(struct sktee *tee, struct sktee_session *s,
		  struct securekey_request *req)
{
	struct stream st = {
		.tee = tee,
		.s = s,
		.req = req,
		.src_len = securekey_request_src_len(req),
	};
	int ret;

	st.chunk = sktee_pool_get(tee, &tee->chunks, req);
	if (IS_ERR(st.chunk))
		return PTR_ERR(st.chunk);

	scoped_guard(mutex, &s->lock) {
		ret = session_ready(s);
		if (!ret)
			ret = stream_run(&st);
		if (ret)
			ret = stream_undo(&st, ret);
	}

	sktee_pool_put(&tee->chunks, st.chunk);
	if (!ret)
		request_next_iv(req);

	return ret;
}

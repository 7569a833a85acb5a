// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Gathering short runs of encrypted bytes.
 */

#include "internal.h"

/*
 * What is authenticated is read once, so that it is what is decrypted, whatever the
 * normal world does to it meanwhile.
 */
static bool must_stage(const struct session *s)
{
	return s->stream.req.mode == SKTA_MODE_GCM;
}

static bool stage_full(const struct stage *stage)
{
	return stage->len == STAGE_LEN || stage->nr_segments == STAGE_SEGMENTS;
}

/* There is room for @len bytes. */
static void stage_put(struct stage *stage, const uint8_t *src, uint8_t *dst,
		      size_t len)
{
	TEE_MemMove(stage->data + stage->len, src, len);
	stage->len += len;
	stage->segments[stage->nr_segments].dst = dst;
	stage->segments[stage->nr_segments].len = len;
	stage->nr_segments++;
}

/**
 * stage_add - decrypt some bytes, soon
 * @s: a session with a request that is not of xts
 * @src: the bytes
 * @dst: where the plaintext will be after stage_flush()
 * @len: how many; as for cipher_update()
 *
 * Return: TEE_SUCCESS, or what the TEE says.
 */
TEE_Result stage_add(struct session *s, const uint8_t *src, uint8_t *dst,
		     size_t len)
{
	struct stage *stage = &s->stream.stage;
	TEE_Result res;
	size_t n;

	for (; len; len -= n) {
		if (len >= STAGE_LEN && !must_stage(s)) {
			res = stage_flush(s);
			return res ?: cipher_update(s, src, dst, len);
		}

		n = MIN_OF(len, STAGE_LEN - stage->len);
		stage_put(stage, src, dst, n);
		src += n;
		dst += n;

		if (stage_full(stage)) {
			res = stage_flush(s);
			if (res)
				return res;
		}
	}

	return TEE_SUCCESS;
}

/**
 * stage_flush - decrypt what has been gathered
 * @s: a session with a request
 *
 * Return: TEE_SUCCESS, or what the TEE says.
 */
TEE_Result stage_flush(struct session *s)
{
	struct stage *stage = &s->stream.stage;
	const uint8_t *from = stage->data;
	TEE_Result res;
	size_t i;

	res = cipher_update(s, stage->data, stage->data, stage->len);
	if (res)
		return res;

	for (i = 0; i < stage->nr_segments; i++) {
		TEE_MemMove(stage->segments[i].dst, from,
			    stage->segments[i].len);
		from += stage->segments[i].len;
	}

	stage->len = 0;
	stage->nr_segments = 0;

	return TEE_SUCCESS;
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The commands that use a loaded key on data.
 */

#include "internal.h"

/**
 * struct piece - a piece of a request
 * @src: ciphertext, memory of the client
 * @dst: where the plaintext goes
 * @len: of both, without the tag
 * @tag_len: bytes of a tag behind @src
 * @last: the request ends with it
 */
struct piece {
	const uint8_t *src;
	uint8_t *dst;
	size_t len;
	size_t tag_len;
	bool last;
};

static bool overlap(const TEE_Param *a, const TEE_Param *b)
{
	uintptr_t a_start = (uintptr_t)a->memref.buffer;
	uintptr_t b_start = (uintptr_t)b->memref.buffer;

	return a_start < b_start + b->memref.size &&
	       b_start < a_start + a->memref.size;
}

static bool memory_is(const TEE_Param *p, uint32_t kind)
{
	const uint32_t access = TEE_MEMORY_ACCESS_READ |
				TEE_MEMORY_ACCESS_WRITE |
				TEE_MEMORY_ACCESS_ANY_OWNER;

	return p->memref.buffer &&
	       !TEE_CheckMemoryAccessRights(access | kind, p->memref.buffer,
					    p->memref.size);
}

/* The TEE knows which memory the normal world cannot read. */
static TEE_Result dst_check(const struct key *key, const TEE_Param *src,
			    const TEE_Param *dst)
{
	if (memory_is(dst, TEE_MEMORY_ACCESS_SECURE))
		return TEE_SUCCESS;

	if (!memory_is(dst, TEE_MEMORY_ACCESS_NONSECURE) || overlap(src, dst))
		return TEE_ERROR_BAD_PARAMETERS;

	return key->header.flags & SKTA_FLAG_PROTECTED_DST_ONLY ?
	       TEE_ERROR_ACCESS_DENIED : TEE_SUCCESS;
}

static TEE_Result piece_get(const struct session *s, const TEE_Param *src,
			    const TEE_Param *dst, struct piece *piece)
{
	const struct stream *st = &s->stream;
	TEE_Result res;

	piece->tag_len = 0;
	if (piece->last && st->req.mode == SKTA_MODE_GCM)
		piece->tag_len = SKTA_GCM_TAG_LEN;

	if (src->memref.size < piece->tag_len)
		return TEE_ERROR_BAD_PARAMETERS;

	piece->src = src->memref.buffer;
	piece->dst = dst->memref.buffer;
	piece->len = src->memref.size - piece->tag_len;
	if (piece->len > st->left || (piece->last && piece->len < st->left) ||
	    piece->len != dst->memref.size)
		return TEE_ERROR_BAD_PARAMETERS;

	if (src->memref.size) {
		res = param_in_check(src, 1, SKTA_CHUNK_MAX);
		if (res)
			return res;
	}

	/* The tag may come alone. */
	return piece->len ? dst_check(&s->key, src, dst) : TEE_SUCCESS;
}

static TEE_Result piece_decrypt(struct session *s, const struct piece *piece,
				size_t *done)
{
	uint8_t tag[SKTA_GCM_TAG_LEN];
	TEE_Result res;

	if (piece->tag_len)
		TEE_MemMove(tag, piece->src + piece->len, sizeof(tag));

	res = stream_piece(s, piece->src, piece->dst, piece->len, piece->last,
			   done);
	if (!res && piece->last)
		res = cipher_finish(s, tag);
	/* Nobody may get at what has turned out to be wrong. */
	if (res && piece->len)
		TEE_MemFill(piece->dst, 0, piece->len);

	return res;
}

/* Whatever the normal world does, there is nothing to clean up but the request. */
static TEE_Result decrypt(struct session *s, uint32_t types,
			  TEE_Param params[TEE_NUM_PARAMS])
{
	bool first = types == TYPES(MEM_IN, MEM_IN, MEM_INOUT, VALUE_INOUT);
	struct piece piece = { };
	TEE_Result res;
	uint32_t flags;
	size_t done;

	if (!first && types != TYPES(NONE, MEM_IN, MEM_INOUT, VALUE_INOUT))
		return TEE_ERROR_BAD_PARAMETERS;

	flags = params[3].value.a;
	params[3].value.a = 0;
	params[3].value.b = 0;
	if (flags & ~(SKTA_FIRST | SKTA_LAST) || first != !!(flags & SKTA_FIRST))
		return TEE_ERROR_BAD_PARAMETERS;

	if (!s->loaded)
		return TEE_ERROR_BAD_STATE;

	if (first) {
		stream_end(s);
		res = stream_begin(s, &params[0]);
		if (res)
			return res;
	} else if (!s->stream.running) {
		return TEE_ERROR_BAD_STATE;
	}

	piece.last = flags & SKTA_LAST;
	res = piece_get(s, &params[1], &params[2], &piece);
	if (res)
		return res;

	res = test_fault(s);
	if (res)
		return res;

	res = piece_decrypt(s, &piece, &done);
	if (res)
		return res;

	params[3].value.a = done;
	if (piece.last)
		stream_end(s);

	return TEE_SUCCESS;
}

TEE_Result cmd_decrypt(struct session *s, uint32_t types,
		       TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_Result res;

	res = decrypt(s, types, params);
	if (res)
		stream_end(s);

	return res;
}

TEE_Result cmd_abort(struct session *s, uint32_t types)
{
	if (types != TYPES(NONE, NONE, NONE, NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	if (!s->stream.running)
		return TEE_ERROR_BAD_STATE;

	stream_end(s);

	return TEE_SUCCESS;
}

TEE_Result cmd_wipe(struct session *s, uint32_t types,
		    TEE_Param params[TEE_NUM_PARAMS])
{
	const TEE_Param *p = &params[0];

	if (types != TYPES(MEM_INOUT, NONE, NONE, NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	if (!s->loaded)
		return TEE_ERROR_BAD_STATE;

	if (!p->memref.size || !memory_is(p, TEE_MEMORY_ACCESS_SECURE))
		return TEE_ERROR_BAD_PARAMETERS;

	TEE_MemFill(p->memref.buffer, 0, p->memref.size);

	return TEE_SUCCESS;
}

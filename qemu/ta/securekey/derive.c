// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Keys that are derived from keys: the KDF in counter mode of NIST SP 800-108, with
 * HMAC-SHA256.
 */

#include "internal.h"

/* Its NUL is the zero byte that the standard wants behind it. */
static const char label[] = SKTA_DERIVE_LABEL;

static void put_be32(uint8_t out[4], uint32_t n)
{
	out[0] = n >> 24;
	out[1] = n >> 16;
	out[2] = n >> 8;
	out[3] = n;
}

/* One block of output. What the key is for is part of the context. */
static TEE_Result derive_block(TEE_OperationHandle op, uint32_t counter,
			       const struct skta_blob_header *child,
			       const uint8_t *context, size_t context_len,
			       uint8_t out[SHA256_LEN])
{
	struct skta_blob_header purpose = *child;
	uint8_t number[4];

	/* In either form it is the same key. */
	purpose.form = 0;
	purpose.payload_len = 0;

	TEE_MACInit(op, NULL, 0);
	put_be32(number, counter);
	TEE_MACUpdate(op, number, sizeof(number));
	TEE_MACUpdate(op, label, sizeof(label));
	TEE_MACUpdate(op, &purpose, sizeof(purpose));
	TEE_MACUpdate(op, context, context_len);
	put_be32(number, child->key_bits);
	TEE_MACUpdate(op, number, sizeof(number));

	return hmac_finish(op, out);
}

_Static_assert(RAW_MAX_LEN % SHA256_LEN == 0, "blocks of output");

/* Whole blocks are put out, also when the key ends in the last one. */
static TEE_Result derive(const struct key *parent, struct key *child,
			 const uint8_t *context, size_t context_len)
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	size_t len = raw_len(&child->header);
	TEE_Result res;
	size_t done;

	res = hmac_operation(parent->raw, raw_len(&parent->header), &op);
	if (res)
		return res;

	for (done = 0; done < len && !res; done += SHA256_LEN)
		res = derive_block(op, done / SHA256_LEN + 1, &child->header,
				   context, context_len, child->raw + done);

	TEE_FreeOperation(op);
	if (res)
		wipe(child, sizeof(*child));
	else
		wipe(child->raw + len, sizeof(child->raw) - len);

	return res;
}

TEE_Result cmd_derive(struct session *s, uint32_t types,
		      TEE_Param params[TEE_NUM_PARAMS])
{
	uint8_t context[SKTA_CONTEXT_MAX_LEN];
	struct key child = { };
	TEE_Result res;

	if (types != TYPES(MEM_IN, MEM_IN, MEM_OUT, NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	if (!s->loaded)
		return TEE_ERROR_BAD_STATE;

	if (s->key.header.modes != SKTA_MODE_DERIVE)
		return TEE_ERROR_ACCESS_DENIED;

	res = header_get(&params[0], &child.header);
	if (res)
		return res;

	/* What is derived has no more rights than what it is derived from. */
	if (s->key.header.flags & ~child.header.flags)
		return TEE_ERROR_ACCESS_DENIED;

	res = blob_out_check(&params[2], &child.header);
	if (res)
		return res;

	res = param_in_check(&params[1], 1, sizeof(context));
	if (res)
		return res;

	TEE_MemMove(context, params[1].memref.buffer, params[1].memref.size);
	res = derive(&s->key, &child, context, params[1].memref.size);
	if (res)
		return res;

	return key_give(&child, &params[2]);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How keys come about, and into a session and out of it.
 */

#include "internal.h"

/* Wrap a key into an output that is known to have room for it, and forget the key. */
TEE_Result key_give(struct key *key, TEE_Param *out)
{
	struct blob blob = { };
	TEE_Result res;

	res = wrap_close(key, &blob);
	wipe(key, sizeof(*key));
	if (!res)
		param_out_copy(out, &blob, blob_len(&blob));

	return res;
}

TEE_Result cmd_generate(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	struct key key = { };
	TEE_Result res;

	if (types != TYPES(MEM_IN, MEM_OUT, NONE, NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	res = header_get(&params[0], &key.header);
	if (res)
		return res;

	res = blob_out_check(&params[1], &key.header);
	if (res)
		return res;

	TEE_GenerateRandom(key.raw, raw_len(&key.header));

	return key_give(&key, &params[1]);
}

TEE_Result cmd_import(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	struct key key = { };
	TEE_Result res;

	if (types != TYPES(MEM_IN, MEM_IN, MEM_OUT, NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	res = header_get(&params[0], &key.header);
	if (res)
		return res;

	res = blob_out_check(&params[2], &key.header);
	if (res)
		return res;

	res = param_in_copy(&params[1], key.raw, raw_len(&key.header));
	if (res)
		return res;

	return key_give(&key, &params[2]);
}

TEE_Result cmd_prepare(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	struct blob blob = { };
	struct key key = { };
	TEE_Result res;

	if (types != TYPES(MEM_IN, MEM_OUT, NONE, NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	res = blob_get(&params[0], &blob);
	if (res)
		return res;

	if (blob.header.form != SKTA_FORM_LONG_TERM)
		return TEE_ERROR_BAD_PARAMETERS;

	res = blob_out_check(&params[1], &blob.header);
	if (res)
		return res;

	res = wrap_open(&blob, &key);
	if (res)
		return res;

	key.header.form = SKTA_FORM_EPHEMERAL;

	return key_give(&key, &params[1]);
}

TEE_Result cmd_load(struct session *s, uint32_t types,
		    TEE_Param params[TEE_NUM_PARAMS])
{
	struct blob blob = { };
	TEE_Result res;

	if (types != TYPES(MEM_IN, NONE, NONE, NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	if (s->loaded)
		return TEE_ERROR_BAD_STATE;

	res = blob_get(&params[0], &blob);
	if (res)
		return res;

	res = wrap_open(&blob, &s->key);
	if (res)
		return res;

	s->loaded = true;

	return TEE_SUCCESS;
}

TEE_Result cmd_export(struct session *s, uint32_t types,
		      TEE_Param params[TEE_NUM_PARAMS])
{
	struct key key;
	TEE_Result res;

	if (types != TYPES(MEM_OUT, NONE, NONE, NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	if (!s->loaded)
		return TEE_ERROR_BAD_STATE;

	/* What was made for this boot does not get out of it. */
	if (s->key.header.form != SKTA_FORM_LONG_TERM)
		return TEE_ERROR_ACCESS_DENIED;

	res = blob_out_check(&params[0], &s->key.header);
	if (res)
		return res;

	key = s->key;

	return key_give(&key, &params[0]);
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sessions and commands.
 */

#include "internal.h"

TEE_Result TA_CreateEntryPoint(void)
{
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
}

/*
 * The kernel decides who may use which key. User space cannot claim its login: the
 * kernel refuses that. Only tests get here without it.
 */
static bool client_may_enter(void)
{
#ifdef CFG_SECUREKEY_TEST
	return true;
#else
	TEE_Identity id = { };

	if (TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT,
				      "gpd.client.identity", &id))
		return false;

	return id.login == TEE_LOGIN_REE_KERNEL;
#endif
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types,
				    TEE_Param params[TEE_NUM_PARAMS],
				    void **context)
{
	struct session *s;

	(void)params;

	if (!client_may_enter())
		return TEE_ERROR_ACCESS_DENIED;

	if (types != TYPES(NONE, NONE, NONE, NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	s = TEE_Malloc(sizeof(*s), TEE_MALLOC_FILL_ZERO);
	if (!s)
		return TEE_ERROR_OUT_OF_MEMORY;

	*context = s;

	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *context)
{
	struct session *s = context;

	stream_end(s);
	TEE_FreeOperation(s->op);
	wipe(s, sizeof(*s));
	TEE_Free(s);
}

static TEE_Result cmd_info(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	if (types != TYPES(VALUE_OUT, VALUE_OUT, VALUE_OUT, VALUE_OUT))
		return TEE_ERROR_BAD_PARAMETERS;

	params[0].value.a = SKTA_VERSION;
	params[0].value.b = SKTA_BLOB_MAX_LEN;
	params[1].value.a = SKTA_MODE_CBC | SKTA_MODE_CTR | SKTA_MODE_XTS |
			    SKTA_MODE_GCM | SKTA_MODE_DERIVE;
	params[1].value.b = 1 << 128 / 64 | 1 << 192 / 64 | 1 << 256 / 64;
	params[2].value.a = 1 << SKTA_SCHEME_CENC | 1 << SKTA_SCHEME_CBC1 |
			    1 << SKTA_SCHEME_CENS | 1 << SKTA_SCHEME_CBCS;
	params[2].value.b = SKTA_SUBSAMPLES_MAX;
	params[3].value.a = SKTA_CHUNK_MAX;
#ifdef CFG_SECUREKEY_TEST
	params[3].value.b = SKTA_INFO_TEST_BUILD;
#else
	params[3].value.b = 0;
#endif

	return TEE_SUCCESS;
}

TEE_Result TA_InvokeCommandEntryPoint(void *context, uint32_t command,
				      uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	struct session *s = context;

	switch (command) {
	case SKTA_CMD_INFO:
		return cmd_info(types, params);
	case SKTA_CMD_GENERATE:
		return cmd_generate(types, params);
	case SKTA_CMD_IMPORT:
		return cmd_import(types, params);
	case SKTA_CMD_PREPARE:
		return cmd_prepare(types, params);
	case SKTA_CMD_LOAD:
		return cmd_load(s, types, params);
	case SKTA_CMD_EXPORT:
		return cmd_export(s, types, params);
	case SKTA_CMD_DERIVE:
		return cmd_derive(s, types, params);
	case SKTA_CMD_DECRYPT:
		return cmd_decrypt(s, types, params);
	case SKTA_CMD_ABORT:
		return cmd_abort(s, types);
	case SKTA_CMD_WIPE:
		return cmd_wipe(s, types, params);
#ifdef CFG_SECUREKEY_TEST
	case SKTA_CMD_TEST_DIGEST:
		return cmd_test_digest(types, params);
	case SKTA_CMD_TEST_FAULT:
		return cmd_test_fault(s, types, params);
#endif
	default:
		return TEE_ERROR_NOT_SUPPORTED;
	}
}

// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The keeper of the secret that ephemeral blobs are wrapped under.
 */

#include <stdbool.h>
#include <tee_internal_api.h>

#include <securekey_boot_ta.h>
#include <securekey_ta.h>

static const TEE_UUID client_uuid = SKTA_UUID;

static uint8_t secret[SKBOOT_SECRET_LEN];
static bool secret_made;

TEE_Result TA_CreateEntryPoint(void)
{
	return TEE_SUCCESS;
}

void TA_DestroyEntryPoint(void)
{
	TEE_MemFill(secret, 0, sizeof(secret));
}

/*
 * The login of trusted applications is not one that the normal world can claim: the
 * TEE fills it in, and the UUID of the caller with it.
 */
static bool client_is_securekey(void)
{
	TEE_Identity id = { };

	if (TEE_GetPropertyAsIdentity(TEE_PROPSET_CURRENT_CLIENT,
				      "gpd.client.identity", &id))
		return false;

	return id.login == TEE_LOGIN_TRUSTED_APP &&
	       !TEE_MemCompare(&id.uuid, &client_uuid, sizeof(id.uuid));
}

TEE_Result TA_OpenSessionEntryPoint(uint32_t types,
				    TEE_Param params[TEE_NUM_PARAMS],
				    void **context)
{
	(void)params;
	(void)context;

	if (!client_is_securekey())
		return TEE_ERROR_ACCESS_DENIED;

	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE,
				     TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	return TEE_SUCCESS;
}

void TA_CloseSessionEntryPoint(void *context)
{
	(void)context;
}

static TEE_Result give_secret(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	if (types != TEE_PARAM_TYPES(TEE_PARAM_TYPE_MEMREF_OUTPUT,
				     TEE_PARAM_TYPE_NONE, TEE_PARAM_TYPE_NONE,
				     TEE_PARAM_TYPE_NONE) ||
	    params[0].memref.size != sizeof(secret) || !params[0].memref.buffer)
		return TEE_ERROR_BAD_PARAMETERS;

	if (!secret_made) {
		TEE_GenerateRandom(secret, sizeof(secret));
		secret_made = true;
	}

	TEE_MemMove(params[0].memref.buffer, secret, sizeof(secret));

	return TEE_SUCCESS;
}

TEE_Result TA_InvokeCommandEntryPoint(void *context, uint32_t command,
				      uint32_t types,
				      TEE_Param params[TEE_NUM_PARAMS])
{
	(void)context;

	if (command != SKBOOT_CMD_SECRET)
		return TEE_ERROR_NOT_SUPPORTED;

	return give_secret(types, params);
}

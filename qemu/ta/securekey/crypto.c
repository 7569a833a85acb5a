// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Operations of the TEE with a key in them.
 */

#include "internal.h"

/* An object that holds one secret. To be freed after it was given to an operation. */
static TEE_Result key_object(uint32_t type, const uint8_t *raw, size_t len,
			     TEE_ObjectHandle *object)
{
	TEE_Attribute secret;
	TEE_Result res;

	res = TEE_AllocateTransientObject(type, len * 8, object);
	if (res)
		return res;

	TEE_InitRefAttribute(&secret, TEE_ATTR_SECRET_VALUE, raw, len);
	res = TEE_PopulateTransientObject(*object, &secret, 1);
	if (res) {
		TEE_FreeTransientObject(*object);
		*object = TEE_HANDLE_NULL;
	}

	return res;
}

static TEE_Result set_one_key(TEE_OperationHandle op, uint32_t type,
			      const uint8_t *raw, size_t len)
{
	TEE_ObjectHandle key = TEE_HANDLE_NULL;
	TEE_Result res;

	res = key_object(type, raw, len, &key);
	if (res)
		return res;

	res = TEE_SetOperationKey(op, key);
	TEE_FreeTransientObject(key);

	return res;
}

static TEE_Result set_xts_keys(TEE_OperationHandle op, const uint8_t *raw,
			       size_t len)
{
	TEE_ObjectHandle data_key = TEE_HANDLE_NULL;
	TEE_ObjectHandle tweak_key = TEE_HANDLE_NULL;
	TEE_Result res;

	res = key_object(TEE_TYPE_AES, raw, len / 2, &data_key);
	if (res)
		return res;

	res = key_object(TEE_TYPE_AES, raw + len / 2, len / 2, &tweak_key);
	if (!res)
		res = TEE_SetOperationKey2(op, data_key, tweak_key);

	TEE_FreeTransientObject(tweak_key);
	TEE_FreeTransientObject(data_key);

	return res;
}

/**
 * aes_operation - make an operation of AES
 * @algorithm: TEE_ALG_AES_*
 * @mode: TEE_MODE_ENCRYPT or TEE_MODE_DECRYPT
 * @raw: the key; both of them for TEE_ALG_AES_XTS
 * @len: its length in bytes
 * @op: is set; TEE_HANDLE_NULL on error
 *
 * Return: TEE_SUCCESS, TEE_ERROR_OUT_OF_MEMORY, or what the TEE says.
 */
TEE_Result aes_operation(uint32_t algorithm, uint32_t mode, const uint8_t *raw,
			 size_t len, TEE_OperationHandle *op)
{
	TEE_Result res;

	*op = TEE_HANDLE_NULL;
	res = TEE_AllocateOperation(op, algorithm, mode, len * 8);
	if (res)
		return res;

	if (algorithm == TEE_ALG_AES_XTS)
		res = set_xts_keys(*op, raw, len);
	else
		res = set_one_key(*op, TEE_TYPE_AES, raw, len);
	if (res) {
		TEE_FreeOperation(*op);
		*op = TEE_HANDLE_NULL;
	}

	return res;
}

/* HMAC fills up keys with zeroes to this length. */
#define HMAC_BLOCK_LEN	64

/**
 * hmac_operation - begin an HMAC-SHA256
 * @raw: the key
 * @len: its length in bytes, up to HMAC_BLOCK_LEN
 * @op: is set; TEE_HANDLE_NULL on error
 *
 * The TEE refuses keys of less than 192 bits, hence what HMAC does to them anyway is
 * done here.
 *
 * Return: TEE_SUCCESS, TEE_ERROR_OUT_OF_MEMORY, or what the TEE says.
 */
TEE_Result hmac_operation(const uint8_t *raw, size_t len,
			  TEE_OperationHandle *op)
{
	uint8_t key[HMAC_BLOCK_LEN] = { };
	TEE_Result res;

	*op = TEE_HANDLE_NULL;
	if (len > sizeof(key))
		return TEE_ERROR_BAD_PARAMETERS;

	res = TEE_AllocateOperation(op, TEE_ALG_HMAC_SHA256, TEE_MODE_MAC,
				    sizeof(key) * 8);
	if (res)
		return res;

	TEE_MemMove(key, raw, len);
	res = set_one_key(*op, TEE_TYPE_HMAC_SHA256, key, sizeof(key));
	wipe(key, sizeof(key));
	if (res) {
		TEE_FreeOperation(*op);
		*op = TEE_HANDLE_NULL;
		return res;
	}

	TEE_MACInit(*op, NULL, 0);

	return TEE_SUCCESS;
}

/* The operation can be begun anew by TEE_MACInit() after this. */
TEE_Result hmac_finish(TEE_OperationHandle op, uint8_t mac[SHA256_LEN])
{
	size_t len = SHA256_LEN;

	return TEE_MACComputeFinal(op, NULL, 0, mac, &len);
}

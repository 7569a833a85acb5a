// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How keys are wrapped: by AES-256-GCM under a key that nobody else can get at, the
 * header being the associated data, so that nobody changes the policy.
 */

#include <pta_system.h>
#include <securekey_boot_ta.h>

#include "internal.h"

#define WRAP_KEY_LEN	32

/* Another purpose or version makes another key. Both are part of blobs' meaning. */
static const char long_term_label[] = "securekey long-term wrap v1";
static const char ephemeral_label[] = "securekey ephemeral wrap v1";

static const TEE_UUID system_uuid = PTA_SYSTEM_UUID;
static const TEE_UUID keeper_uuid = SKBOOT_UUID;

/* Have another application of the TEE do one thing. */
static TEE_Result ask(const TEE_UUID *uuid, uint32_t command, uint32_t types,
		      TEE_Param params[TEE_NUM_PARAMS])
{
	TEE_TASessionHandle session = TEE_HANDLE_NULL;
	uint32_t origin = 0;
	TEE_Result res;

	res = TEE_OpenTASession(uuid, TEE_TIMEOUT_INFINITE, 0, NULL, &session,
				&origin);
	if (res)
		return res;

	res = TEE_InvokeTACommand(session, TEE_TIMEOUT_INFINITE, command, types,
				  params, &origin);
	TEE_CloseTASession(session);

	return res;
}

/* Of the device and of this application. */
static TEE_Result long_term_key(uint8_t key[WRAP_KEY_LEN])
{
	char label[sizeof(long_term_label)];
	TEE_Param params[TEE_NUM_PARAMS] = { };

	TEE_MemMove(label, long_term_label, sizeof(label));
	params[0].memref.buffer = label;
	params[0].memref.size = sizeof(label);
	params[1].memref.buffer = key;
	params[1].memref.size = WRAP_KEY_LEN;

	return ask(&system_uuid, PTA_SYSTEM_DERIVE_TA_UNIQUE_KEY,
		   TYPES(MEM_IN, MEM_OUT, NONE, NONE), params);
}

/* Of this boot. */
static TEE_Result ephemeral_key(uint8_t key[WRAP_KEY_LEN])
{
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	uint8_t secret[SKBOOT_SECRET_LEN] = { };
	TEE_Param params[TEE_NUM_PARAMS] = { };
	TEE_Result res;

	params[0].memref.buffer = secret;
	params[0].memref.size = sizeof(secret);
	res = ask(&keeper_uuid, SKBOOT_CMD_SECRET,
		  TYPES(MEM_OUT, NONE, NONE, NONE), params);
	if (!res)
		res = hmac_operation(secret, sizeof(secret), &op);
	wipe(secret, sizeof(secret));
	if (res)
		return res;

	TEE_MACUpdate(op, ephemeral_label, sizeof(ephemeral_label));
	res = hmac_finish(op, key);
	TEE_FreeOperation(op);

	return res;
}

/* Ready for the payload of a blob with this header. */
static TEE_Result wrap_operation(const struct skta_blob_header *header,
				 uint32_t mode, const uint8_t *nonce,
				 TEE_OperationHandle *op)
{
	uint8_t key[WRAP_KEY_LEN] = { };
	TEE_Result res;

	if (header->form == SKTA_FORM_LONG_TERM)
		res = long_term_key(key);
	else
		res = ephemeral_key(key);
	if (!res)
		res = aes_operation(TEE_ALG_AES_GCM, mode, key, sizeof(key), op);
	wipe(key, sizeof(key));
	if (res)
		return res;

	res = TEE_AEInit(*op, nonce, WRAP_NONCE_LEN, WRAP_TAG_LEN * 8,
			 sizeof(*header), raw_len(header));
	if (res) {
		TEE_FreeOperation(*op);
		return res;
	}

	TEE_AEUpdateAAD(*op, header, sizeof(*header));

	return TEE_SUCCESS;
}

/**
 * wrap_close - wrap a key in the form that its header says
 * @key: the key, whose header has been checked
 * @blob: is set
 *
 * Return: TEE_SUCCESS, TEE_ERROR_OUT_OF_MEMORY, or what the TEE says.
 */
TEE_Result wrap_close(const struct key *key, struct blob *blob)
{
	size_t tag_len = WRAP_TAG_LEN;
	uint8_t *nonce = blob->payload;
	uint8_t *data = nonce + WRAP_NONCE_LEN;
	size_t len = raw_len(&key->header);
	size_t data_len = len;
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	TEE_Result res;

	blob->header = key->header;
	blob->header.payload_len = WRAP_NONCE_LEN + len + WRAP_TAG_LEN;
	TEE_GenerateRandom(nonce, WRAP_NONCE_LEN);

	res = wrap_operation(&blob->header, TEE_MODE_ENCRYPT, nonce, &op);
	if (res)
		return res;

	res = TEE_AEEncryptFinal(op, key->raw, len, data, &data_len, data + len,
				 &tag_len);
	TEE_FreeOperation(op);

	return res;
}

/**
 * wrap_open - unwrap a key
 * @blob: a blob whose header has been checked
 * @key: is set; nothing is in it on error
 *
 * Return: TEE_SUCCESS, TEE_ERROR_MAC_INVALID when the blob is not authentic,
 * TEE_ERROR_OUT_OF_MEMORY, or what the TEE says.
 */
TEE_Result wrap_open(const struct blob *blob, struct key *key)
{
	const uint8_t *nonce = blob->payload;
	const uint8_t *data = nonce + WRAP_NONCE_LEN;
	size_t len = raw_len(&blob->header);
	size_t data_len = sizeof(key->raw);
	uint8_t tag[WRAP_TAG_LEN];
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	TEE_Result res;

	res = wrap_operation(&blob->header, TEE_MODE_DECRYPT, nonce, &op);
	if (res)
		return res;

	TEE_MemMove(tag, data + len, sizeof(tag));
	res = TEE_AEDecryptFinal(op, data, len, key->raw, &data_len, tag,
				 sizeof(tag));
	TEE_FreeOperation(op);
	if (res) {
		wipe(key, sizeof(*key));
		return res;
	}

	key->header = blob->header;

	return TEE_SUCCESS;
}

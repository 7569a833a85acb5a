// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The header of wrapped keys, which is also how a key is asked for.
 */

#include "internal.h"

#define MODES_TOGETHER	(SKTA_MODE_CBC | SKTA_MODE_CTR)
#define MODES_ALONE	(SKTA_MODE_XTS | SKTA_MODE_GCM | SKTA_MODE_DERIVE)
#define FLAGS_ALL	(SKTA_FLAG_DECRYPT_ONLY | SKTA_FLAG_PROTECTED_DST_ONLY)

/* A key for several of some modes would tell in one what is secret in another. */
static bool modes_ok(uint32_t modes)
{
	if (!modes || modes & ~(MODES_TOGETHER | MODES_ALONE))
		return false;

	return !(modes & MODES_ALONE) || !(modes & (modes - 1));
}

static bool key_bits_ok(uint32_t modes, uint32_t bits)
{
	if (modes == SKTA_MODE_XTS)
		return bits == 256 || bits == 512;

	return bits == 128 || bits == 192 || bits == 256;
}

/* A name, and nothing but NULs behind it. */
static bool provider_ok(const char name[SKTA_PROVIDER_NAME_LEN])
{
	size_t i = 0;

	while (i < SKTA_PROVIDER_NAME_LEN && name[i])
		i++;

	if (!i || i == SKTA_PROVIDER_NAME_LEN)
		return false;

	while (i < SKTA_PROVIDER_NAME_LEN && !name[i])
		i++;

	return i == SKTA_PROVIDER_NAME_LEN;
}

static bool header_ok(const struct skta_blob_header *h)
{
	return h->magic == SKTA_BLOB_MAGIC &&
	       h->version == SKTA_BLOB_VERSION &&
	       h->header_len == sizeof(*h) &&
	       provider_ok(h->provider) &&
	       (h->form == SKTA_FORM_LONG_TERM ||
		h->form == SKTA_FORM_EPHEMERAL) &&
	       h->algorithm == SKTA_ALG_AES &&
	       modes_ok(h->modes) &&
	       key_bits_ok(h->modes, h->key_bits) &&
	       !(h->flags & ~FLAGS_ALL) &&
	       !h->reserved[0] && !h->reserved[1];
}

static size_t payload_len(const struct skta_blob_header *h)
{
	return WRAP_NONCE_LEN + raw_len(h) + WRAP_TAG_LEN;
}

/**
 * header_get - what is a key to be?
 * @p: a memref for input
 * @header: is set; the length of the payload is what it will be
 *
 * Return: TEE_SUCCESS, or TEE_ERROR_BAD_PARAMETERS.
 */
TEE_Result header_get(const TEE_Param *p, struct skta_blob_header *header)
{
	TEE_Result res;

	res = param_in_copy(p, header, sizeof(*header));
	if (res)
		return res;

	if (!header_ok(header))
		return TEE_ERROR_BAD_PARAMETERS;

	header->payload_len = payload_len(header);

	return TEE_SUCCESS;
}

/**
 * blob_get - copy a blob and check what can be checked without its key
 * @p: a memref for input
 * @blob: is set
 *
 * Return: TEE_SUCCESS, or TEE_ERROR_BAD_PARAMETERS.
 */
TEE_Result blob_get(const TEE_Param *p, struct blob *blob)
{
	struct skta_blob_header *h = &blob->header;
	size_t len = p->memref.size;
	TEE_Result res;

	res = param_in_check(p, sizeof(*h) + 1, sizeof(*blob));
	if (res)
		return res;

	TEE_MemMove(blob, p->memref.buffer, len);

	if (!header_ok(h) || h->payload_len != payload_len(h) ||
	    blob_len(blob) != len)
		return TEE_ERROR_BAD_PARAMETERS;

	return TEE_SUCCESS;
}

/* Is there room for the blob that will have this header? As param_out_check(). */
TEE_Result blob_out_check(TEE_Param *p, const struct skta_blob_header *header)
{
	return param_out_check(p, sizeof(*header) + payload_len(header));
}

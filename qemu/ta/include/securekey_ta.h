/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the trusted application "securekey" and its client, the kernel, say to each
 * other. Version 1.
 *
 * One session has at most one key. A key is loaded from a blob, which the application
 * has made and which nobody else can read, and the data that is decrypted with it goes
 * straight into memory that the client may be unable to read.
 *
 * All numbers are little-endian. The types of all four parameters of a command must be
 * exactly those given here, what is not named being TEE_PARAM_TYPE_NONE; anything else
 * is TEE_ERROR_BAD_PARAMETERS. All memory must be non-secure, unless said otherwise:
 * otherwise what is protected could be given back as a part of a key, or as data.
 *
 * Errors that any command may return:
 *
 * TEE_ERROR_BAD_PARAMETERS - a malformed header, an unknown algorithm, mode, size or
 *	flag, or something else that makes no sense
 * TEE_ERROR_MAC_INVALID - the blob, or the data, is not authentic
 * TEE_ERROR_ACCESS_DENIED - the policy of the key does not allow it
 * TEE_ERROR_BAD_STATE - no key is loaded, or one is already, or no request is running
 * TEE_ERROR_SHORT_BUFFER - the output does not fit; its size is set to what is needed
 * TEE_ERROR_OUT_OF_MEMORY - as it says; also when a session is opened
 * TEE_ERROR_NOT_SUPPORTED - no such command, in this build at least
 * TEE_ERROR_CANCEL - the test build was asked to sleep, and then not to
 */
#ifndef SECUREKEY_TA_H
#define SECUREKEY_TA_H

#include <stdint.h>

#define SKTA_UUID \
	{ 0x9d9d3e0b, 0x171e, 0x459d, \
	  { 0xae, 0x54, 0xa6, 0x9b, 0x96, 0x61, 0xe5, 0xe0 } }

#define SKTA_VERSION			1

/* Blobs: as struct securekey_blob_header of the kernel's user space API has it. */
#define SKTA_BLOB_MAGIC			0x594b4553	/* "SEKY" */
#define SKTA_BLOB_VERSION		1
#define SKTA_BLOB_MAX_LEN		1024
#define SKTA_PROVIDER_NAME_LEN		32

#define SKTA_FORM_LONG_TERM		1
#define SKTA_FORM_EPHEMERAL		2

#define SKTA_ALG_AES			1

#define SKTA_MODE_CBC			(1U << 0)
#define SKTA_MODE_CTR			(1U << 1)
#define SKTA_MODE_XTS			(1U << 2)
#define SKTA_MODE_GCM			(1U << 3)
#define SKTA_MODE_DERIVE		(1U << 4)

#define SKTA_FLAG_DECRYPT_ONLY		(1U << 0)
#define SKTA_FLAG_PROTECTED_DST_ONLY	(1U << 1)

/**
 * struct skta_blob_header - what is in front of a wrapped key
 * @magic: SKTA_BLOB_MAGIC
 * @version: SKTA_BLOB_VERSION
 * @header_len: bytes in this structure
 * @provider: what the kernel calls whoever has wrapped the key, padded with NULs
 * @form: SKTA_FORM_*
 * @algorithm: SKTA_ALG_*
 * @key_bits: length of the key, for xts of both halves
 * @modes: SKTA_MODE_* that the key may be used in: cbc, ctr or both, or one other
 * @flags: SKTA_FLAG_*
 * @payload_len: bytes that follow
 * @reserved: 0
 *
 * It is associated data of the payload, so that nobody can change it. The payload is
 * a nonce of 12 bytes, the key encrypted by AES-256-GCM, and the tag of 16 bytes.
 */
struct skta_blob_header {
	uint32_t magic;
	uint16_t version;
	uint16_t header_len;
	char provider[SKTA_PROVIDER_NAME_LEN];
	uint32_t form;
	uint32_t algorithm;
	uint32_t key_bits;
	uint32_t modes;
	uint32_t flags;
	uint32_t payload_len;
	uint32_t reserved[2];
};

/* Schemes of common encryption (ISO/IEC 23001-7). */
#define SKTA_SCHEME_NONE		0
#define SKTA_SCHEME_CENC		1
#define SKTA_SCHEME_CBC1		2
#define SKTA_SCHEME_CENS		3
#define SKTA_SCHEME_CBCS		4

#define SKTA_SUBSAMPLES_MAX		4096
#define SKTA_PATTERN_MAX		15
#define SKTA_AAD_MAX_LEN		4096
#define SKTA_CONTEXT_MAX_LEN		256
#define SKTA_IV_LEN			16
#define SKTA_GCM_IV_LEN			12
#define SKTA_GCM_TAG_LEN		16

/* The longest source of one SKTA_CMD_DECRYPT, the tag included. */
#define SKTA_CHUNK_MAX			(256 * 1024)

/* What a piece of a request is to SKTA_CMD_DECRYPT: a bit mask. */
#define SKTA_FIRST			(1U << 0)
#define SKTA_LAST			(1U << 1)

/**
 * struct skta_request - what is to be decrypted
 * @mode: one SKTA_MODE_*
 * @scheme: SKTA_SCHEME_*; all but none go with one mode each
 * @len: bytes of all pieces together, without the tag of gcm; not 0
 * @iv: the initialization vector (cbc), counter block (ctr), tweak (xts), or nonce
 *	with zeroes behind it (gcm)
 * @nr_subsamples: how many struct skta_subsample follow this; 0 unless there is a
 *	scheme, and then all of the data is protected
 * @aad_len: bytes of associated data that follow those; 0 unless with gcm
 * @crypt: of a pattern: blocks that are encrypted, which come first
 * @skip: of a pattern: blocks behind them that are not
 * @reserved: 0
 */
struct skta_request {
	uint32_t mode;
	uint32_t scheme;
	uint64_t len;
	uint8_t iv[SKTA_IV_LEN];
	uint32_t nr_subsamples;
	uint32_t aad_len;
	uint8_t crypt;
	uint8_t skip;
	uint8_t reserved[6];
};

/**
 * struct skta_subsample - a part of a sample
 * @clear_len: bytes that are in the clear, which come first
 * @protected_len: bytes behind them that are protected
 *
 * Not both are 0.
 */
struct skta_subsample {
	uint32_t clear_len;
	uint32_t protected_len;
};

/*
 * What is this?
 *
 * P0 value out: a: SKTA_VERSION, b: SKTA_BLOB_MAX_LEN
 * P1 value out: a: mask of SKTA_MODE_*, b: sizes of AES keys: bit n is n * 64 bits
 * P2 value out: a: bit n is SKTA_SCHEME_* n, b: SKTA_SUBSAMPLES_MAX
 * P3 value out: a: SKTA_CHUNK_MAX, b: SKTA_INFO_*
 */
#define SKTA_CMD_INFO			0
#define SKTA_INFO_TEST_BUILD		(1U << 0)

/*
 * Make a key and wrap it in the form that the header says.
 *
 * P0 memref in: struct skta_blob_header, but for payload_len, which may be anything
 * P1 memref out: the blob
 */
#define SKTA_CMD_GENERATE		1

/*
 * Wrap a key that is known.
 *
 * P0 memref in: as SKTA_CMD_GENERATE
 * P1 memref in: the key
 * P2 memref out: the blob
 */
#define SKTA_CMD_IMPORT			2

/*
 * Turn a long-term blob into an ephemeral one, good until the next power-on.
 *
 * P0 memref in: the long-term blob
 * P1 memref out: the ephemeral blob
 */
#define SKTA_CMD_PREPARE		3

/*
 * Make a key the key of this session, until that is closed.
 *
 * P0 memref in: a blob of either form
 */
#define SKTA_CMD_LOAD			4

/*
 * Wrap the loaded key once more. It must have come from a long-term blob.
 *
 * P0 memref out: a long-term blob
 */
#define SKTA_CMD_EXPORT			5

/*
 * Derive a key from the loaded one, which must be for SKTA_MODE_DERIVE, and wrap it
 * in the form that the header says. It gets all flags that the loaded key has, or is
 * refused.
 *
 * It is the output of the KDF in counter mode of NIST SP 800-108 with HMAC-SHA256,
 * whose label is SKTA_DERIVE_LABEL with its NUL, and whose context is the header, form
 * and payload_len being 0, followed by what is in P1.
 *
 * P0 memref in: as SKTA_CMD_GENERATE
 * P1 memref in: 1 to SKTA_CONTEXT_MAX_LEN bytes
 * P2 memref out: the blob
 */
#define SKTA_CMD_DERIVE			6
#define SKTA_DERIVE_LABEL		"securekey derive v1"

/*
 * Decrypt a piece of a request. Requests come in one piece or more; the first has
 * SKTA_FIRST and ends whatever ran before; the last has SKTA_LAST.
 *
 * Without SKTA_LAST not all of the source may be consumed: less than a block stays
 * with cbc and gcm, and with xts up to 31 bytes, so that the end of the data can be
 * told from the rest. The client sends these again in front of the next piece. With
 * SKTA_LAST all of it is consumed, and the request has ended. Any error ends it too,
 * and there is no plaintext from this piece then; what came from the pieces before is
 * for the client to wipe.
 *
 * P0 memref in: with SKTA_FIRST: struct skta_request, the subsamples, the associated
 *	data, and nothing else; otherwise NONE
 * P1 memref in: up to SKTA_CHUNK_MAX bytes, not more than are left of the request; the
 *	last piece is all that is left, and the tag, in full
 * P2 memref inout: where the plaintext goes, as long as P1 without the tag. Secure
 *	memory, or non-secure memory that P1 is not in unless the key has
 *	SKTA_FLAG_PROTECTED_DST_ONLY
 * P3 value inout: in: a: SKTA_FIRST, SKTA_LAST; out: a: bytes consumed of P1 without
 *	the tag, whose plaintext is at the start of P2
 */
#define SKTA_CMD_DECRYPT		7

/* End the running request and forget it. */
#define SKTA_CMD_ABORT			8

/*
 * Zero memory, of a request that has failed. There must be a key.
 *
 * P0 memref inout: secure memory
 */
#define SKTA_CMD_WIPE			9

/*
 * In the test build only: what is in memory, secure or not?
 *
 * P0 memref in: the memory
 * P1 memref out: SHA-256 of it
 */
#define SKTA_CMD_TEST_DIGEST		10

/*
 * In the test build only: have something go wrong.
 *
 * P0 value in: a: SKTA_FAULT_*, b: milliseconds
 */
#define SKTA_CMD_TEST_FAULT		11
#define SKTA_FAULT_PANIC		1	/* now */
#define SKTA_FAULT_PANIC_DECRYPT	2	/* in the next SKTA_CMD_DECRYPT */
#define SKTA_FAULT_SLEEP_DECRYPT	3	/* in it too, unless it is cancelled */

#endif /* SECUREKEY_TA_H */

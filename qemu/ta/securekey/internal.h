/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The trusted application "securekey": what its parts share.
 */
#ifndef INTERNAL_H
#define INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <tee_internal_api.h>
#include <tee_internal_api_extensions.h>

#include <securekey_ta.h>

/* What is said and wrapped is little-endian, and used as it is. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "byte order");
_Static_assert(sizeof(struct skta_blob_header) == 72, "blob header");
_Static_assert(sizeof(struct skta_request) == 48, "request");
_Static_assert(sizeof(struct skta_subsample) == 8, "subsample");

#define AES_BLOCK_LEN		16
#define AES_KEY_MAX_LEN		32
#define SHA256_LEN		32
/* xts takes two keys. */
#define RAW_MAX_LEN		(2 * AES_KEY_MAX_LEN)

#define WRAP_NONCE_LEN		12
#define WRAP_TAG_LEN		16
#define PAYLOAD_MAX_LEN		(WRAP_NONCE_LEN + RAW_MAX_LEN + WRAP_TAG_LEN)

#define MIN_OF(a, b)		((a) < (b) ? (a) : (b))

#define NONE			TEE_PARAM_TYPE_NONE
#define VALUE_IN		TEE_PARAM_TYPE_VALUE_INPUT
#define VALUE_OUT		TEE_PARAM_TYPE_VALUE_OUTPUT
#define VALUE_INOUT		TEE_PARAM_TYPE_VALUE_INOUT
#define MEM_IN			TEE_PARAM_TYPE_MEMREF_INPUT
#define MEM_OUT			TEE_PARAM_TYPE_MEMREF_OUTPUT
#define MEM_INOUT		TEE_PARAM_TYPE_MEMREF_INOUT
#define TYPES(a, b, c, d)	TEE_PARAM_TYPES(a, b, c, d)

/**
 * struct blob - a wrapped key
 * @header: is it authentic? wrap_open() knows
 * @payload: as many bytes of it as the header says
 */
struct blob {
	struct skta_blob_header header;
	uint8_t payload[PAYLOAD_MAX_LEN];
};

/**
 * struct key - a key in the clear
 * @header: of the blob that it came from: the policy
 * @raw: the key
 */
struct key {
	struct skta_blob_header header;
	uint8_t raw[RAW_MAX_LEN];
};

/**
 * struct run - bytes of a request that are treated alike
 * @len: how many
 * @encrypted: they are decrypted, otherwise copied
 * @restart: before, the vector is that of the request again
 */
struct run {
	uint64_t len;
	bool encrypted;
	bool restart;
};

/**
 * struct runs - going through the runs of a request
 * @req: the request
 * @subsamples: its subsamples
 * @next: the one that comes next
 * @clear_left: bytes of the present one that come first, and are in the clear
 * @protected_left: bytes behind them
 * @in_skip: the present one is in the part of the pattern that is in the clear
 * @fresh: nothing of it was encrypted yet
 */
struct runs {
	const struct skta_request *req;
	const struct skta_subsample *subsamples;
	uint32_t next;
	uint64_t clear_left;
	uint64_t protected_left;
	bool in_skip;
	bool fresh;
};

/*
 * Decrypting has its price per call, and a pattern can have a run per block: short runs
 * are gathered, decrypted at once, and put where they belong.
 */
#define STAGE_LEN		4096
#define STAGE_SEGMENTS		(STAGE_LEN / AES_BLOCK_LEN)

/**
 * struct stage - short runs that wait to be decrypted
 * @data: their bytes, one run behind the other
 * @len: how many
 * @segments: where the plaintext of each run goes, and its length
 * @nr_segments: how many
 */
struct stage {
	uint8_t data[STAGE_LEN];
	size_t len;
	struct {
		uint8_t *dst;
		size_t len;
	} segments[STAGE_SEGMENTS];
	size_t nr_segments;
};

/**
 * struct stream - a request, and where it has got to
 * @running: there is one
 * @req: the request
 * @subsamples: its subsamples, or NULL
 * @left: bytes of it that have not been consumed
 * @runs: the runs that follow
 * @run: what is left of the present one
 * @until_wrap: of ctr in common encryption: bytes until the counter wraps
 * @tweak: of xts: the tweak, encrypted, for what follows
 * @stage: see there
 */
struct stream {
	bool running;
	struct skta_request req;
	struct skta_subsample *subsamples;
	uint64_t left;
	struct runs runs;
	struct run run;
	uint64_t until_wrap;
	uint8_t tweak[AES_BLOCK_LEN];
	struct stage stage;
};

/**
 * struct session - a session, which is an instance of the application
 * @loaded: there is a key
 * @key: the key
 * @op: the operation of the mode that was used last, with the key in it, or NULL
 * @op_mode: that mode
 * @stream: the request
 * @fault: of the test build: what goes wrong in the next request
 * @fault_ms: how long it takes
 */
struct session {
	bool loaded;
	struct key key;
	TEE_OperationHandle op;
	uint32_t op_mode;
	struct stream stream;
#ifdef CFG_SECUREKEY_TEST
	uint32_t fault;
	uint32_t fault_ms;
#endif
};

/* Unlike memset(), a call that no compiler takes away. */
static inline void wipe(void *p, size_t len)
{
	TEE_MemFill(p, 0, len);
}

static inline size_t raw_len(const struct skta_blob_header *header)
{
	return header->key_bits / 8;
}

static inline size_t blob_len(const struct blob *blob)
{
	return sizeof(blob->header) + blob->header.payload_len;
}

/* param.c */
TEE_Result param_in_check(const TEE_Param *p, size_t min, size_t max);
TEE_Result param_in_copy(const TEE_Param *p, void *to, size_t len);
TEE_Result param_out_check(TEE_Param *p, size_t len);
void param_out_copy(TEE_Param *p, const void *from, size_t len);

/* blob.c */
TEE_Result header_get(const TEE_Param *p, struct skta_blob_header *header);
TEE_Result blob_get(const TEE_Param *p, struct blob *blob);
TEE_Result blob_out_check(TEE_Param *p, const struct skta_blob_header *header);

/* crypto.c */
TEE_Result aes_operation(uint32_t algorithm, uint32_t mode, const uint8_t *raw,
			 size_t len, TEE_OperationHandle *op);
TEE_Result hmac_operation(const uint8_t *raw, size_t len,
			  TEE_OperationHandle *op);
TEE_Result hmac_finish(TEE_OperationHandle op, uint8_t mac[SHA256_LEN]);

/* wrap.c */
TEE_Result wrap_close(const struct key *key, struct blob *blob);
TEE_Result wrap_open(const struct blob *blob, struct key *key);

/* key.c */
TEE_Result key_give(struct key *key, TEE_Param *out);
TEE_Result cmd_generate(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);
TEE_Result cmd_import(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);
TEE_Result cmd_prepare(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);
TEE_Result cmd_load(struct session *s, uint32_t types,
		    TEE_Param params[TEE_NUM_PARAMS]);
TEE_Result cmd_export(struct session *s, uint32_t types,
		      TEE_Param params[TEE_NUM_PARAMS]);

/* derive.c */
TEE_Result cmd_derive(struct session *s, uint32_t types,
		      TEE_Param params[TEE_NUM_PARAMS]);

/* request.c */
TEE_Result request_get(struct stream *st, const TEE_Param *p,
		       const uint8_t **aad);

/* runs.c */
void runs_begin(struct runs *runs, const struct skta_request *req,
		const struct skta_subsample *subsamples);
bool runs_next(struct runs *runs, struct run *run);
TEE_Result layout_check(const struct skta_request *req,
			const struct skta_subsample *subsamples);

/* cipher.c */
TEE_Result cipher_begin(struct session *s, const uint8_t *aad);
void cipher_restart(struct session *s);
TEE_Result cipher_update(struct session *s, const uint8_t *src, uint8_t *dst,
			 size_t len);
TEE_Result cipher_finish(struct session *s, uint8_t tag[SKTA_GCM_TAG_LEN]);

/* stage.c */
TEE_Result stage_add(struct session *s, const uint8_t *src, uint8_t *dst,
		     size_t len);
TEE_Result stage_flush(struct session *s);

/* stream.c */
TEE_Result stream_begin(struct session *s, const TEE_Param *request);
TEE_Result stream_piece(struct session *s, const uint8_t *src, uint8_t *dst,
			size_t len, bool last, size_t *done);
void stream_end(struct session *s);

/* xts.c */
TEE_Result xts_piece(struct session *s, const uint8_t *src, uint8_t *dst,
		     size_t len, bool last, size_t *done);

/* decrypt.c */
TEE_Result cmd_decrypt(struct session *s, uint32_t types,
		       TEE_Param params[TEE_NUM_PARAMS]);
TEE_Result cmd_abort(struct session *s, uint32_t types);
TEE_Result cmd_wipe(struct session *s, uint32_t types,
		    TEE_Param params[TEE_NUM_PARAMS]);

/* test.c */
#ifdef CFG_SECUREKEY_TEST
TEE_Result cmd_test_digest(uint32_t types, TEE_Param params[TEE_NUM_PARAMS]);
TEE_Result cmd_test_fault(struct session *s, uint32_t types,
			  TEE_Param params[TEE_NUM_PARAMS]);
TEE_Result test_fault(struct session *s);
#else
static inline TEE_Result test_fault(struct session *s)
{
	(void)s;

	return TEE_SUCCESS;
}
#endif

#endif /* INTERNAL_H */

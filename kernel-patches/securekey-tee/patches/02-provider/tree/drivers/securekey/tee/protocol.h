/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the trusted application for secure keys and the kernel say to each other.
 *
 * One session is one instance of the application and has one key at most. Numbers in
 * structures are little-endian. Blobs and headers are those of user space, see
 * include/uapi/linux/securekey.h. Parameters that are not named are not there.
 */
#ifndef _DRIVERS_SECUREKEY_TEE_PROTOCOL_H
#define _DRIVERS_SECUREKEY_TEE_PROTOCOL_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

#define SKTA_PROTOCOL_VERSION	1

/**
 * enum skta_command - what the application can be asked for
 * @SKTA_INFO: parameter 0: value out, a: protocol version, b: length of the longest
 *	blob; 1: value out, a: SECUREKEY_MODE_*, b: lengths of AES keys, bit n stands
 *	for n * 64 bits; 2: value out, a: schemes, bit n stands for the
 *	SECUREKEY_SCHEME_* that is n, b: how many subsamples it takes; 3: value out,
 *	a: the longest source of one SKTA_DECRYPT, b: SKTA_INFO_*
 * @SKTA_GENERATE: 0: memory in, header; 1: memory out, long-term blob
 * @SKTA_IMPORT: 0: memory in, header; 1: memory in, raw key; 2: memory out,
 *	long-term blob
 * @SKTA_PREPARE: 0: memory in, long-term blob; 1: memory out, ephemeral blob
 * @SKTA_LOAD: 0: memory in, blob. The session has the key from now on
 * @SKTA_EXPORT: 0: memory out, the session's key as long-term blob
 * @SKTA_DERIVE: 0: memory in, header; 1: memory in, context; 2: memory out,
 *	long-term blob of a key that is derived from the session's
 * @SKTA_DECRYPT: 0: memory in, &struct skta_request, subsamples and associated data
 *	(with SKTA_FIRST only); 1: memory in, source; 2: memory in and out, where that
 *	part of the destination is, as long as the source but for the tag; 3: value in
 *	and out, in a: SKTA_FIRST, SKTA_LAST, out a: bytes at the start of the
 *	destination that are plaintext now. Those are all with SKTA_LAST; otherwise
 *	the rest of the source has to be sent again in front of what follows
 * @SKTA_ABORT: forget the request that SKTA_FIRST has begun
 * @SKTA_WIPE: 0: memory in and out, zeroed
 * @SKTA_TEST_DIGEST: 0: memory in; 1: memory out, its SHA-256. Test builds only
 * @SKTA_TEST_FAULT: 0: value in, a: SKTA_FAULT_*, b: milliseconds. Test builds only
 */
enum skta_command {
	SKTA_INFO,
	SKTA_GENERATE,
	SKTA_IMPORT,
	SKTA_PREPARE,
	SKTA_LOAD,
	SKTA_EXPORT,
	SKTA_DERIVE,
	SKTA_DECRYPT,
	SKTA_ABORT,
	SKTA_WIPE,
	SKTA_TEST_DIGEST,
	SKTA_TEST_FAULT,
};

#define SKTA_INFO_TEST		BIT(0)	/* a build for tests: it protects nothing */

#define SKTA_FIRST		BIT(0)
#define SKTA_LAST		BIT(1)

#define SKTA_FAULT_PANIC	1	/* at once */
#define SKTA_FAULT_PANIC_LATER	2	/* when the session decrypts next */
#define SKTA_FAULT_SLEEP	3	/* when the session decrypts next */

/**
 * struct skta_request - what SKTA_DECRYPT begins with
 * @mode: one of SECUREKEY_MODE_*
 * @scheme: one of SECUREKEY_SCHEME_*
 * @len: bytes of the whole request, without the tag
 * @iv: as in &struct securekey_request
 * @nr_subsamples: how many &struct securekey_subsample follow
 * @aad_len: how many bytes of associated data follow those
 * @crypt: of the pattern
 * @skip: of the pattern
 * @reserved: 0
 */
struct skta_request {
	__le32 mode;
	__le32 scheme;
	__le64 len;
	u8 iv[16];
	__le32 nr_subsamples;
	__le32 aad_len;
	u8 crypt;
	u8 skip;
	u8 reserved[6];
};

static_assert(sizeof(struct skta_request) == 48);

/**
 * struct skta_subsample - a &struct securekey_subsample behind that
 * @clear_len: see there
 * @protected_len: see there
 */
struct skta_subsample {
	__le32 clear_len;
	__le32 protected_len;
};

/* Results, as in the GlobalPlatform TEE Internal Core API. */
#define SKTA_SUCCESS			0x00000000
#define SKTA_ERROR_ACCESS_DENIED	0xffff0001
#define SKTA_ERROR_CANCEL		0xffff0002
#define SKTA_ERROR_BAD_PARAMETERS	0xffff0006
#define SKTA_ERROR_BAD_STATE		0xffff0007
#define SKTA_ERROR_ITEM_NOT_FOUND	0xffff0008
#define SKTA_ERROR_NOT_SUPPORTED	0xffff000a
#define SKTA_ERROR_OUT_OF_MEMORY	0xffff000c
#define SKTA_ERROR_BUSY			0xffff000d
#define SKTA_ERROR_COMMUNICATION	0xffff000e
#define SKTA_ERROR_SHORT_BUFFER		0xffff0010
#define SKTA_ERROR_TARGET_DEAD		0xffff3024
#define SKTA_ERROR_MAC_INVALID		0xffff3071

#endif /* _DRIVERS_SECUREKEY_TEE_PROTOCOL_H */

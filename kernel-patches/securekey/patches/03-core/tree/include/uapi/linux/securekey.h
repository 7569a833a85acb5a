/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Keys that the kernel uses but does not see: what user space passes around.
 *
 * See Documentation/security/securekey.rst
 */
#ifndef _UAPI_LINUX_SECUREKEY_H
#define _UAPI_LINUX_SECUREKEY_H

#include <linux/types.h>

/* Length of a provider's name, the terminating NUL included. */
#define SECUREKEY_PROVIDER_NAME_LEN	32

/* The form of a wrapped key. */
#define SECUREKEY_FORM_LONG_TERM	1	/* may be stored, outlives a reboot */
#define SECUREKEY_FORM_EPHEMERAL	2	/* worthless after the next reboot */

/* The algorithm that a key is for. */
#define SECUREKEY_ALG_AES		1

/* The modes of operation that a key may be used in: a bit mask. */
#define SECUREKEY_MODE_CBC		(1U << 0)
#define SECUREKEY_MODE_CTR		(1U << 1)

/* What else a key is restricted to: a bit mask. */
#define SECUREKEY_FLAG_DECRYPT_ONLY		(1U << 0)
#define SECUREKEY_FLAG_PROTECTED_DST_ONLY	(1U << 1)

/**
 * struct securekey_params - what a key is and what it may be used for
 * @algorithm: one of SECUREKEY_ALG_*
 * @key_bits: length of the key in bits
 * @modes: the SECUREKEY_MODE_* that the key may be used in, at least one
 * @flags: any of SECUREKEY_FLAG_*
 * @form: one of SECUREKEY_FORM_*: how the key is to be wrapped
 * @reserved: must be 0
 *
 * Given when a key is generated or imported, and fixed from then on.
 */
struct securekey_params {
	__u32 algorithm;
	__u32 key_bits;
	__u32 modes;
	__u32 flags;
	__u32 form;
	__u32 reserved[3];
};

#define SECUREKEY_BLOB_MAGIC		0x594b4553	/* "SEKY" */
#define SECUREKEY_BLOB_VERSION		1

/**
 * struct securekey_blob_header - start of a wrapped key
 * @magic: SECUREKEY_BLOB_MAGIC
 * @version: SECUREKEY_BLOB_VERSION
 * @header_len: bytes in this structure
 * @provider: name of the provider that wrapped the key, padded with NULs
 * @form: one of SECUREKEY_FORM_*
 * @algorithm: one of SECUREKEY_ALG_*
 * @key_bits: length of the key in bits
 * @modes: the SECUREKEY_MODE_* that the key may be used in
 * @flags: any of SECUREKEY_FLAG_*
 * @payload_len: bytes that follow this structure; nothing follows those
 * @reserved: 0
 *
 * The header can be read by anybody and is authenticated by the provider: a
 * blob with any bit changed is refused with EBADMSG. The payload is known to
 * the provider only. The numbers are little-endian, so that a long-term blob
 * means the same to whatever machine shares the provider's wrapping key.
 */
struct securekey_blob_header {
	__le32 magic;
	__le16 version;
	__le16 header_len;
	char provider[SECUREKEY_PROVIDER_NAME_LEN];
	__le32 form;
	__le32 algorithm;
	__le32 key_bits;
	__le32 modes;
	__le32 flags;
	__le32 payload_len;
	__le32 reserved[2];
};

/* No blob, header included, is longer than this. */
#define SECUREKEY_BLOB_MAX_LEN		1024

#endif /* _UAPI_LINUX_SECUREKEY_H */

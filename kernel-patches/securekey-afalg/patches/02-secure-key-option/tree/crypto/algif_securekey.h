/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * algif_securekey: what the files of this module share
 */
#ifndef _CRYPTO_ALGIF_SECUREKEY_H
#define _CRYPTO_ALGIF_SECUREKEY_H

#include <linux/types.h>

struct af_alg_type;
struct securekey_key;

/**
 * struct securekey_cipher - what a skcipher socket with a secure key stands for
 * @key: the key, one reference
 * @name: name of the cipher as given to bind(), a constant
 * @mode: the same as SECUREKEY_MODE_*
 *
 * Private data of the bound socket. Operation sockets use it too: each pins the
 * bound socket, whose key cannot be changed while it has operation sockets.
 */
struct securekey_cipher {
	struct securekey_key *key;
	const char *name;
	u32 mode;
};

extern const struct af_alg_type securekey_cipher_type;

#endif /* _CRYPTO_ALGIF_SECUREKEY_H */

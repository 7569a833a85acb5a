// SPDX-License-Identifier: GPL-2.0-only
/*
 * algif_securekey: skcipher sockets with a key that the kernel does not see
 *
 * A socket of type "skcipher" that is given such a key by ALG_SET_SECURE_KEY
 * becomes one of this type: the transformation that bind() allocated is of no
 * use any more, since the crypto API can neither hold the key nor write to the
 * destination. See alg_set_secure_key().
 */

#include <crypto/if_alg.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/key.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/securekey.h>
#include <linux/slab.h>
#include <linux/sockptr.h>
#include <linux/string.h>
#include <net/sock.h>

#include "algif_securekey.h"

static const struct {
	const char *name;
	u32 algorithm;
	u32 mode;
} securekey_ciphers[] = {
	{ "cbc(aes)", SECUREKEY_ALG_AES, SECUREKEY_MODE_CBC },
	{ "ctr(aes)", SECUREKEY_ALG_AES, SECUREKEY_MODE_CTR },
};

/*
 * A socket gets this type by ALG_SET_SECURE_KEY only: to bind() it is as good
 * as not there.
 */
static void *securekey_cipher_bind(const char *name)
{
	return ERR_PTR(-ENOENT);
}

static void securekey_cipher_release(void *private)
{
	struct securekey_cipher *cipher = private;

	securekey_key_put(cipher->key);
	kfree(cipher);
}

static struct securekey_key *securekey_cipher_serial(sockptr_t optval)
{
	key_serial_t serial;
	long timeo = 0;

	if (copy_from_sockptr(&serial, optval, sizeof(serial)))
		return ERR_PTR(-EFAULT);

	return securekey_key_load_serial(NULL, serial, &timeo);
}

static struct securekey_key *securekey_cipher_blob(sockptr_t optval,
						   unsigned int optlen)
{
	/* No key is that long. */
	if (optlen > SECUREKEY_BLOB_MAX_LEN)
		return ERR_PTR(-EBADMSG);

	void *blob __free(kfree) = kmalloc(SECUREKEY_BLOB_MAX_LEN, GFP_KERNEL);

	if (!blob)
		return ERR_PTR(-ENOMEM);
	if (copy_from_sockptr(blob, optval, optlen))
		return ERR_PTR(-EFAULT);

	return securekey_key_load(NULL, blob, optlen);
}

/* Every blob is longer than a serial number. */
static void *securekey_cipher_load(sockptr_t optval, unsigned int optlen)
{
	struct securekey_cipher *cipher;
	struct securekey_key *key;

	if (optlen == sizeof(key_serial_t))
		key = securekey_cipher_serial(optval);
	else
		key = securekey_cipher_blob(optval, optlen);
	if (IS_ERR(key))
		return key;

	cipher = kzalloc_obj(*cipher, GFP_KERNEL_ACCOUNT);
	if (!cipher) {
		securekey_key_put(key);
		return ERR_PTR(-ENOMEM);
	}
	cipher->key = key;

	return cipher;
}

static int securekey_cipher_take(void *private, const char *name)
{
	struct securekey_cipher *cipher = private;
	int i;

	for (i = 0; i < ARRAY_SIZE(securekey_ciphers); i++) {
		if (strcmp(securekey_ciphers[i].name, name))
			continue;
		if (securekey_ciphers[i].algorithm !=
		    cipher->key->params.algorithm)
			return -EKEYREJECTED;
		cipher->name = securekey_ciphers[i].name;
		cipher->mode = securekey_ciphers[i].mode;
		return securekey_key_check(cipher->key, cipher->mode,
					   SECUREKEY_DECRYPT);
	}

	return -ENOPROTOOPT;
}

static const char *securekey_cipher_name(void *private)
{
	struct securekey_cipher *cipher = private;

	return cipher->name;
}

/* What is accepted pins the key, and cannot do anything with it yet. */
static int securekey_cipher_accept(void *private, struct sock *sk)
{
	sk->sk_destruct = af_alg_release_parent;

	return 0;
}

static struct proto_ops securekey_cipher_ops = {
	.family		=	PF_ALG,

	.connect	=	sock_no_connect,
	.socketpair	=	sock_no_socketpair,
	.getname	=	sock_no_getname,
	.ioctl		=	sock_no_ioctl,
	.listen		=	sock_no_listen,
	.shutdown	=	sock_no_shutdown,
	.mmap		=	sock_no_mmap,
	.bind		=	sock_no_bind,
	.accept		=	sock_no_accept,
	.sendmsg	=	sock_no_sendmsg,
	.recvmsg	=	sock_no_recvmsg,

	.release	=	af_alg_release,
};

const struct af_alg_type securekey_cipher_type = {
	.bind		=	securekey_cipher_bind,
	.release	=	securekey_cipher_release,
	.secure_name	=	securekey_cipher_name,
	.secure_load	=	securekey_cipher_load,
	.secure_take	=	securekey_cipher_take,
	.accept		=	securekey_cipher_accept,
	.ops		=	&securekey_cipher_ops,
	.name		=	"securecipher",
	.owner		=	THIS_MODULE,
};

MODULE_ALIAS("algif-securecipher");

import {
  addDefine,
  addInitializer,
  addStructMember,
  c,
  edit,
  fn,
  insertAfter,
  insertBefore,
  line,
  replace,
  replaceStatement,
  statement,
} from '@kseries/patchgen'

export default [
  edit(
    'include/uapi/linux/if_alg.h',
    addDefine(
      c`
#define ALG_SET_SECURE_KEY		8	/* a securekey blob or a key's serial */
`,
      { after: 'ALG_SET_KEY_BY_KEY_SERIAL' },
    ),
  ),
  edit(
    'include/crypto/if_alg.h',
    addStructMember(
      'af_alg_type',
      c`

	/* Name of the cipher, NULL if secure keys cannot be used with it. */
	const char *(*secure_name)(void *private);
	/* For the type that takes over a socket which gets a secure key. */
	void *(*secure_load)(sockptr_t optval, unsigned int optlen);
	int (*secure_take)(void *private, const char *name);
`,
      { after: 'setauthsize' },
    ),
  ),
  edit(
    'crypto/af_alg.c',
    insertAfter(
      fn('alg_get_type'),
      c`

static const struct af_alg_type *alg_load_type(const char *name)
{
	const struct af_alg_type *type = alg_get_type(name);

	if (PTR_ERR(type) == -ENOENT) {
		request_module("algif-%s", name);
		type = alg_get_type(name);
	}

	return type;
}
`,
    ),
    replace(
      line(
        c`
	type = alg_get_type(sa->salg_type);
	if (PTR_ERR(type) == -ENOENT) {
		request_module("algif-%s", sa->salg_type);
		type = alg_get_type(sa->salg_type);
	}
`,
        { in: 'alg_bind' },
      ),
      c`
	type = alg_load_type(sa->salg_type);
`,
    ),
    insertBefore(
      fn('alg_setsockopt'),
      c`
/* The name of the cipher that @sk, which is locked, may get a secure key for. */
static const char *alg_secure_name(struct sock *sk)
{
	struct alg_sock *ask = alg_sk(sk);
	const struct af_alg_type *type = ask->type;
	const char *name = NULL;

	if (atomic_read(&ask->refcnt))
		return ERR_PTR(-EBUSY);

	if (type && type->secure_name)
		name = type->secure_name(ask->private);

	return name ?: ERR_PTR(-ENOPROTOOPT);
}

/*
 * A key that the kernel does not see is of no use to the crypto API: the socket
 * goes over to the type "securecipher", which knows what to do with it.
 *
 * Loading the key may mean to call into firmware and take its time. Therefore it
 * is done without the socket lock, in two steps: what was found out in the first
 * is checked again in the second.
 */
static int alg_set_secure_key(struct sock *sk, sockptr_t optval,
			      unsigned int optlen)
{
	struct alg_sock *ask = alg_sk(sk);
	const struct af_alg_type *type;
	const char *name;
	void *private;
	int err;

	/* Before anything is loaded: not for everybody, as are the providers. */
	if (!af_alg_capable())
		return -ENOPROTOOPT;

	lock_sock(sk);
	name = alg_secure_name(sk);
	release_sock(sk);
	if (IS_ERR(name))
		return PTR_ERR(name);

	type = alg_load_type("securecipher");
	if (IS_ERR(type))
		return -ENOPROTOOPT;

	private = type->secure_load(optval, optlen);
	if (IS_ERR(private)) {
		module_put(type->owner);
		return PTR_ERR(private);
	}

	lock_sock(sk);
	name = alg_secure_name(sk);
	err = PTR_ERR_OR_ZERO(name);
	if (!err)
		err = type->secure_take(private, name);
	if (!err) {
		swap(ask->type, type);
		swap(ask->private, private);
	}
	release_sock(sk);

	alg_do_release(type, private);

	return err;
}

`,
    ),
    insertBefore(
      statement('lock_sock(sk);', { in: 'alg_setsockopt' }),
      c`
	if (IS_ENABLED(CONFIG_CRYPTO_USER_API_SECUREKEY) &&
	    level == SOL_ALG && optname == ALG_SET_SECURE_KEY)
		return alg_set_secure_key(sk, optval, optlen);

`,
    ),
  ),
  edit(
    'crypto/algif_skcipher.c',
    addInitializer(
      'algif_type_skcipher',
      c`
	.secure_name	=	PTR_IF(IS_ENABLED(CONFIG_CRYPTO_USER_API_SECUREKEY),
				       skcipher_secure_name),
`,
      { after: 'setkey' },
    ),
  ),
  edit(
    'crypto/algif_skcipher.c',
    insertBefore(
      fn('skcipher_sock_destruct'),
      c`
/* The ciphers that secure keys may be used with. */
static const char *skcipher_secure_name(void *private)
{
	static const char * const names[] = { "cbc(aes)", "ctr(aes)" };
	const char *name = crypto_tfm_alg_name(crypto_skcipher_tfm(private));
	int i = match_string(names, ARRAY_SIZE(names), name);

	return i < 0 ? NULL : names[i];
}

`,
    ),
  ),
  edit(
    'crypto/algif_securekey_keys.c',
    insertAfter(
      '#include <net/sock.h>',
      c`

#include "algif_securekey.h"
`,
    ),
    replaceStatement(
      'algif_securekey_init',
      'return af_alg_register_type',
      c`
	int err;

	err = af_alg_register_type(&securekey_keys_type);
	if (err)
		return err;

	err = af_alg_register_type(&securekey_cipher_type);
	if (err)
		af_alg_unregister_type(&securekey_keys_type);

	return err;
`,
    ),
    insertBefore(
      statement('WARN_ON(', { in: 'algif_securekey_exit' }),
      c`
	WARN_ON(af_alg_unregister_type(&securekey_cipher_type));
`,
    ),
  ),
  edit(
    'crypto/Makefile',
    insertAfter(
      'algif_securekey-y := algif_securekey_keys.o',
      c`
algif_securekey-y += algif_securekey_cipher.o
`,
    ),
  ),
]

import {
  addInclude,
  addKconfig,
  addToMaintainers,
  c,
  define,
  edit,
  fn,
  insertAfter,
  insertBefore,
  replace,
  when,
} from '@kseries/patchgen'

export default [
  edit(
    'include/uapi/linux/if_alg.h',
    insertAfter(
      define('ALG_SET_KEY_BY_KEY_SERIAL'),
      c`

/* Commands of the type "securekey", see <linux/securekey.h> */
#define ALG_GENERATE_KEY		10	/* nothing or struct securekey_params */
#define ALG_IMPORT_KEY			11	/* struct securekey_params */
#define ALG_PREPARE_KEY			12
#define ALG_DELETE_KEY			13
`,
    ),
  ),
  edit(
    'crypto/Kconfig',
    addKconfig(
      c`
config CRYPTO_USER_API_SECUREKEY
	tristate "Secure keys"
	depends on NET
	depends on SECUREKEY
	select CRYPTO_USER_API
	help
	  Enable the AF_ALG userspace interface for keys that the kernel uses but
	  does not see: they can be generated and imported, and data can be
	  decrypted with them into dma-bufs that the CPU cannot read.

	  Unlike the other types this one offers nothing that userspace could do
	  on its own.  It needs a provider of such keys, and symmetric key cipher
	  algorithms (CRYPTO_USER_API_SKCIPHER) to use a key with.

	  See also Documentation/crypto/userspace-if.rst

	  If unsure, say N.
`,
      { after: 'CRYPTO_USER_API_AEAD' },
    ),
  ),
  edit(
    'crypto/Makefile',
    insertAfter(
      'obj-$(CONFIG_CRYPTO_USER_API_AEAD) += algif_aead.o',
      c`
obj-$(CONFIG_CRYPTO_USER_API_SECUREKEY) += algif_securekey.o
algif_securekey-y := algif_securekey_keys.o
`,
    ),
  ),
  edit('MAINTAINERS', addToMaintainers('SECURE KEYS', 'F:	crypto/algif_securekey*')),

  // Who is privileged enough: 7.3 has the function, but keeps it to itself.
  edit(
    'include/crypto/if_alg.h',
    insertAfter(
      'int af_alg_unregister_type(const struct af_alg_type *type);',
      c`

bool af_alg_capable(void);
`,
    ),
  ),
  when(
    { contains: 'static bool af_alg_capable(void)', file: 'crypto/af_alg.c' },
    [
      edit(
        'crypto/af_alg.c',
        replace(
          fn('af_alg_capable'),
          c`
/**
 * af_alg_capable - is the caller one that unprivileged users' limits are not for?
 *
 * Return: whether it has CAP_NET_ADMIN or CAP_SYS_ADMIN in the initial user
 * namespace.
 */
bool af_alg_capable(void)
{
	return ns_capable_noaudit(&init_user_ns, CAP_NET_ADMIN) ||
	       capable(CAP_SYS_ADMIN);
}
EXPORT_SYMBOL_GPL(af_alg_capable);
`,
        ),
      ),
    ],
    [
      edit(
        'crypto/af_alg.c',
        addInclude('<linux/capability.h>'),
        addInclude('<linux/user_namespace.h>'),
        insertBefore(
          fn('alg_do_release'),
          c`
/**
 * af_alg_capable - is the caller one that unprivileged users' limits are not for?
 *
 * Return: whether it has CAP_NET_ADMIN or CAP_SYS_ADMIN in the initial user
 * namespace.
 */
bool af_alg_capable(void)
{
	return ns_capable_noaudit(&init_user_ns, CAP_NET_ADMIN) ||
	       capable(CAP_SYS_ADMIN);
}
EXPORT_SYMBOL_GPL(af_alg_capable);

`,
        ),
      ),
    ],
  ),

  // Before 7.3 AF_ALG cannot be disabled at run time.
  when({ lacks: 'af_alg_check_restriction', file: 'include/crypto/if_alg.h' }, [
    edit(
      'crypto/algif_securekey_keys.c',
      replace(
        fn('securekey_bind'),
        c`
/*
 * Providers are not for everybody: they are slow and shared, and their firmware is
 * a poor place to try fuzzed input on.
 */
static void *securekey_bind(const char *name)
{
	if (!af_alg_capable())
		return ERR_PTR(-ENOENT);

	return securekey_provider_get(name);
}
`,
      ),
    ),
  ]),
]

import {
  addInclude,
  addKconfig,
  addToMaintainers,
  c,
  declaration,
  define,
  edit,
  insertAfter,
  remove,
  replace,
  replaceStatement,
  statement,
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

  // Before 7.3 AF_ALG knows no restriction: whoever may not use a provider later must not here either.
  when({ lacks: 'af_alg_check_restriction', file: 'include/crypto/if_alg.h' }, [
    edit(
      'crypto/algif_securekey_keys.c',
      addInclude('<linux/capability.h>'),
      addInclude('<linux/user_namespace.h>'),
      replace(
        declaration('securekey_allowlist'),
        c`
/*
 * Unlike the other types this one is deliberately closed to unprivileged users:
 * a provider is slow and shared, and its firmware is a poor place to try fuzzed
 * input on.
 */
static bool securekey_capable(void)
{
	return ns_capable_noaudit(&init_user_ns, CAP_NET_ADMIN) ||
	       capable(CAP_SYS_ADMIN);
}
`,
      ),
      remove(statement('int err;', { in: 'securekey_bind' })),
      replaceStatement(
        'securekey_bind',
        'err = af_alg_check_restriction',
        c`
	if (!securekey_capable())
`,
      ),
      replaceStatement(
        'securekey_bind',
        'if (err)',
        c`
		return ERR_PTR(-ENOENT);
`,
      ),
    ),
  ]),
]

import {
  addInclude,
  addStructMember,
  append,
  c,
  edit,
  fn,
  insertAfter,
  insertBefore,
  line,
  replace,
  replaceStatement,
  replaceText,
  statement,
} from '@kseries/patchgen'

export default [
  edit(
    'include/linux/securekey.h',
    addInclude('<linux/key.h>'),
    addStructMember(
      'securekey_key',
      c`
	struct key *ring_key;
`,
      { after: 'in_flight' },
    ),
    insertAfter(
      line('size_t len, long *timeo);'),
      c`
#ifdef CONFIG_KEYS
struct securekey_key *
securekey_key_load_serial(struct securekey_provider *provider,
			  key_serial_t serial, long *timeo);
#else
static inline struct securekey_key *
securekey_key_load_serial(struct securekey_provider *provider,
			  key_serial_t serial, long *timeo)
{
	return ERR_PTR(-EOPNOTSUPP);
}
#endif
`,
    ),
  ),
  edit(
    'drivers/securekey/internal.h',
    insertBefore(
      '#endif /* _DRIVERS_SECUREKEY_INTERNAL_H */',
      c`
int securekey_key_valid(const struct securekey_key *key);

#ifdef CONFIG_KEYS
int securekey_keyring_init(void);
void securekey_keyring_exit(void);
#else
static inline int securekey_keyring_init(void)
{
	return 0;
}

static inline void securekey_keyring_exit(void)
{
}
#endif
`,
    ),
  ),
  edit(
    'drivers/securekey/key.c',
    addInclude('<linux/key.h>'),
    insertBefore(
      statement('kfree(key);', { in: 'key_release' }),
      c`
	key_put(key->ring_key);
`,
    ),
    insertBefore(
      fn('securekey_key_check'),
      c`
/* Has whoever put it into a keyring taken that back? */
int securekey_key_valid(const struct securekey_key *key)
{
	return key->ring_key ? key_validate(key->ring_key) : 0;
}

`,
    ),
    replace(
      line(' * Return: 0; -EKEYREJECTED when the policy forbids it, -EINVAL when @mode is none,'),
      c`
 * Return: 0; -EKEYREVOKED or -EKEYEXPIRED when the key came from a keyring and that
 * has happened to it (or -ENOKEY when it was invalidated), -EKEYREJECTED when the
 * policy forbids it, -EINVAL when @mode is none,
`,
    ),
    insertBefore(
      statement('if (hweight32(mode) != 1', { in: 'securekey_key_check' }),
      c`
	int ret;

	ret = securekey_key_valid(key);
	if (ret)
		return ret;

`,
    ),
    replace(
      line(' * Return: length of the blob; -EKEYREJECTED when @key was loaded from an ephemeral'),
      c`
 * Return: length of the blob; -EKEYREVOKED, -EKEYEXPIRED or -ENOKEY as
 * securekey_key_check(); -EKEYREJECTED when @key was loaded from an ephemeral
`,
    ),
    insertBefore(
      statement('if (key->params.form != SECUREKEY_FORM_LONG_TERM)', { in: 'securekey_key_export' }),
      c`
	ret = securekey_key_valid(key);
	if (ret)
		return ret;

`,
    ),
  ),
  // Called when the module cannot be loaded, too.
  edit(
    'drivers/securekey/request.c',
    replaceText('void __exit securekey_requests_exit(void)', 'void securekey_requests_exit(void)'),
  ),
  edit(
    'drivers/securekey/provider.c',
    replaceStatement(
      'securekey_init',
      'return securekey_requests_init();',
      c`
	int ret;

	ret = securekey_requests_init();
	if (ret)
		return ret;

	ret = securekey_keyring_init();
	if (ret)
		securekey_requests_exit();

	return ret;
`,
    ),
    insertBefore(
      statement('securekey_requests_exit();', { in: 'securekey_exit' }),
      c`
	securekey_keyring_exit();
`,
    ),
  ),
  edit(
    'drivers/securekey/Makefile',
    append(c`
securekey-$(CONFIG_KEYS) += keyring.o
`),
  ),
]

import { c, edit, insertAfter, insertBefore, line, replace, replaceText, statement } from '@kseries/patchgen'

export default [
  edit(
    'include/uapi/linux/securekey.h',
    insertAfter(
      line('#define SECUREKEY_MODE_GCM		(1U << 3)'),
      c`
#define SECUREKEY_MODE_DERIVE		(1U << 4)	/* to derive keys from */
`,
    ),
    replace(
      line('/* Either of these for itself: a key for it is for nothing else. */'),
      c`
/* Each of these for itself: a key for it is for nothing else. */
`,
    ),
    insertAfter(
      line('#define SECUREKEY_AAD_MAX_LEN		4096'),
      c`

/* What a key is derived by besides the key it is derived from. */
#define SECUREKEY_CONTEXT_MAX_LEN	256
`,
    ),
  ),
  edit(
    'include/linux/securekey.h',
    replace(
      line(c`
				 SECUREKEY_MODE_XTS | SECUREKEY_MODE_GCM)
#define SECUREKEY_MODE_ALONE	(SECUREKEY_MODE_XTS | SECUREKEY_MODE_GCM)
`),
      c`
				 SECUREKEY_MODE_XTS | SECUREKEY_MODE_GCM | \
				 SECUREKEY_MODE_DERIVE)
#define SECUREKEY_MODE_ALONE	(SECUREKEY_MODE_XTS | SECUREKEY_MODE_GCM | \
				 SECUREKEY_MODE_DERIVE)
`,
    ),
    insertBefore(
      line('	 * @delete: Make sure that @blob never loads again, in whatever form.'),
      c`
	 * @derive: Make a key out of the loaded key @parent and wrap it as @lt,
	 * as @generate. What is in the header of @lt must have its part in it,
	 * but for the form, as must all of @context. Needed for
	 * SECUREKEY_MODE_DERIVE.
	 */
	int (*derive)(struct securekey_provider *provider,
		      struct securekey_key *parent, const void *context,
		      size_t context_len, struct securekey_blob *lt);

	/**
`,
    ),
    insertAfter(
      line('int securekey_key_export(struct securekey_key *key, void *buf, size_t size);'),
      c`
int securekey_derive(struct securekey_key *parent,
		     const struct securekey_params *params,
		     const void *context, size_t context_len,
		     void *buf, size_t size);
`,
    ),
  ),
  edit(
    'drivers/securekey/key.c',
    replaceText('mode & ~SECUREKEY_MODE_ALL)', 'mode & ~SECUREKEY_MODE_ALL ||\n\t    mode == SECUREKEY_MODE_DERIVE)'),
    replaceText(
      ' * policy forbids it, -EINVAL when @mode is none,',
      ' * policy forbids it, -EINVAL when @mode is none to decrypt in,',
    ),
  ),
  edit(
    'drivers/securekey/provider.c',
    insertAfter(
      statement('if (!ops->generate ||', { in: 'provider_desc_ok' }),
      c`

	if (caps->modes & SECUREKEY_MODE_DERIVE && !ops->derive)
		return false;
`,
    ),
  ),
  edit('drivers/securekey/Makefile', replaceText('layout.o', 'layout.o derive.o')),
]

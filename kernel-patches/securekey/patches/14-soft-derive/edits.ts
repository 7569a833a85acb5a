import { addInitializer, addToKconfig, c, edit, insertAfter, line, replaceText, when } from '@kseries/patchgen'

export default [
  edit('drivers/securekey/soft/Kconfig', addToKconfig('SECUREKEY_SOFT', 'select CRYPTO_LIB_SHA256')),
  edit('drivers/securekey/soft/Makefile', replaceText('wrap.o', 'wrap.o derive.o')),
  edit(
    'drivers/securekey/soft/soft.h',
    insertAfter(
      line('		   const struct securekey_blob *blob, struct securekey_key *key);'),
      c`
int soft_derive(struct securekey_provider *provider,
		struct securekey_key *parent, const void *context,
		size_t context_len, struct securekey_blob *lt);
`,
    ),
  ),
  edit(
    'drivers/securekey/soft/main.c',
    addInitializer(
      'soft_ops',
      c`
	.derive = soft_derive,
`,
      { after: 'export' },
    ),
    when(
      { contains: '.modes = SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR,' },
      [
        replaceText(
          '.modes = SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR,',
          '.modes = SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR |\n\t\t\t\t SECUREKEY_MODE_DERIVE,',
        ),
      ],
      [
        replaceText(
          '\t\t\t\t SECUREKEY_MODE_XTS | SECUREKEY_MODE_GCM,',
          '\t\t\t\t SECUREKEY_MODE_XTS | SECUREKEY_MODE_GCM |\n\t\t\t\t SECUREKEY_MODE_DERIVE,',
        ),
      ],
    ),
  ),
]

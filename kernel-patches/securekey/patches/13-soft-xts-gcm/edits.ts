import {
  addInclude,
  addStructMember,
  addToKconfig,
  c,
  edit,
  fn,
  insertAfter,
  insertBefore,
  line,
  replace,
  replaceText,
  statement,
  when,
} from '@kseries/patchgen'

// Before 7.3 the AES library has neither, not in pieces: then the provider does without.
export default [
  when({ exists: 'include/crypto/aes-xts.h' }, [
    edit('drivers/securekey/soft/Kconfig', addToKconfig('SECUREKEY_SOFT', 'select CRYPTO_LIB_AES_XTS')),
    edit('drivers/securekey/soft/Makefile', replaceText('decrypt.o', 'xts.o gcm.o decrypt.o')),
    edit(
      'drivers/securekey/soft/soft.h',
      addInclude('<crypto/aes-xts.h>'),
      replace(
        line(' * @aes: for decryption'),
        c`
 * @aes: for decryption by cbc and ctr
 * @xts: for that by xts
 * @gcm: for that by gcm; a key is for one of these
`,
      ),
      replace(
        line('struct aes_key aes;', { in: 'struct soft_key' }),
        c`
	union {
		struct aes_key aes;
		struct aes_xts_key xts;
		struct aes_gcm_key gcm;
	};
`,
      ),
      insertAfter(
        line(' * @key_slots: how many keys may be loaded; 0 for any number'),
        c`
 * @wrong_tag: 1: find every tag of gcm wrong
`,
      ),
      addStructMember(
        'soft_faults',
        c`
	u32 wrong_tag;
`,
        { after: 'key_slots' },
      ),
      insertBefore(
        line(' * @update: decrypt the next bytes'),
        c`
 * @start: get ready; optional
`,
      ),
      insertBefore(
        line('	void (*update)(struct soft_stream *s, const u8 *src, size_t len);'),
        c`
	void (*start)(struct soft_stream *s);
`,
      ),
      insertAfter(
        line('	void (*update)(struct soft_stream *s, const u8 *src, size_t len);'),
        c`
	int (*finish)(struct soft_stream *s);
`,
      ),
      insertAfter(
        line(' *	have become plaintext'),
        c`
 * @finish: was it authentic? -EBADMSG if not; optional
`,
      ),
      insertAfter(
        line('extern const struct soft_cipher soft_cipher_ctr;'),
        c`
extern const struct soft_cipher soft_cipher_xts;
extern const struct soft_cipher soft_cipher_gcm;
`,
      ),
      replaceText('u8 buffer[AES_BLOCK_SIZE];', 'u8 buffer[2 * AES_BLOCK_SIZE];'),
      insertAfter(
        line(' * @buffered: how much that is'),
        c`
 * @xts: of xts alone: the tweak, bytes that are left but for those at the end that
 *	are decrypted at once, and whether @xts.tweak is encrypted
 * @gcm: of gcm alone
`,
      ),
      addStructMember(
        'soft_stream',
        c`
	union {
		struct {
			u8 tweak[AES_BLOCK_SIZE];
			size_t left;
			bool begun;
		} xts;
		struct aes_gcm_ctx gcm;
	};
`,
        { after: 'buffered' },
      ),
    ),
    edit(
      'drivers/securekey/soft/decrypt.c',
      insertAfter(
        line('return &soft_cipher_ctr;'),
        c`
	case SECUREKEY_MODE_XTS:
		return &soft_cipher_xts;
	case SECUREKEY_MODE_GCM:
		return &soft_cipher_gcm;
`,
      ),
      replace(
        statement('ret = decrypt(&s);', { in: 'soft_decrypt' }),
        c`
	if (s.cipher->start)
		s.cipher->start(&s);
	ret = decrypt(&s);
	if (!ret && s.cipher->finish)
		ret = s.cipher->finish(&s);
`,
      ),
    ),
    edit(
      'drivers/securekey/soft/debugfs.c',
      insertAfter(
        line('SOFT_KNOB(key_slots, INT_MAX);'),
        c`
SOFT_KNOB(wrong_tag, 1);
`,
      ),
      insertBefore(
        line('debugfs_create_file_unsafe("timeout_ms", 0600, dir, soft,'),
        c`
	debugfs_create_file_unsafe("wrong_tag", 0600, dir, soft,
				   &wrong_tag_fops);
`,
      ),
    ),
    edit(
      'drivers/securekey/soft/main.c',
      replaceText(
        'SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR,',
        'SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR |\n\t\t\t\t SECUREKEY_MODE_XTS | SECUREKEY_MODE_GCM,',
      ),
    ),
    edit(
      'drivers/securekey/soft/wrap.c',
      insertBefore(
        fn('soft_wrap_load'),
        c`
static int key_prepare(struct soft_key *sk, u32 modes, size_t len)
{
	switch (modes) {
	case SECUREKEY_MODE_XTS:
		return aes_xts_preparekey(&sk->xts, sk->raw, len, 0);
	case SECUREKEY_MODE_GCM:
		return aes_gcm_preparekey(&sk->gcm, sk->raw, len,
					  SECUREKEY_GCM_TAG_LEN);
	}

	return aes_preparekey(&sk->aes, sk->raw, len);
}

`,
      ),
      replace(
        statement('ret = aes_preparekey(', { in: 'soft_wrap_load' }),
        c`
	ret = key_prepare(sk, key->params.modes, len);
`,
      ),
    ),
  ]),
]

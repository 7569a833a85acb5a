import {
  append,
  c,
  edit,
  fn,
  insertBefore,
  line,
  remove,
  replace,
  replaceStatement,
  replaceText,
  statement,
  text,
  when,
} from '@kseries/patchgen'

export default [
  edit(
    'drivers/securekey/soft/Kconfig',
    append(c`

config SECUREKEY_SOFT
	tristate "Software provider for tests"
	depends on DMABUF_HEAPS
	select CRYPTO_LIB_AES
	select CRYPTO_LIB_AES_CBC
	select CRYPTO_LIB_AES_CTR
	select CRYPTO_LIB_AES_GCM
	select CRYPTO_LIB_UTILS
	select SECUREKEY_TEST_HEAP
	help
	  A provider of secure keys named "soft" that does its work by the CPU.
	  With it and the heap above the secure key core and its front ends can be
	  tested on any machine.

	  It protects nothing: keys and plaintext are in the kernel's memory, and
	  the key that wraps long-term blobs is in the source. It taints the
	  kernel (TAINT_TEST).

	  To compile it as a module, choose M here: it will be called
	  securekey-soft.

	  If unsure, say N.

config SECUREKEY_SOFT_DEBUGFS
	bool "Let tests look into the software provider and make it fail"
	depends on SECUREKEY_SOFT && DEBUG_FS
	select CRYPTO_LIB_SHA256
	help
	  Files in /sys/kernel/debug/securekey/soft by which root gets the
	  SHA-256 digest of what is in a buffer of the heap "securekey-test", and
	  makes requests slow, hang or fail. They are described in
	  Documentation/security/securekey.rst.

	  If unsure, say N.
`),
  ),
  edit(
    'drivers/securekey/soft/Makefile',
    append(c`

obj-$(CONFIG_SECUREKEY_SOFT) += securekey-soft.o
securekey-soft-y := main.o wrap.o cipher.o decrypt.o request.o
securekey-soft-$(CONFIG_SECUREKEY_SOFT_DEBUGFS) += debugfs.o
`),
  ),
  // Before 7.3 the AES library has single blocks and an older AES-GCM only.
  when({ missing: 'include/crypto/aes-gcm.h' }, [
    edit(
      'drivers/securekey/soft/Kconfig',
      replace(
        line('select CRYPTO_LIB_AES_CBC'),
        text`
	select CRYPTO_LIB_AESGCM
`,
      ),
      remove(line('select CRYPTO_LIB_AES_CTR')),
      remove(line('select CRYPTO_LIB_AES_GCM')),
    ),
    edit(
      'drivers/securekey/soft/soft.h',
      replaceText('#include <crypto/aes-gcm.h>', '#include <crypto/gcm.h>'),
      replaceText('struct aes_gcm_key long_term;', 'struct aesgcm_ctx long_term;'),
      replaceText('struct aes_gcm_key ephemeral;', 'struct aesgcm_ctx ephemeral;'),
    ),
    edit(
      'drivers/securekey/soft/wrap.c',
      replaceText('static const struct aes_gcm_key *wrapping_key(', 'static const struct aesgcm_ctx *wrapping_key('),
      replaceStatement(
        'soft_wrap',
        'aes_gcm_encrypt(',
        c`
	aesgcm_encrypt(wrapping_key(soft, blob), data, raw, raw_len,
		       (const u8 *)&blob->hdr, sizeof(blob->hdr), nonce,
		       data + raw_len);
`,
      ),
      replaceStatement(
        'unwrap',
        'ret = aes_gcm_decrypt(',
        c`
	if (!aesgcm_decrypt(wrapping_key(soft, blob), raw, data, raw_len,
			    (const u8 *)&blob->hdr, sizeof(blob->hdr), nonce,
			    data + raw_len))
		return -EBADMSG;
`,
      ),
      remove(statement('int ret;', { in: 'unwrap' })),
      replaceStatement(
        'unwrap',
        'return ret ?: raw_len;',
        c`
	return raw_len;
`,
      ),
      replaceText(
        'aes_gcm_preparekey(&soft->long_term, long_term_key,',
        'aesgcm_expandkey(&soft->long_term, long_term_key,',
      ),
      replaceText('aes_gcm_preparekey(&soft->ephemeral,', 'aesgcm_expandkey(&soft->ephemeral,'),
    ),
    edit(
      'drivers/securekey/soft/cipher.c',
      replaceText('#include <crypto/aes-cbc.h>', '#include <crypto/aes.h>'),
      replaceText('#include <crypto/aes-ctr.h>', '#include <crypto/algapi.h>'),
      insertBefore(
        fn('stream_key'),
        c`
static void aes_cbc_decrypt(u8 *dst, const u8 *src, size_t len, u8 *iv,
			    const struct aes_key *key)
{
	for (; len; len -= AES_BLOCK_SIZE) {
		aes_decrypt(key, dst, src);
		crypto_xor(dst, iv, AES_BLOCK_SIZE);
		memcpy(iv, src, AES_BLOCK_SIZE);
		dst += AES_BLOCK_SIZE;
		src += AES_BLOCK_SIZE;
	}
}

static void aes_ctr(u8 *dst, const u8 *src, size_t len, u8 *ctr,
		    const struct aes_key *key)
{
	u8 stream[AES_BLOCK_SIZE];
	size_t n;

	for (; len; len -= n) {
		n = min(len, AES_BLOCK_SIZE);
		aes_encrypt(key, stream, ctr);
		crypto_xor_cpy(dst, src, stream, n);
		crypto_inc(ctr, AES_BLOCK_SIZE);
		dst += n;
		src += n;
	}
	memzero_explicit(stream, sizeof(stream));
}

`,
      ),
    ),
  ]),
]

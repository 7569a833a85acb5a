import {
  addInclude,
  addStructMember,
  c,
  edit,
  fn,
  insertAfter,
  insertBefore,
  line,
  replace,
  replaceText,
  statement,
} from '@kseries/patchgen'

export default [
  edit(
    'include/uapi/linux/securekey.h',
    insertAfter(
      line('#define SECUREKEY_MODE_CTR'),
      c`
/* Either of these for itself: a key for it is for nothing else. */
#define SECUREKEY_MODE_XTS		(1U << 2)	/* key_bits: both halves */
#define SECUREKEY_MODE_GCM		(1U << 3)
`,
    ),
    insertBefore(
      line('#define SECUREKEY_BLOB_MAGIC'),
      c`
/* What goes with gcm, in bytes. The tag follows the data. */
#define SECUREKEY_GCM_IV_LEN		12
#define SECUREKEY_GCM_TAG_LEN		16
#define SECUREKEY_AAD_MAX_LEN		4096

`,
    ),
  ),
  edit(
    'include/linux/securekey.h',
    addInclude('<linux/overflow.h>'),
    replace(
      line('#define SECUREKEY_MODE_ALL	(SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR)'),
      c`
#define SECUREKEY_MODE_ALL	(SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR | \
				 SECUREKEY_MODE_XTS | SECUREKEY_MODE_GCM)
#define SECUREKEY_MODE_ALONE	(SECUREKEY_MODE_XTS | SECUREKEY_MODE_GCM)
`,
    ),
    replace(
      line(' * @src: the ciphertext; memory of the owner, which keeps it until @complete'),
      c`
 * @src: the ciphertext, with gcm followed by the tag; memory of the owner, which
 *	keeps it until @complete
`,
    ),
    replace(
      line(' * @len: bytes to read from @src and to write to @dst'),
      c`
 * @len: bytes to read from @src and to write to @dst, without the tag
`,
    ),
    replace(
      line(' * @iv: the initialization vector (cbc) or counter block (ctr); after success'),
      c`
 * @iv: the initialization vector (cbc), counter block (ctr), tweak (xts), or nonce
 *	with zeroes behind it (gcm); after success of cbc and ctr
`,
    ),
    insertAfter(
      line(' *	(unless it is a sample, which is a whole)'),
      c`
 * @aad: what else the tag authenticates (gcm); the owner's, like @src
 * @aad_len: how long that is
`,
    ),
    addStructMember(
      'securekey_request',
      c`
	const u8 *aad;
	size_t aad_len;
`,
      { after: 'iv' },
    ),
    insertBefore(
      line('DEFINE_FREE(securekey_request_put'),
      c`
/**
 * securekey_request_src_len - how much of its source a request is about
 * @req: a request
 *
 * Return: bytes, those of the tag included.
 */
static inline size_t
securekey_request_src_len(const struct securekey_request *req)
{
	if (req->mode == SECUREKEY_MODE_GCM)
		return size_add(req->len, SECUREKEY_GCM_TAG_LEN);

	return req->len;
}

`,
    ),
    replaceText(
      c`
	 * Must not wait for the engine. Unless it fails, the provider owes one
	 * securekey_request_complete(), but not from within @submit or @cancel.
`,
      c`
	 * Must not wait for the engine. Unless it fails, the provider owes one
	 * securekey_request_complete(), but not from within @submit or @cancel.
	 * With -EBADMSG when the tag of gcm is wrong, and then there must be no
	 * plaintext left in the destination.
`,
    ),
  ),
  edit(
    'drivers/securekey/blob.c',
    addInclude('<linux/log2.h>'),
    insertBefore(
      fn('securekey_params_check'),
      c`
/* xts takes two AES keys. */
static bool params_bits_ok(const struct securekey_params *params)
{
	if (params->modes & SECUREKEY_MODE_XTS)
		return params->key_bits == 256 || params->key_bits == 512;

	return params->key_bits == 128 || params->key_bits == 192 ||
	       params->key_bits == 256;
}

static bool params_modes_ok(const struct securekey_params *params)
{
	if (!params->modes || params->modes & ~SECUREKEY_MODE_ALL)
		return false;

	return !(params->modes & SECUREKEY_MODE_ALONE) ||
	       is_power_of_2(params->modes);
}

`,
    ),
    replace(
      statement('if (params->key_bits != 128', { in: 'securekey_params_check' }),
      c`
	if (!params_bits_ok(params))
		return -EINVAL;
`,
    ),
    replace(
      statement('if (!params->modes', { in: 'securekey_params_check' }),
      c`
	if (!params_modes_ok(params))
		return -EINVAL;
`,
    ),
    replace(
      fn('securekey_params_supported'),
      c`
/* Has the provider got what the key needs? */
bool securekey_params_supported(const struct securekey_provider *p,
				const struct securekey_params *params)
{
	u32 aes_bits = params->key_bits;

	if (params->modes & SECUREKEY_MODE_XTS)
		aes_bits /= 2;

	return p->caps.key_sizes & SECUREKEY_KEY_SIZE(aes_bits) &&
	       !(params->modes & ~p->caps.modes);
}
`,
    ),
  ),
  edit(
    'drivers/securekey/layout.c',
    addInclude('<linux/string.h>'),
    replace(
      line(
        c`
	if (req->mode == SECUREKEY_MODE_CBC && req->len % AES_BLOCK_SIZE)
		return -EINVAL;

	return 0;
`,
        { in: 'plain_check' },
      ),
      c`
	switch (req->mode) {
	case SECUREKEY_MODE_CBC:
		if (req->len % AES_BLOCK_SIZE)
			return -EINVAL;
		break;
	case SECUREKEY_MODE_XTS:
		/* The end of what is longer is stolen. */
		if (req->len < AES_BLOCK_SIZE)
			return -EINVAL;
		break;
	case SECUREKEY_MODE_GCM:
		if (memchr_inv(req->iv + SECUREKEY_GCM_IV_LEN, 0,
			       sizeof(req->iv) - SECUREKEY_GCM_IV_LEN))
			return -EINVAL;
		break;
	}

	return 0;
`,
    ),
  ),
  edit(
    'drivers/securekey/request.c',
    insertBefore(
      line('/* Everything that a front end might get wrong, or try. */'),
      c`
static int request_check_aad(const struct securekey_request *req)
{
	if (!req->aad_len)
		return 0;

	if (req->mode != SECUREKEY_MODE_GCM || WARN_ON(!req->aad))
		return -EINVAL;

	return req->aad_len > SECUREKEY_AAD_MAX_LEN ? -EMSGSIZE : 0;
}

`,
    ),
    replace(
      statement('if (sg_nents_for_len(', { in: 'request_check' }),
      c`
	ret = request_check_aad(req);
	if (ret)
		return ret;

	if (sg_nents_for_len(req->src, securekey_request_src_len(req)) < 0)
		return -EINVAL;
`,
    ),
    replaceText(
      c`
 * sense, -EOPNOTSUPP when the provider does not know the scheme, -EMSGSIZE also when
 * there are more subsamples than it takes, -EAGAIN when too many requests are in
 * flight, -ENODEV when the provider has gone, or what the provider says.
`,
      c`
 * sense, -EINVAL also for associated data or a nonce that do not go with the mode,
 * -EOPNOTSUPP when the provider does not know the scheme, -EMSGSIZE also when there
 * are more subsamples or there is more associated data than is taken, -EAGAIN when
 * too many requests are in flight, -ENODEV when the provider has gone, or what the
 * provider says.
`,
    ),
  ),
]

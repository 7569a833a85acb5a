import {
  addStructMember,
  c,
  edit,
  insertAfter,
  insertBefore,
  line,
  remove,
  replace,
  replaceText,
  statement,
} from '@kseries/patchgen'

export default [
  edit(
    'include/uapi/linux/securekey.h',
    insertBefore(
      '#endif /* _UAPI_LINUX_SECUREKEY_H */',
      c`
/*
 * What of the data that is decrypted is encrypted: all of it, or, the data being one
 * sample, what a scheme of common encryption says (ISO/IEC 23001-7).
 */
#define SECUREKEY_SCHEME_NONE		0
#define SECUREKEY_SCHEME_CENC		1	/* ctr */
#define SECUREKEY_SCHEME_CBC1		2	/* cbc */
#define SECUREKEY_SCHEME_CENS		3	/* ctr, pattern */
#define SECUREKEY_SCHEME_CBCS		4	/* cbc, pattern, constant vector */

/* A sample has no more parts than this, and a pattern no longer ones, in blocks. */
#define SECUREKEY_SUBSAMPLES_MAX	4096
#define SECUREKEY_PATTERN_MAX		15

/**
 * struct securekey_subsample - a part of a sample
 * @clear_len: bytes that are not protected, which come first
 * @protected_len: bytes behind them that are protected: encrypted as far as the
 *	scheme and the pattern say
 *
 * At least one of them is not 0.
 */
struct securekey_subsample {
	__u32 clear_len;
	__u32 protected_len;
};

`,
    ),
  ),
  edit(
    'include/linux/securekey.h',
    insertBefore(
      '/* Time that a request gets',
      c`
#define SECUREKEY_SCHEME_ALL	(BIT(SECUREKEY_SCHEME_CENC) | \
				 BIT(SECUREKEY_SCHEME_CBC1) | \
				 BIT(SECUREKEY_SCHEME_CENS) | \
				 BIT(SECUREKEY_SCHEME_CBCS))

`,
    ),
    insertAfter(
      line(' *	0 for SECUREKEY_DEFAULT_TIMEOUT_MS'),
      c`
 * @schemes: common encryption that it knows: bit n stands for the SECUREKEY_SCHEME_*
 *	that is n
 * @max_subsamples: how many of them a request may have; 0 for
 *	SECUREKEY_SUBSAMPLES_MAX
`,
    ),
    addStructMember(
      'securekey_caps',
      c`
	u32 schemes;
	unsigned int max_subsamples;
`,
    ),
    insertBefore(
      line(' * struct securekey_request - one decryption into a buffer'),
      c`
 * struct securekey_pattern - which blocks of a protected range are encrypted
 * @crypt: blocks that are, which come first
 * @skip: blocks behind them that are not
 *
 * Repeated from the start of each protected range to its end. With @skip 0, and
 * with both 0, all whole blocks are encrypted.
 */
struct securekey_pattern {
	u8 crypt;
	u8 skip;
};

/**
`,
    ),
    insertAfter(
      line(' *	what a request that goes on where this one ended starts with'),
      c`
 *	(unless it is a sample, which is a whole)
 * @scheme: one of SECUREKEY_SCHEME_*
 * @subsamples: the parts of a sample, @len bytes together; the owner's, like @src
 * @nr_subsamples: how many; 0 when all of it is protected
 * @pattern: of the blocks that are protected
`,
    ),
    insertAfter(
      line('u8 iv[SECUREKEY_IV_LEN];', { in: 'struct securekey_request' }),
      c`
	u32 scheme;
	const struct securekey_subsample *subsamples;
	unsigned int nr_subsamples;
	struct securekey_pattern pattern;
`,
    ),
    insertAfter(
      line('bool securekey_request_aborted(const struct securekey_request *req);'),
      c`

/**
 * struct securekey_run - bytes of a request that are treated alike
 * @len: how many
 * @encrypted: they are to be decrypted, otherwise to be copied
 * @restart: before, the vector is that of the request again
 */
struct securekey_run {
	size_t len;
	bool encrypted;
	bool restart;
};

struct securekey_scheme;

/**
 * struct securekey_runs - going through the runs of a request
 */
struct securekey_runs {
	/* private: of the core */
	const struct securekey_request *req;
	const struct securekey_scheme *scheme;
	unsigned int next;
	size_t clear_left;
	size_t protected_left;
	bool skip;
	bool restart;
};

void securekey_runs_begin(struct securekey_runs *runs,
			  const struct securekey_request *req);
bool securekey_runs_next(struct securekey_runs *runs, struct securekey_run *run);
`,
    ),
  ),
  edit(
    'drivers/securekey/internal.h',
    insertBefore(
      'void securekey_requests_abort(',
      c`
int securekey_layout_check(const struct securekey_request *req);
`,
    ),
  ),
  edit(
    'drivers/securekey/provider.c',
    replace(
      statement('return caps->modes &&', { in: 'provider_desc_ok' }),
      c`
	if (caps->schemes & ~SECUREKEY_SCHEME_ALL ||
	    caps->max_subsamples > SECUREKEY_SUBSAMPLES_MAX)
		return false;

	return caps->modes && !(caps->modes & ~SECUREKEY_MODE_ALL) &&
	       caps->key_sizes && caps->queue_depth && caps->max_len &&
	       is_power_of_2(caps->dst_align);
`,
    ),
  ),
  edit(
    'drivers/securekey/request.c',
    remove('#include <crypto/aes.h>'),
    replace(
      statement('if (req->mode == SECUREKEY_MODE_CBC', { in: 'request_check' }),
      c`
	ret = securekey_layout_check(req);
	if (ret)
		return ret;
`,
    ),
    replace(
      line(c`
 * destination are of different providers, the source is too short or the length
 * not a multiple of the cipher's block size, -EAGAIN when too many requests are in
 * flight, -ENODEV when the provider has gone, or what the provider says.
`),
      c`
 * destination are of different providers, the source is too short, the length not a
 * multiple of the cipher's block size or scheme, subsamples and pattern make no
 * sense, -EOPNOTSUPP when the provider does not know the scheme, -EMSGSIZE also when
 * there are more subsamples than it takes, -EAGAIN when too many requests are in
 * flight, -ENODEV when the provider has gone, or what the provider says.
`,
    ),
  ),
  edit('drivers/securekey/Makefile', replaceText('request.o', 'request.o layout.o')),
]

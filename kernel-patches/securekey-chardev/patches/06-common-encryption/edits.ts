import { addStructMember, c, edit, fn, insertAfter, insertBefore, line, replace, replaceText } from '@kseries/patchgen'

export default [
  edit(
    'include/uapi/linux/securekey_dev.h',
    replaceText(
      c`
 * @max_buffers: destinations of a session, at most
 * @reserved: becomes 0
`,
      c`
 * @max_buffers: destinations of a session, at most
 * @reserved: becomes 0
 * @schemes: the common encryption that it knows: bit n stands for the
 *	SECUREKEY_SCHEME_* that is n
 * @max_subsamples: parts of a sample, at most
`,
    ),
    replaceText(
      c`
	__u32 max_buffers;
	__u32 reserved;
};
`,
      c`
	__u32 max_buffers;
	__u32 reserved;
	__u32 schemes;
	__u32 max_subsamples;
};
`,
    ),
    insertAfter(
      line('#define SECUREKEY_DEV_QUERY_SIZE_VER0'),
      c`
#define SECUREKEY_DEV_QUERY_SIZE_VER1	88
`,
    ),
    replaceText(
      c`
 * @src: pointer to the ciphertext, which has been copied when the ioctl returns
 * @len: bytes to decrypt
`,
      c`
 * @src: pointer to the ciphertext, with gcm followed by the tag, which have been
 *	copied when the ioctl returns, as has all that is pointed to
 * @len: bytes to decrypt, without the tag
`,
    ),
    replaceText(
      c`
 * @iv: the initialization vector (cbc) or counter block (ctr)
 */
`,
      c`
 * @iv: the initialization vector (cbc), counter block (ctr), tweak (xts), or nonce
 *	with zeroes behind it (gcm)
 * @aad: pointer to what else the tag authenticates (gcm)
 * @subsamples: pointer to an array of struct securekey_subsample, the parts of the
 *	sample, which together are @len bytes
 * @aad_len: bytes at @aad, or 0
 * @nr_subsamples: how many there are; 0 when all of the sample is protected
 * @scheme: one of SECUREKEY_SCHEME_*
 * @pattern_crypt: of the blocks of a protected range so many are encrypted,
 * @pattern_skip: then so many not, and so on. All are, when both are 0
 * @reserved: 0
 */
`,
    ),
    replaceText(
      c`
	__u32 dst;
	__u32 flags;
	__u8 iv[16];
};
`,
      c`
	__u32 dst;
	__u32 flags;
	__u8 iv[16];
	__u64 aad;
	__u64 subsamples;
	__u32 aad_len;
	__u32 nr_subsamples;
	__u32 scheme;
	__u8 pattern_crypt;
	__u8 pattern_skip;
	__u16 reserved;
};
`,
    ),
    insertAfter(
      line('#define SECUREKEY_DEV_REQUEST_SIZE_VER0'),
      c`
#define SECUREKEY_DEV_REQUEST_SIZE_VER1	88
`,
    ),
    replaceText(
      c`
 * asks for; EMSGSIZE when it is longer than SECUREKEY_DEV_QUERY tells; EINVAL when
 * the length is no multiple of the cipher's block size; EBUSY when as many requests
`,
      c`
 * asks for; EMSGSIZE when it is longer, or has more parts, than SECUREKEY_DEV_QUERY
 * tells, or when there is more than SECUREKEY_AAD_MAX_LEN at @aad; EINVAL when
 * the length is no multiple of the cipher's block size, or scheme, pattern and
 * subsamples make no sense or are not for the session's mode; EOPNOTSUPP when the
 * provider does not know the scheme; EBUSY when as many requests
`,
    ),
    replaceText(
      c`
 * @status: 0 when all of the plaintext is in the destination, or a negative error
 *	number: -ENODEV (the provider has gone), -ETIMEDOUT or what the provider says.
`,
      c`
 * @status: 0 when all of the plaintext is in the destination, or a negative error
 *	number: -EBADMSG (the tag of gcm is wrong, and no plaintext is there),
 *	-ENODEV (the provider has gone), -ETIMEDOUT or what the provider says.
`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/device.c',
    insertAfter(
      '.max_buffers = SECUREKEY_MAX_BUFFERS,',
      c`
		.schemes = caps->schemes,
		.max_subsamples = caps->max_subsamples ?:
				  SECUREKEY_SUBSAMPLES_MAX,
`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/ioctl.c',
    replaceText('SECUREKEY_DEV_QUERY_SIZE_VER0);', 'SECUREKEY_DEV_QUERY_SIZE_VER1);'),
  ),
  edit(
    'drivers/securekey/chardev/submit.c',
    replace(
      line(' * @src: the ciphertext, until the request has ended'),
      c`
 * @src: the ciphertext, until the request has ended
 * @aad: what else is authenticated, or NULL; as long
 * @subsamples: the parts of the sample, or NULL; as long
`,
    ),
    addStructMember(
      'securekey_job',
      c`
	void *aad;
	void *subsamples;
`,
      { after: 'src' },
    ),
    replaceText('SECUREKEY_DEV_REQUEST_SIZE_VER0);\nstatic_assert', 'SECUREKEY_DEV_REQUEST_SIZE_VER1);\nstatic_assert'),
    insertBefore(
      fn('job_free'),
      c`
static void job_free_input(struct securekey_job *job)
{
	if (job->src)
		sgl_free(job->src);
	job->src = NULL;
	kvfree(job->aad);
	job->aad = NULL;
	kvfree(job->subsamples);
	job->subsamples = NULL;
}

`,
    ),
    replaceText(
      c`
	if (job->src)
		sgl_free(job->src);
	kfree(job);
`,
      c`
	job_free_input(job);
	kfree(job);
`,
    ),
    replaceText(
      c`
	sgl_free(job->src);
	job->src = NULL;
	job->status = status;
`,
      c`
	job_free_input(job);
	job->status = status;
`,
    ),
    insertBefore(
      '/* Make the request, and check its length before memory is spent on it. */',
      c`
/* @copy is freed with the job, also when this fails. */
static int copy_array(void **copy, u64 addr, size_t n, size_t size)
{
	if (!n)
		return 0;

	*copy = kvmalloc_array(n, size, GFP_KERNEL_ACCOUNT);
	if (!*copy)
		return -ENOMEM;

	return copy_from_user(*copy, u64_to_user_ptr(addr), n * size) ?
		-EFAULT : 0;
}

/* What they say is checked by the core, which looks at the copies. */
static int job_copy_layout(struct securekey_job *job,
			   const struct securekey_dev_request *r)
{
	struct securekey_request *req = job->req;
	int ret;

	if (r->aad_len > SECUREKEY_AAD_MAX_LEN ||
	    r->nr_subsamples > SECUREKEY_SUBSAMPLES_MAX)
		return -EMSGSIZE;

	ret = copy_array(&job->aad, r->aad, r->aad_len, 1);
	if (ret)
		return ret;

	ret = copy_array(&job->subsamples, r->subsamples, r->nr_subsamples,
			 sizeof(struct securekey_subsample));
	if (ret)
		return ret;

	req->aad = job->aad;
	req->aad_len = r->aad_len;
	req->scheme = r->scheme;
	req->subsamples = job->subsamples;
	req->nr_subsamples = r->nr_subsamples;
	req->pattern.crypt = r->pattern_crypt;
	req->pattern.skip = r->pattern_skip;

	return 0;
}

`,
    ),
    replaceText(
      c`
	ret = job_copy_source(job, r->src, r->len);
	if (ret)
		return ERR_PTR(ret);

	job->req->mode = s->mode;
	memcpy(job->req->iv, r->iv, sizeof(job->req->iv));
	job->req->src = job->src;
	job->req->len = r->len;
	job->req->dst_offset
`,
      c`
	job->req->mode = s->mode;
	job->req->len = r->len;
	ret = job_copy_layout(job, r);
	if (ret)
		return ERR_PTR(ret);

	ret = job_copy_source(job, r->src, securekey_request_src_len(job->req));
	if (ret)
		return ERR_PTR(ret);

	memcpy(job->req->iv, r->iv, sizeof(job->req->iv));
	job->req->src = job->src;
	job->req->dst_offset
`,
    ),
    replaceText(
      c`
	if (r->flags)
		return -EINVAL;
`,
      c`
	if (r->flags || r->reserved)
		return -EINVAL;
`,
    ),
  ),
]

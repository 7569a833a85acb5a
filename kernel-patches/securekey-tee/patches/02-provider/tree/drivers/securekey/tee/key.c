// SPDX-License-Identifier: GPL-2.0-only
/*
 * A secure key provider in a TEE: how keys are made, wrapped and loaded.
 */

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "tee.h"

/* Where in a message what is. */
#define MESSAGE_IN	0			/* a header or a blob */
#define MESSAGE_MORE	SECUREKEY_BLOB_MAX_LEN	/* a raw key or a context */
#define MESSAGE_OUT	(2 * SECUREKEY_BLOB_MAX_LEN)	/* the blob that is made */

static_assert(MESSAGE_OUT + SECUREKEY_BLOB_MAX_LEN <= SZ_4K);
static_assert(MESSAGE_MORE + SECUREKEY_CONTEXT_MAX_LEN <= MESSAGE_OUT);

/**
 * struct message - what is asked of the application to make a blob
 * @cmd: the command
 * @in: the first parameter, if @in_len is not 0
 * @in_len: its length
 * @more: the next one, if @more_len is not 0
 * @more_len: its length
 */
struct message {
	enum skta_command cmd;
	const void *in;
	size_t in_len;
	const void *more;
	size_t more_len;
};

/* What came back. The core looks at the header. */
static int blob_take(struct securekey_blob *blob, const u8 *data, size_t len)
{
	if (len <= sizeof(blob->hdr) || len > sizeof(*blob))
		return -EIO;

	memcpy(blob, data, len);
	memset((u8 *)blob + len, 0, sizeof(*blob) - len);

	return le32_to_cpu(blob->hdr.payload_len) == len - sizeof(blob->hdr) ?
	       0 : -EIO;
}

static int message_put(struct sktee_buf *buf, struct tee_param *param,
		       size_t offset, const void *data, size_t len)
{
	memcpy(buf->va + offset, data, len);

	return sktee_param_memory(param, TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT,
				  buf->shm, offset, len);
}

/*
 * Called with the session locked and open. What may be a raw key is put before what is
 * none: memcpy() leaves the last that it copied in registers, which an interrupt, such
 * as one at the return from the secure world, leaves on the stack for long. A header is
 * longer than any key, and takes its place there.
 */
static int message_exchange(struct sktee_session *s, struct sktee_buf *buf,
			    const struct message *msg,
			    struct securekey_blob *blob)
{
	struct tee_param params[SKTEE_NUM_PARAMS] = {};
	struct tee_param *param = params + !!msg->in_len;
	int ret;

	if (msg->more_len) {
		ret = message_put(buf, param++, MESSAGE_MORE, msg->more,
				  msg->more_len);
		if (ret)
			return ret;
	}

	if (msg->in_len) {
		ret = message_put(buf, params, MESSAGE_IN, msg->in, msg->in_len);
		if (ret)
			return ret;
	}

	ret = sktee_param_memory(param, TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT,
				 buf->shm, MESSAGE_OUT, SECUREKEY_BLOB_MAX_LEN);
	if (ret)
		return ret;

	ret = sktee_session_invoke(s, msg->cmd, params);
	if (ret)
		return ret;

	return blob_take(blob, buf->va + MESSAGE_OUT, param->u.memref.size);
}

/* Called with the session locked and open, and thus with no other message in hand. */
static int message_send(struct sktee_session *s, const struct message *msg,
			struct securekey_blob *blob)
{
	struct sktee *tee = s->tee;
	struct sktee_buf *buf;
	int ret;

	buf = sktee_pool_get(tee, &tee->messages, NULL);
	if (IS_ERR(buf))
		return PTR_ERR(buf);

	ret = message_exchange(s, buf, msg, blob);
	/* A raw key is there no longer than it takes. */
	memzero_explicit(buf->va + MESSAGE_MORE, msg->more_len);
	sktee_pool_put(&tee->messages, buf);

	return ret;
}

/* Have a blob made. */
static int blob_make(struct sktee_session *s, const struct message *msg,
		     struct securekey_blob *blob)
{
	int ret;

	ret = mutex_lock_killable(&s->lock);
	if (ret)
		return ret;

	ret = sktee_session_open(s);
	if (!ret)
		ret = message_send(s, msg, blob);
	mutex_unlock(&s->lock);

	return ret;
}

int sktee_key_generate(struct securekey_provider *provider,
		       struct securekey_blob *lt)
{
	const struct message msg = {
		.cmd = SKTA_GENERATE,
		.in = &lt->hdr,
		.in_len = sizeof(lt->hdr),
	};

	return blob_make(&to_sktee(provider)->management, &msg, lt);
}

int sktee_key_import(struct securekey_provider *provider, const u8 *raw,
		     size_t raw_len, struct securekey_blob *lt)
{
	const struct message msg = {
		.cmd = SKTA_IMPORT,
		.in = &lt->hdr,
		.in_len = sizeof(lt->hdr),
		.more = raw,
		.more_len = raw_len,
	};

	return blob_make(&to_sktee(provider)->management, &msg, lt);
}

int sktee_key_prepare(struct securekey_provider *provider,
		      const struct securekey_blob *lt,
		      struct securekey_blob *eph)
{
	const struct message msg = {
		.cmd = SKTA_PREPARE,
		.in = lt,
		.in_len = sizeof(lt->hdr) + le32_to_cpu(lt->hdr.payload_len),
	};
	int ret;

	ret = blob_make(&to_sktee(provider)->management, &msg, eph);

	/* The core has looked that the header makes sense. */
	return ret == -EINVAL ? -EBADMSG : ret;
}

int sktee_key_load(struct securekey_provider *provider,
		   const struct securekey_blob *blob, struct securekey_key *key)
{
	struct sktee_key *sk __free(kfree_sensitive) = kzalloc_obj(*sk);
	struct sktee *tee = to_sktee(provider);
	int ret;

	if (!sk)
		return -ENOMEM;

	sk->blob = *blob;
	INIT_LIST_HEAD(&sk->waiting);
	sktee_session_init(&sk->session, tee, &sk->blob);

	scoped_guard(mutex, &sk->session.lock)
		ret = sktee_session_open(&sk->session);
	if (ret)
		return ret;

	key->priv = no_free_ptr(sk);
	atomic_inc(&tee->nr_keys);

	return 0;
}

/* No request uses it, and none that did is going to look at it again. */
void sktee_key_unload(struct securekey_provider *provider,
		      struct securekey_key *key)
{
	struct sktee_key *sk = key->priv;

	sktee_session_close(&sk->session);
	kfree_sensitive(sk);
	atomic_dec(&to_sktee(provider)->nr_keys);
}

int sktee_key_export(struct securekey_provider *provider,
		     struct securekey_key *key, struct securekey_blob *lt)
{
	const struct message msg = { .cmd = SKTA_EXPORT };
	struct sktee_key *sk = key->priv;

	return blob_make(&sk->session, &msg, lt);
}

int sktee_key_derive(struct securekey_provider *provider,
		     struct securekey_key *parent, const void *context,
		     size_t context_len, struct securekey_blob *lt)
{
	const struct message msg = {
		.cmd = SKTA_DERIVE,
		.in = &lt->hdr,
		.in_len = sizeof(lt->hdr),
		.more = context,
		.more_len = context_len,
	};
	struct sktee_key *sk = parent->priv;

	/* The application wants one. */
	if (!context_len)
		return -EINVAL;

	return blob_make(&sk->session, &msg, lt);
}

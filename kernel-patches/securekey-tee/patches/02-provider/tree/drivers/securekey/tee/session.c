// SPDX-License-Identifier: GPL-2.0-only
/*
 * A secure key provider in a TEE: sessions of the trusted application.
 *
 * A session is an instance of the application, with its own memory and one key at
 * most. An instance that dies takes its key with it and nothing else. Whoever needs
 * the session next opens it anew, and loads the key again from its blob.
 */

#include <linux/device.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "tee.h"

/* What a result means to users of keys. */
int sktee_errno(u32 result)
{
	switch (result) {
	case SKTA_SUCCESS:
		return 0;
	case SKTA_ERROR_MAC_INVALID:
		return -EBADMSG;
	case SKTA_ERROR_BAD_PARAMETERS:
		return -EINVAL;
	case SKTA_ERROR_ACCESS_DENIED:
		return -EACCES;
	case SKTA_ERROR_NOT_SUPPORTED:
		return -EOPNOTSUPP;
	case SKTA_ERROR_BUSY:
		return -EBUSY;
	case SKTA_ERROR_OUT_OF_MEMORY:
		return -ENOMEM;
	case SKTA_ERROR_CANCEL:
		return -ECANCELED;
	case SKTA_ERROR_COMMUNICATION:
	case SKTA_ERROR_ITEM_NOT_FOUND:
		return -ENODEV;
	}

	return -EIO;
}

void sktee_session_init(struct sktee_session *s, struct sktee *tee,
			const struct securekey_blob *blob)
{
	s->tee = tee;
	s->blob = blob;
	mutex_init(&s->lock);
	s->open = false;
}

/* What a parameter needs that is memory. -EINVAL when the range is not in there. */
int sktee_param_memory(struct tee_param *param, u64 attr, struct tee_shm *shm,
		       size_t offset, size_t len)
{
	param->attr = attr;

	return tee_shm_get_memref(shm, offset, len, &param->u.memref);
}

/*
 * Have a command carried out in a session which is open. If the application has died
 * the session is closed and the command has failed.
 */
int sktee_session_invoke(struct sktee_session *s, enum skta_command cmd,
			 struct tee_param *params)
{
	struct sktee *tee = s->tee;
	u32 result;
	int ret;

	lockdep_assert_held(&s->lock);

	ret = tee->transport->invoke(tee->ctx, s->id, cmd, params, &result);
	if (ret)
		return ret;

	if (result == SKTA_ERROR_TARGET_DEAD) {
		dev_warn_ratelimited(tee->dev,
				     "the trusted application died in command %d\n",
				     cmd);
		sktee_session_close(s);
	}

	ret = sktee_errno(result);
	if (ret == -EIO)
		dev_dbg(tee->dev, "command %d: result %#x\n", cmd, result);

	return ret;
}

static int session_load(struct sktee_session *s)
{
	size_t len = sizeof(s->blob->hdr) + le32_to_cpu(s->blob->hdr.payload_len);
	struct tee_param params[SKTEE_NUM_PARAMS] = {};
	struct sktee *tee = s->tee;
	struct sktee_buf *msg;
	int ret;

	msg = sktee_pool_get(tee, &tee->messages, NULL);
	if (IS_ERR(msg))
		return PTR_ERR(msg);

	memcpy(msg->va, s->blob, len);
	ret = sktee_param_memory(&params[0],
				 TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT,
				 msg->shm, 0, len);
	if (!ret)
		ret = sktee_session_invoke(s, SKTA_LOAD, params);
	sktee_pool_put(&tee->messages, msg);

	switch (ret) {
	case -ENOMEM:
		return -EAGAIN;
	case -EINVAL:
		/* The core has looked that the header makes sense. */
		return -EBADMSG;
	}

	return ret;
}

/*
 * Make sure that a session is open and has its key. -EAGAIN when the TEE has no room
 * for one more, -EBADMSG when the key's blob is not authentic.
 */
int sktee_session_open(struct sktee_session *s)
{
	struct sktee *tee = s->tee;
	u32 result;
	int ret;

	lockdep_assert_held(&s->lock);

	if (s->open)
		return 0;

	ret = tee->transport->open(tee->ctx, &s->id, &result);
	if (ret)
		return ret;

	if (result == SKTA_ERROR_OUT_OF_MEMORY)
		return -EAGAIN;

	ret = sktee_errno(result);
	if (ret)
		return ret;

	s->open = true;
	if (!s->blob)
		return 0;

	ret = session_load(s);
	if (ret)
		sktee_session_close(s);

	return ret;
}

/* Close a session, if it is open. Nobody else uses it. */
void sktee_session_close(struct sktee_session *s)
{
	struct sktee *tee = s->tee;

	if (s->open)
		tee->transport->close(tee->ctx, s->id);

	s->open = false;
}

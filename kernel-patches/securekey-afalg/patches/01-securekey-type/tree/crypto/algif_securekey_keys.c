// SPDX-License-Identifier: GPL-2.0-only
/*
 * algif_securekey: User-space interface for keys that the kernel does not see
 *
 * A socket of type "securekey" is bound to a provider of such keys by its name.
 * The sockets that accept() makes from it carry out one command per message and
 * give the wrapped key that results from it to read(). No command and no result
 * involves plaintext keys, but for the raw key that ALG_IMPORT_KEY brings along.
 */

#include <crypto/if_alg.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/poll.h>
#include <linux/securekey.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/sock.h>

/* Longer than the raw key of any algorithm there is. */
#define SECUREKEY_RAW_MAX_LEN	64

/**
 * struct securekey_sock - state of an accepted socket
 * @provider: of the socket it was accepted from, which this one pins
 * @lock: held while a command runs and while its result is read. Not the socket
 *	lock, since waiting for a provider must be interruptible.
 * @blob: the result of the last command, until it was read
 * @blob_len: length of @blob, 0 if there is none. Written under @lock.
 */
struct securekey_sock {
	struct securekey_provider *provider;
	struct mutex lock; /* see above */
	struct securekey_blob blob;
	unsigned int blob_len;
};

/**
 * struct securekey_command - a message's control data
 * @type: ALG_GENERATE_KEY and so on, 0 for none
 * @has_params: @params were given
 * @params: what the key is to be
 */
struct securekey_command {
	int type;
	bool has_params;
	struct securekey_params params;
};

static int securekey_parse(struct msghdr *msg, struct securekey_command *cmd)
{
	struct cmsghdr *cmsg;

	for_each_cmsghdr(cmsg, msg) {
		size_t len;

		if (!CMSG_OK(msg, cmsg))
			return -EINVAL;
		if (cmsg->cmsg_level != SOL_ALG)
			continue;
		if (cmd->type)
			return -EINVAL;

		len = cmsg->cmsg_len - CMSG_LEN(0);

		switch (cmsg->cmsg_type) {
		case ALG_GENERATE_KEY:
		case ALG_IMPORT_KEY:
			cmd->has_params = len;
			if (!len)
				break;
			if (len != sizeof(cmd->params))
				return -EINVAL;
			memcpy(&cmd->params, CMSG_DATA(cmsg), len);
			break;

		case ALG_PREPARE_KEY:
		case ALG_DELETE_KEY:
			if (len)
				return -EINVAL;
			break;

		default:
			return -EINVAL;
		}
		cmd->type = cmsg->cmsg_type;
	}

	if (!cmd->type || (cmd->type == ALG_IMPORT_KEY && !cmd->has_params))
		return -EINVAL;

	return 0;
}

static int securekey_do_generate(struct securekey_sock *ss, size_t size,
				 struct securekey_command *cmd)
{
	if (size)
		return -EINVAL;

	if (!cmd->has_params) {
		cmd->params.algorithm = SECUREKEY_ALG_AES;
		cmd->params.key_bits = 256;
		cmd->params.modes = securekey_provider_caps(ss->provider)->modes &
				    (SECUREKEY_MODE_CBC | SECUREKEY_MODE_CTR);
		cmd->params.flags = SECUREKEY_FLAG_DECRYPT_ONLY |
				    SECUREKEY_FLAG_PROTECTED_DST_ONLY;
		cmd->params.form = SECUREKEY_FORM_LONG_TERM;
	}

	return securekey_generate(ss->provider, &cmd->params, &ss->blob,
				  sizeof(ss->blob));
}

static int securekey_do_import(struct securekey_sock *ss, struct msghdr *msg,
			       size_t size, const struct securekey_command *cmd)
{
	u8 raw[SECUREKEY_RAW_MAX_LEN];
	int err;

	if (size > sizeof(raw))
		return -EMSGSIZE;

	err = memcpy_from_msg(raw, msg, size);
	if (!err)
		err = securekey_import(ss->provider, &cmd->params, raw, size,
				       &ss->blob, sizeof(ss->blob));
	memzero_explicit(raw, sizeof(raw));

	return err;
}

static int securekey_do_blob(struct securekey_sock *ss, struct msghdr *msg,
			     size_t size, const struct securekey_command *cmd)
{
	if (size > SECUREKEY_BLOB_MAX_LEN)
		return -EMSGSIZE;

	u8 *blob __free(kfree) = kmalloc(SECUREKEY_BLOB_MAX_LEN, GFP_KERNEL);

	if (!blob)
		return -ENOMEM;
	if (memcpy_from_msg(blob, msg, size))
		return -EFAULT;

	if (cmd->type == ALG_DELETE_KEY)
		return securekey_delete(ss->provider, blob, size);

	return securekey_prepare(ss->provider, blob, size, &ss->blob,
				 sizeof(ss->blob));
}

static int securekey_lock(struct securekey_sock *ss, int flags)
{
	if (flags & MSG_DONTWAIT)
		return mutex_trylock(&ss->lock) ? 0 : -EAGAIN;

	return mutex_lock_interruptible(&ss->lock) ? -ERESTARTSYS : 0;
}

static void securekey_set_blob_len(struct sock *sk, struct securekey_sock *ss,
				   unsigned int len)
{
	WRITE_ONCE(ss->blob_len, len);
	wake_up_interruptible_poll(sk_sleep(sk), len ? EPOLLIN | EPOLLRDNORM :
						       EPOLLOUT | EPOLLWRNORM);
}

static int securekey_sendmsg(struct socket *sock, struct msghdr *msg,
			     size_t size)
{
	struct sock *sk = sock->sk;
	struct securekey_sock *ss = alg_sk(sk)->private;
	struct securekey_command cmd = {};
	int ret;

	if (msg->msg_flags & MSG_MORE)
		return -EINVAL;

	ret = securekey_parse(msg, &cmd);
	if (ret)
		return ret;

	ret = securekey_lock(ss, msg->msg_flags);
	if (ret)
		return ret;

	/* A key that nobody has read yet must not get lost. */
	if (ss->blob_len) {
		ret = -EBUSY;
		goto unlock;
	}

	switch (cmd.type) {
	case ALG_GENERATE_KEY:
		ret = securekey_do_generate(ss, size, &cmd);
		break;
	case ALG_IMPORT_KEY:
		ret = securekey_do_import(ss, msg, size, &cmd);
		break;
	case ALG_PREPARE_KEY:
	case ALG_DELETE_KEY:
		ret = securekey_do_blob(ss, msg, size, &cmd);
		break;
	}

	if (ret > 0)
		securekey_set_blob_len(sk, ss, ret);
	if (ret >= 0)
		ret = size;

unlock:
	mutex_unlock(&ss->lock);

	return ret;
}

static int securekey_recvmsg(struct socket *sock, struct msghdr *msg,
			     size_t size, int flags)
{
	struct sock *sk = sock->sk;
	struct securekey_sock *ss = alg_sk(sk)->private;
	int ret;

	ret = securekey_lock(ss, flags);
	if (ret)
		return ret;

	/* Nothing comes unless somebody asks for it: do not wait. */
	if (!ss->blob_len)
		ret = -ENODATA;
	else if (size < ss->blob_len)
		ret = -EOVERFLOW;
	else
		ret = memcpy_to_msg(msg, &ss->blob, ss->blob_len);

	if (!ret) {
		ret = ss->blob_len;
		if (!(flags & MSG_PEEK))
			securekey_set_blob_len(sk, ss, 0);
	}

	mutex_unlock(&ss->lock);

	return ret;
}

static __poll_t securekey_poll(struct file *file, struct socket *sock,
			       poll_table *wait)
{
	struct securekey_sock *ss = alg_sk(sock->sk)->private;

	sock_poll_wait(file, sock, wait);

	if (READ_ONCE(ss->blob_len))
		return EPOLLIN | EPOLLRDNORM;

	return EPOLLOUT | EPOLLWRNORM;
}

static struct proto_ops securekey_keys_ops = {
	.family		=	PF_ALG,

	.connect	=	sock_no_connect,
	.socketpair	=	sock_no_socketpair,
	.getname	=	sock_no_getname,
	.ioctl		=	sock_no_ioctl,
	.listen		=	sock_no_listen,
	.shutdown	=	sock_no_shutdown,
	.mmap		=	sock_no_mmap,
	.bind		=	sock_no_bind,
	.accept		=	sock_no_accept,

	.release	=	af_alg_release,
	.sendmsg	=	securekey_sendmsg,
	.recvmsg	=	securekey_recvmsg,
	.poll		=	securekey_poll,
};

/*
 * Providers are not for everybody, whatever af_alg_restrict says: they are slow and
 * shared, and their firmware is a poor place to try fuzzed input on. Whoever may
 * use one may use all that there are, unless AF_ALG is disabled.
 */
static void *securekey_bind(const char *name)
{
	const struct af_alg_allowlist_entry allowlist[] = { { name }, {} };
	int err;

	if (!af_alg_capable())
		return ERR_PTR(-ENOENT);

	err = af_alg_check_restriction(name, allowlist);
	if (err)
		return ERR_PTR(err);

	return securekey_provider_get(name);
}

static void securekey_release(void *private)
{
	securekey_provider_put(private);
}

static void securekey_sock_destruct(struct sock *sk)
{
	struct securekey_sock *ss = alg_sk(sk)->private;

	kfree_sensitive(ss);
	af_alg_release_parent(sk);
}

static int securekey_accept(void *private, struct sock *sk)
{
	struct securekey_sock *ss;

	ss = kzalloc_obj(*ss, GFP_KERNEL_ACCOUNT);
	if (!ss)
		return -ENOMEM;

	mutex_init(&ss->lock);
	ss->provider = private;

	alg_sk(sk)->private = ss;
	sk->sk_destruct = securekey_sock_destruct;

	return 0;
}

static const struct af_alg_type securekey_keys_type = {
	.bind		=	securekey_bind,
	.release	=	securekey_release,
	.accept		=	securekey_accept,
	.ops		=	&securekey_keys_ops,
	.name		=	"securekey",
	.owner		=	THIS_MODULE,
};

static int __init algif_securekey_init(void)
{
	return af_alg_register_type(&securekey_keys_type);
}

static void __exit algif_securekey_exit(void)
{
	WARN_ON(af_alg_unregister_type(&securekey_keys_type));
}

module_init(algif_securekey_init);
module_exit(algif_securekey_exit);
MODULE_DESCRIPTION("Userspace interface for keys that the kernel does not see");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("SECUREKEY");

// SPDX-License-Identifier: GPL-2.0-only
/*
 * algif_securekey: one-way decryption into a dma-buf
 *
 * The operation sockets of a skcipher socket with a secure key. Ciphertext goes
 * in by sendmsg(), plaintext goes to the dma-buf that ALG_SET_MEM_FD names, and
 * nothing comes out by recvmsg(). The end of the operation is seen by poll():
 * EPOLLIN when it succeeded, EPOLLIN | EPOLLERR when it failed.
 *
 * Lifetimes: a request that was submitted belongs to its socket, which keeps it
 * until the next one or until close. Both first cancel it, which returns when
 * ->complete() has returned: so neither the socket nor this module can go away
 * under it. Key and destination are pinned by the request itself, whatever
 * becomes of the descriptors. While a request is collected, which takes as long as
 * user space likes, the dma-buf is only referenced: it is attached and mapped when
 * the request is submitted, and unmapped when its end is told.
 *
 * The socket lock is not used. Senders are serialized by a mutex, since waiting
 * for a provider under the socket lock would make other users of the descriptor
 * wait uninterruptibly.
 */

#include <crypto/if_alg.h>
#include <linux/build_bug.h>
#include <linux/cleanup.h>
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/poll.h>
#include <linux/scatterlist.h>
#include <linux/securekey.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <net/sock.h>

#include "algif_securekey.h"

/*
 * Bound of the kernel memory that a socket ties up, whatever its provider could
 * do: about the largest frame there is. Unlike other AF_ALG sockets this one
 * must not wait when more than sk_sndbuf is sent, because nobody would ever read
 * and so make room.
 */
#define SECUREKEY_OP_MAX_LEN	SZ_8M

/* In 32-bit ABIs too: nobody converts what is in control messages. */
static_assert(sizeof(struct af_alg_mem_fd) == 24);

/**
 * enum securekey_op_state - what a socket's latest request has come to
 * @SECUREKEY_OP_IDLE: there is none, or it is still being collected
 * @SECUREKEY_OP_RUNNING: it was submitted, or waits for room to be
 * @SECUREKEY_OP_DONE: it succeeded
 * @SECUREKEY_OP_FAILED: it failed; sk_err says how until somebody fetches that
 */
enum securekey_op_state {
	SECUREKEY_OP_IDLE,
	SECUREKEY_OP_RUNNING,
	SECUREKEY_OP_DONE,
	SECUREKEY_OP_FAILED,
};

/**
 * struct securekey_op_data - what a request needs while it is collected
 * @dmabuf: where to decrypt to, one reference
 * @dst_offset: where in @dmabuf
 * @limit: how many bytes it may become
 * @used: how many bytes there are
 * @iv: initialization vector
 * @sgt: @pages as a scatterlist, once the request is complete
 * @nr_pages: length of @pages
 * @pages: the ciphertext; those that are needed so far
 */
struct securekey_op_data {
	struct dma_buf *dmabuf;
	u64 dst_offset;
	size_t limit;
	size_t used;
	u8 iv[SECUREKEY_IV_LEN];
	struct sg_table sgt;
	unsigned int nr_pages;
	struct page *pages[] __counted_by(nr_pages);
};

/**
 * struct securekey_op - state of an operation socket
 * @sk: the socket
 * @cipher: of the socket it was accepted from, which this one pins
 * @lock: serializes senders; guards all below but what is said otherwise
 * @collecting: the request that further messages go on with
 * @running: data of the request that is in flight. Set before it is submitted,
 *	owned by securekey_op_complete() from then on.
 * @req: the latest request that was submitted, one reference
 * @state: what became of @req. Written under @lock, except that
 *	securekey_op_complete() takes it out of SECUREKEY_OP_RUNNING, which
 *	nobody else does once the request was submitted.
 */
struct securekey_op {
	struct sock *sk;
	struct securekey_cipher *cipher;
	struct mutex lock; /* see above */
	struct securekey_op_data *collecting;
	struct securekey_op_data *running;
	struct securekey_request *req;
	enum securekey_op_state state;
};

/**
 * struct securekey_op_control - a message's control data
 * @begin: there was any: the message begins a request
 * @has_iv: @iv was given
 * @has_mem: @mem was given
 * @op: ALG_OP_DECRYPT, also if not given, as for the other types
 * @iv: initialization vector
 * @mem: the destination
 */
struct securekey_op_control {
	bool begin;
	bool has_iv;
	bool has_mem;
	u32 op;
	u8 iv[SECUREKEY_IV_LEN];
	struct af_alg_mem_fd mem;
};

static int securekey_op_parse(struct msghdr *msg,
			      struct securekey_op_control *con)
{
	bool has_op = false;
	struct cmsghdr *cmsg;

	for_each_cmsghdr(cmsg, msg) {
		const struct af_alg_iv *iv;

		if (!CMSG_OK(msg, cmsg))
			return -EINVAL;
		if (cmsg->cmsg_level != SOL_ALG)
			continue;

		con->begin = true;

		switch (cmsg->cmsg_type) {
		case ALG_SET_IV:
			iv = CMSG_DATA(cmsg);
			if (con->has_iv ||
			    cmsg->cmsg_len < CMSG_LEN(sizeof(*iv)) ||
			    iv->ivlen != sizeof(con->iv) ||
			    cmsg->cmsg_len < CMSG_LEN(sizeof(*iv) + iv->ivlen))
				return -EINVAL;
			memcpy(con->iv, iv->iv, sizeof(con->iv));
			con->has_iv = true;
			break;

		case ALG_SET_OP:
			if (has_op || cmsg->cmsg_len < CMSG_LEN(sizeof(u32)))
				return -EINVAL;
			con->op = *(u32 *)CMSG_DATA(cmsg);
			if (con->op != ALG_OP_DECRYPT &&
			    con->op != ALG_OP_ENCRYPT)
				return -EINVAL;
			has_op = true;
			break;

		case ALG_SET_MEM_FD:
			if (con->has_mem ||
			    cmsg->cmsg_len != CMSG_LEN(sizeof(con->mem)))
				return -EINVAL;
			/* May be aligned to 4 bytes only. */
			memcpy(&con->mem, CMSG_DATA(cmsg), sizeof(con->mem));
			if (con->mem.flags)
				return -EINVAL;
			con->has_mem = true;
			break;

		default:
			return -EINVAL;
		}
	}

	return 0;
}

static void securekey_op_data_free(struct securekey_op_data *data)
{
	unsigned int i;

	if (IS_ERR_OR_NULL(data))
		return;

	sg_free_table(&data->sgt);
	for (i = 0; i < data->nr_pages && data->pages[i]; i++)
		__free_page(data->pages[i]);
	dma_buf_put(data->dmabuf);
	kvfree(data);
}

DEFINE_FREE(securekey_op_data, struct securekey_op_data *,
	    securekey_op_data_free(_T))

static struct securekey_op_data *
securekey_op_data_alloc(struct securekey_op *op,
			const struct securekey_op_control *con)
{
	const struct securekey_key *key = op->cipher->key;
	struct securekey_op_data *data;
	struct dma_buf *dmabuf;
	size_t limit;
	int err;

	if (!con->has_mem)
		return ERR_PTR(-EDESTADDRREQ);
	if (!con->has_iv)
		return ERR_PTR(-EINVAL);

	err = securekey_key_check(key, op->cipher->mode,
				  con->op == ALG_OP_ENCRYPT ?
				  SECUREKEY_ENCRYPT : SECUREKEY_DECRYPT);
	if (err)
		return ERR_PTR(err);

	dmabuf = dma_buf_get(con->mem.fd);
	if (IS_ERR(dmabuf))
		return ERR_CAST(dmabuf);

	err = securekey_dmabuf_check(key->provider, dmabuf, con->mem.off,
				     con->mem.len);
	if (err)
		goto put;

	limit = securekey_provider_caps(key->provider)->max_len;
	limit = min3(con->mem.len, (u64)limit, (u64)SECUREKEY_OP_MAX_LEN);

	data = kvzalloc_flex(*data, pages, DIV_ROUND_UP(limit, PAGE_SIZE),
			     GFP_KERNEL_ACCOUNT);
	if (!data) {
		err = -ENOMEM;
		goto put;
	}

	data->nr_pages = DIV_ROUND_UP(limit, PAGE_SIZE);
	data->dmabuf = dmabuf;
	data->dst_offset = con->mem.off;
	data->limit = limit;
	memcpy(data->iv, con->iv, sizeof(data->iv));

	return data;

put:
	dma_buf_put(dmabuf);

	return ERR_PTR(err);
}

static int securekey_op_append(struct securekey_op_data *data,
			       struct msghdr *msg, size_t size)
{
	if (size > data->limit - data->used)
		return -EMSGSIZE;

	while (size) {
		struct page **page = &data->pages[data->used >> PAGE_SHIFT];
		size_t offset = offset_in_page(data->used);
		size_t len = min(size, PAGE_SIZE - offset);

		if (!*page) {
			*page = alloc_page(GFP_KERNEL_ACCOUNT);
			if (!*page)
				return -ENOMEM;
		}
		if (copy_page_from_iter(*page, offset, len, &msg->msg_iter) !=
		    len)
			return -EFAULT;

		data->used += len;
		size -= len;
	}

	return 0;
}

/* The socket lives: whoever releases it waits for ->complete() before. */
static void securekey_op_set_state(struct securekey_op *op,
				   enum securekey_op_state state, __poll_t mask)
{
	struct sock *sk = op->sk;
	struct socket_wq *wq;

	/* After sk_err; pairs with securekey_op_state(). */
	smp_store_release(&op->state, state);

	if (!mask)
		return;

	rcu_read_lock();
	wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_poll(&wq->wait, mask);
	sk_wake_async_rcu(sk, SOCK_WAKE_WAITD, POLL_IN);
	rcu_read_unlock();
}

static void securekey_op_complete(struct securekey_request *req, int status)
{
	struct securekey_op *op = req->private;
	__poll_t mask = EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM;

	securekey_op_data_free(op->running);

	if (status) {
		WRITE_ONCE(op->sk->sk_err, -status);
		securekey_op_set_state(op, SECUREKEY_OP_FAILED,
				       mask | EPOLLERR);
	} else {
		securekey_op_set_state(op, SECUREKEY_OP_DONE, mask);
	}
}

/* Let go of the latest request: stop it if it runs. */
static void securekey_op_retire(struct securekey_op *op)
{
	struct securekey_request *req = op->req;

	if (!req)
		return;

	op->req = NULL;
	securekey_request_cancel(req);
	securekey_request_put(req);
}

/* Attach and map the destination, which is used from now on. */
static struct securekey_request *
securekey_op_request(struct securekey_op *op, struct securekey_op_data *data)
{
	struct securekey_key *key = op->cipher->key;
	struct securekey_request *req;
	struct securekey_buffer *dst;

	dst = securekey_buffer_attach(key->provider, data->dmabuf);
	if (IS_ERR(dst))
		return ERR_CAST(dst);

	req = securekey_request_alloc(key, dst, GFP_KERNEL);
	securekey_buffer_put(dst);
	if (!req)
		return ERR_PTR(-ENOMEM);

	req->dst_offset = data->dst_offset;
	req->src = data->sgt.sgl;
	req->len = data->used;
	req->mode = op->cipher->mode;
	memcpy(req->iv, data->iv, sizeof(req->iv));
	req->complete = securekey_op_complete;
	req->private = op;

	return req;
}

/* On success @data belongs to securekey_op_complete(). */
static int securekey_op_submit(struct securekey_op *op,
			       struct securekey_op_data *data, long *timeo)
{
	struct securekey_request *req;
	enum securekey_op_state old;
	int err;

	if (!data->used)
		return -EINVAL;

	err = sg_alloc_table_from_pages(&data->sgt, data->pages,
					DIV_ROUND_UP(data->used, PAGE_SIZE), 0,
					data->used, GFP_KERNEL_ACCOUNT);
	if (err)
		return err;

	req = securekey_op_request(op, data);
	if (IS_ERR(req)) {
		err = PTR_ERR(req);
		goto free_table;
	}

	/* It has completed, or this would not be reached. */
	securekey_op_retire(op);

	old = op->state;
	op->req = req;
	op->running = data;
	securekey_op_set_state(op, SECUREKEY_OP_RUNNING, 0);

	err = securekey_request_submit_wait(req, timeo);
	if (!err)
		return 0;

	op->running = NULL;
	op->req = NULL;
	securekey_request_put(req);
	/* Whoever polled meanwhile saw a request that never was. */
	securekey_op_set_state(op, old, EPOLLIN | EPOLLRDNORM | EPOLLOUT |
					EPOLLWRNORM);
free_table:
	sg_free_table(&data->sgt);

	return err;
}

/* A message that begins a request. */
static int securekey_op_begin(struct securekey_op *op,
			      const struct securekey_op_control *con,
			      struct msghdr *msg, size_t size, long *timeo)
{
	struct securekey_op_data *data __free(securekey_op_data) =
		securekey_op_data_alloc(op, con);
	int err;

	if (IS_ERR(data))
		return PTR_ERR(data);

	err = securekey_op_append(data, msg, size);
	if (err)
		return err;

	if (msg->msg_flags & MSG_MORE) {
		securekey_op_data_free(op->collecting);
		op->collecting = no_free_ptr(data);
		securekey_op_set_state(op, SECUREKEY_OP_IDLE, 0);
		return 0;
	}

	err = securekey_op_submit(op, data, timeo);
	if (err)
		return err;

	retain_and_null_ptr(data);
	securekey_op_data_free(op->collecting);
	op->collecting = NULL;

	return 0;
}

/* A message that goes on with the request being collected. */
static int securekey_op_continue(struct securekey_op *op, struct msghdr *msg,
				 size_t size, long *timeo)
{
	struct securekey_op_data *data = op->collecting;
	size_t used;
	int err;

	if (!data)
		return -EDESTADDRREQ;

	used = data->used;
	err = securekey_op_append(data, msg, size);
	if (!err && !(msg->msg_flags & MSG_MORE))
		err = securekey_op_submit(op, data, timeo);
	if (err) {
		data->used = used;
		return err;
	}

	if (!(msg->msg_flags & MSG_MORE))
		op->collecting = NULL;

	return 0;
}

static enum securekey_op_state securekey_op_state(const struct securekey_op *op)
{
	/* Before sk_err; pairs with securekey_op_set_state(). */
	return smp_load_acquire(&op->state);
}

static bool securekey_op_idle(const struct securekey_op *op)
{
	return securekey_op_state(op) != SECUREKEY_OP_RUNNING;
}

/* Wait, with @op->lock held, until no request is in flight. */
static int securekey_op_wait(struct securekey_op *op, long *timeo)
{
	long left;

	if (securekey_op_idle(op))
		return 0;
	if (!*timeo)
		return -EAGAIN;

	left = wait_event_interruptible_timeout(*sk_sleep(op->sk),
						securekey_op_idle(op), *timeo);
	if (left < 0)
		return left;

	*timeo = left;

	return left ? 0 : -EAGAIN;
}

static int securekey_op_sendmsg(struct socket *sock, struct msghdr *msg,
				size_t size)
{
	struct securekey_op *op = alg_sk(sock->sk)->private;
	struct securekey_op_control con = {};
	long timeo;
	int err;

	err = securekey_op_parse(msg, &con);
	if (err)
		return err;

	/* For the request in flight and for room in the provider's queue. */
	timeo = sock_sndtimeo(op->sk, msg->msg_flags & MSG_DONTWAIT);

	if (msg->msg_flags & MSG_DONTWAIT) {
		if (!mutex_trylock(&op->lock))
			return -EAGAIN;
	} else if (mutex_lock_interruptible(&op->lock)) {
		return sock_intr_errno(timeo);
	}

	err = securekey_op_wait(op, &timeo);
	if (!err)
		/* Do not let a failure pass unnoticed that nobody polled for. */
		err = sock_error(op->sk);
	if (!err && con.begin)
		err = securekey_op_begin(op, &con, msg, size, &timeo);
	else if (!err)
		err = securekey_op_continue(op, msg, size, &timeo);
	if (err == -ERESTARTSYS)
		err = sock_intr_errno(timeo);

	mutex_unlock(&op->lock);

	return err ?: size;
}

static __poll_t securekey_op_poll(struct file *file, struct socket *sock,
				  poll_table *wait)
{
	struct securekey_op *op = alg_sk(sock->sk)->private;
	__poll_t mask = 0;

	sock_poll_wait(file, sock, wait);

	/* The socket pins the key. */
	if (securekey_key_poll(op->cipher->key, file, wait))
		mask |= EPOLLOUT | EPOLLWRNORM;

	switch (securekey_op_state(op)) {
	case SECUREKEY_OP_IDLE:
		break;
	case SECUREKEY_OP_RUNNING:
		return 0;
	case SECUREKEY_OP_DONE:
		mask |= EPOLLIN | EPOLLRDNORM;
		break;
	case SECUREKEY_OP_FAILED:
		/*
		 * Once the error was fetched the request is over: EPOLLIN
		 * alone must not be mistaken for success.
		 */
		if (READ_ONCE(op->sk->sk_err))
			mask |= EPOLLIN | EPOLLRDNORM | EPOLLERR;
		break;
	}

	return mask;
}

static int securekey_op_release(struct socket *sock)
{
	struct securekey_op *op;

	/* accept() may have failed half way. */
	if (sock->sk) {
		op = alg_sk(sock->sk)->private;
		if (op)
			securekey_op_retire(op);
	}

	return af_alg_release(sock);
}

static void securekey_op_destruct(struct sock *sk)
{
	struct securekey_op *op = alg_sk(sk)->private;

	securekey_op_data_free(op->collecting);
	kfree(op);
	af_alg_release_parent(sk);
}

int securekey_op_accept(void *private, struct sock *sk)
{
	struct securekey_op *op;

	op = kzalloc_obj(*op, GFP_KERNEL_ACCOUNT);
	if (!op)
		return -ENOMEM;

	mutex_init(&op->lock);
	op->sk = sk;
	op->cipher = private;

	alg_sk(sk)->private = op;
	sk->sk_destruct = securekey_op_destruct;

	return 0;
}

struct proto_ops securekey_op_ops = {
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

	.release	=	securekey_op_release,
	.sendmsg	=	securekey_op_sendmsg,
	.recvmsg	=	sock_no_recvmsg,
	.poll		=	securekey_op_poll,
};

MODULE_IMPORT_NS("DMA_BUF");

import {
  addInitializer,
  addToKconfig,
  c,
  edit,
  insertAfter,
  insertBefore,
  line,
  replace,
  replaceText,
} from '@kseries/patchgen'

export default [
  edit(
    'include/uapi/linux/securekey_dev.h',
    insertBefore(
      '#endif /* _UAPI_LINUX_SECUREKEY_DEV_H */',
      c`
/**
 * struct securekey_dev_request - decrypt a piece of ciphertext
 * @cookie: anything; is told with the end of the request
 * @src: pointer to the ciphertext, which has been copied when the ioctl returns
 * @len: bytes to decrypt
 * @dst_offset: where in the destination to write
 * @dst: number of the destination
 * @flags: 0
 * @iv: the initialization vector (cbc) or counter block (ctr)
 */
struct securekey_dev_request {
	__u64 cookie;
	__u64 src;
	__u64 len;
	__u64 dst_offset;
	__u32 dst;
	__u32 flags;
	__u8 iv[16];
};

#define SECUREKEY_DEV_REQUEST_SIZE_VER0	56

/**
 * struct securekey_dev_submit - start requests
 * @size: sizeof(struct securekey_dev_submit)
 * @flags: 0
 * @requests: pointer to an array of struct securekey_dev_request
 * @request_size: sizeof(struct securekey_dev_request). The rules for @size are those
 *	for this, too
 * @count: how many there are
 *
 * Of a session. Requests are started in their order, and may end in any. The result
 * is how many were started, which may be less than @count: the next one is the first
 * then when the rest is submitted, and if that cannot be started the ioctl fails.
 *
 * Waits for room in the provider's queue, which is that of all of its users, unless
 * the descriptor is O_NONBLOCK.
 *
 * Errors: EINVAL when @count is 0; ENOENT when the session has no destination of
 * that number; EOVERFLOW when offset and length do not fit into 64 bits; EINVAL when
 * the range is empty, not inside the destination, or not aligned as the provider
 * asks for; EMSGSIZE when it is longer than SECUREKEY_DEV_QUERY tells; EINVAL when
 * the length is no multiple of the cipher's block size; EBUSY when as many requests
 * of the session are in flight or to be read as may be: read; EAGAIN; EINTR; what
 * the provider says.
 */
struct securekey_dev_submit {
	__u32 size;
	__u32 flags;
	__u64 requests;
	__u32 request_size;
	__u32 count;
};

#define SECUREKEY_DEV_SUBMIT_SIZE_VER0	24
#define SECUREKEY_DEV_SUBMIT		_IO(SECUREKEY_DEV_IOC, 0x0a)

/**
 * struct securekey_dev_completion - the end of a request
 * @cookie: of the request
 * @status: 0 when all of the plaintext is in the destination, or a negative error
 *	number: -ENODEV (the provider has gone), -ETIMEDOUT or what the provider says.
 *	Then there may be parts of the plaintext, or zeroes
 * @flags: 0 at present
 *
 * What read() of a session gives: as many as there are and fit. No plaintext ever
 * comes that way. Should a later kernel have more to tell, then only to those who
 * ask for it when they make the session.
 *
 * Errors: EINVAL when there is no room for one; EAGAIN when there is none and the
 * descriptor is O_NONBLOCK; ENODEV when there is none and the provider has gone;
 * EINTR.
 *
 * poll() gives POLLIN when there is one, with POLLERR when one of them tells of an
 * error; POLLOUT when a request could be started; POLLERR and POLLHUP when the
 * provider has gone.
 */
struct securekey_dev_completion {
	__u64 cookie;
	__s32 status;
	__u32 flags;
};

`,
    ),
  ),
  edit('drivers/securekey/chardev/Kconfig', addToKconfig('SECUREKEY_CHARDEV', 'select SGL_ALLOC')),
  edit('drivers/securekey/chardev/Makefile', replaceText('session.o', 'session.o submit.o')),
  edit(
    'drivers/securekey/chardev/chardev.h',
    insertBefore(
      line('long securekey_ioctl('),
      c`
/* Bytes in a request at most. */
static inline size_t
securekey_max_len(const struct securekey_provider *provider)
{
	return min(securekey_provider_caps(provider)->max_len, SECUREKEY_MAX_LEN);
}

`,
    ),
    insertAfter(
      '#include <linux/list.h>',
      c`
#include <linux/minmax.h>
`,
    ),
    insertAfter(
      line(' * @gone: the provider has left or is about to'),
      c`
 * @lock: guards @sessions
 * @sessions: those that are open, to be woken when the provider leaves
`,
    ),
    insertAfter(
      'bool gone;',
      c`
	spinlock_t lock;	/* see above */
	struct list_head sessions;
`,
    ),
    insertBefore(
      '#endif /* _DRIVERS_SECUREKEY_CHARDEV_H */',
      c`
void securekey_sessions_wake(struct securekey_cdev *cdev);

`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/device.c',
    replace(
      line('.max_len = min(caps->max_len, SECUREKEY_MAX_LEN),'),
      c`
		.max_len = securekey_max_len(c->provider),
`,
    ),
    insertAfter(
      'c->provider = p;',
      c`
	spin_lock_init(&c->lock);
	INIT_LIST_HEAD(&c->sessions);
`,
    ),
    insertAfter(
      'WRITE_ONCE(c->gone, true);',
      c`
		securekey_sessions_wake(c);
`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/ioctl.c',
    insertAfter(
      line('SECUREKEY_DEV_DETACH_SIZE_VER0);'),
      c`
static_assert(sizeof(struct securekey_dev_submit) ==
	      SECUREKEY_DEV_SUBMIT_SIZE_VER0);
`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/session.h',
    insertAfter(
      '#include <linux/mutex.h>',
      c`
#include <linux/poll.h>
#include <linux/wait.h>
`,
    ),
    insertAfter(
      line(' * @nr_buffers: how many'),
      c`
 * @submit_lock: held while requests are submitted, which may wait
 * @read_lock: held while records are read
 * @lock: guards what follows but @wait
 * @running: requests that are in flight
 * @done: requests that have ended and were not read yet, in the order of their end
 * @pending: how many there are, one that is being made included
 * @nr_failed: how many in @done tell of an error
 * @wait: for a record to read, for room to submit, for the provider to leave
 * @node: in the device's list, under its lock
`,
    ),
    insertAfter(
      'unsigned int nr_buffers;',
      c`

	struct mutex submit_lock;	/* see above */
	struct mutex read_lock;		/* see above */
	spinlock_t lock;		/* see above */
	struct list_head running;
	struct list_head done;
	unsigned int pending;
	unsigned int nr_failed;
	wait_queue_head_t wait;
	struct list_head node;
`,
    ),
    insertBefore(
      '#endif /* _DRIVERS_SECUREKEY_SESSION_H */',
      c`
long securekey_session_submit(struct file *file, void *arg);
ssize_t securekey_session_read(struct file *file, char __user *to, size_t size,
			       loff_t *ppos);
__poll_t securekey_session_poll(struct file *file, poll_table *wait);
void securekey_session_cancel(struct securekey_session *session);

`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/session.c',
    addInitializer(
      'session_ioctls',
      c`
	{
		.cmd = SECUREKEY_DEV_SUBMIT,
		.size = sizeof(struct securekey_dev_submit),
		.min_size = SECUREKEY_DEV_SUBMIT_SIZE_VER0,
		.run = securekey_session_submit,
	},
`,
    ),
    insertBefore(
      line('static void session_free('),
      c`
static void session_list(struct securekey_session *s)
{
	guard(spinlock)(&s->cdev->lock);
	list_add(&s->node, &s->cdev->sessions);
}

static void session_unlist(struct securekey_session *s)
{
	guard(spinlock)(&s->cdev->lock);
	list_del(&s->node);
}

/**
 * securekey_sessions_wake - tell who waits that the provider leaves
 * @c: the device
 */
void securekey_sessions_wake(struct securekey_cdev *c)
{
	struct securekey_session *s;

	guard(spinlock)(&c->lock);

	list_for_each_entry(s, &c->sessions, node)
		wake_up(&s->wait);
}

`,
    ),
    insertBefore(
      line('xa_for_each(&s->buffers, id, buffer)'),
      c`
	session_unlist(s);
	securekey_session_cancel(s);
`,
    ),
    insertAfter(
      line('seq_printf(m, "securekey-buffers:\\t%u\\n", READ_ONCE(s->nr_buffers));'),
      c`
	seq_printf(m, "securekey-pending:\t%u\n", READ_ONCE(s->pending));
`,
    ),
    insertAfter(
      line('.release = session_release,'),
      c`
	.read = securekey_session_read,
	.poll = securekey_session_poll,
`,
    ),
    insertAfter(
      'xa_init(&s->buffers);',
      c`
	mutex_init(&s->submit_lock);
	mutex_init(&s->read_lock);
	spin_lock_init(&s->lock);
	INIT_LIST_HEAD(&s->running);
	INIT_LIST_HEAD(&s->done);
	init_waitqueue_head(&s->wait);
	session_list(s);
`,
    ),
  ),
]

import {
  addInclude,
  addStructMember,
  append,
  c,
  edit,
  fn,
  insertAfter,
  insertBefore,
  line,
  replaceStatement,
  replaceText,
} from '@kseries/patchgen'

export default [
  edit(
    'include/uapi/linux/securekey_dev.h',
    insertBefore(
      '#endif /* _UAPI_LINUX_SECUREKEY_DEV_H */',
      c`
/**
 * struct securekey_dev_uring - a request that is made by io_uring
 * @request: pointer to a struct securekey_dev_request whose cookie is 0
 * @request_size: its size, as the program was compiled
 * @reserved: 0
 *
 * What is in &io_uring_sqe.cmd of an IORING_OP_URING_CMD on a session whose cmd_op is
 * SECUREKEY_DEV_URING_REQUEST. Its result is how the request ended: 0 or a negative
 * error. There is no record to read of it.
 *
 * Errors of a request that was not started: as for SECUREKEY_DEV_SUBMIT; ENOTTY when
 * there is no such command. Where that would wait, io_uring does, unless the session
 * is O_NONBLOCK (EAGAIN).
 */
struct securekey_dev_uring {
	__u64 request;
	__u32 request_size;
	__u32 reserved;
};

#define SECUREKEY_DEV_URING_REQUEST	_IO(SECUREKEY_DEV_IOC, 0x0d)

`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/session.h',
    addInclude('<linux/io_uring/cmd.h>'),
    insertAfter(
      line('void securekey_session_cancel('),
      c`
int securekey_session_uring_cmd(struct io_uring_cmd *ioucmd,
				unsigned int issue_flags);
`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/session.c',
    insertAfter(
      line('.poll = securekey_session_poll,'),
      c`
	.uring_cmd = securekey_session_uring_cmd,
`,
    ),
  ),
  edit(
    'drivers/securekey/chardev/submit.c',
    addInclude('<linux/atomic.h>'),
    replaceText(
      c`
 * &securekey_session.done from its end until somebody has read that.
`,
      c`
 * &securekey_session.done from its end until somebody has read that. One that came by
 * io_uring stays on @running until its ring is told: the ring holds the session open,
 * and there is nothing to read.
`,
    ),
    replaceText(
      c`
 * @status: how it ended: 0 or an error
 */
`,
      c`
 * @status: how it ended: 0 or an error
 * @ioucmd: who is told of that; NULL for who reads it
 * @uring_refs: of @ioucmd: 1 until the request has ended, and 1 while it is issued
 */
`,
    ),
    addStructMember(
      'securekey_job',
      c`
	struct io_uring_cmd *ioucmd;
	atomic_t uring_refs;
`,
    ),
    insertBefore(
      fn('job_complete'),
      c`
static void job_uring_done(struct io_tw_req tw_req, io_tw_token_t tw);

/*
 * A command must not be done before it was made cancelable, and it is when its request
 * is on its way: whichever comes last has the ring told.
 */
static void job_uring_put(struct securekey_job *job)
{
	if (atomic_dec_and_test(&job->uring_refs))
		io_uring_cmd_complete_in_task(job->ioucmd, job_uring_done);
}

`,
    ),
    replaceText(
      c`
	job->status = status;

	scoped_guard(spinlock, &s->lock) {
		list_move_tail
`.trimEnd(),
      c`
	job->status = status;
	if (job->ioucmd)
		return job_uring_put(job);

	scoped_guard(spinlock, &s->lock) {
		list_move_tail
`.trimEnd(),
      { in: 'job_complete' },
    ),
    replaceText(
      c`
static int session_submit_one(struct securekey_session *s,
			      const struct securekey_dev_request *r, long *timeo)
{
`,
      c`
static void job_for_uring(struct securekey_job *job, struct io_uring_cmd *ioucmd)
{
	job->ioucmd = ioucmd;
	atomic_set(&job->uring_refs, 2);
	*io_uring_cmd_to_pdu(ioucmd, struct securekey_job *) = job;
}

static struct securekey_job *job_of_uring(struct io_uring_cmd *ioucmd)
{
	return *io_uring_cmd_to_pdu(ioucmd, struct securekey_job *);
}

/* @ioucmd: by what it came, or NULL */
static int session_submit_one(struct securekey_session *s,
			      const struct securekey_dev_request *r,
			      struct io_uring_cmd *ioucmd, long *timeo)
{
`,
    ),
    replaceStatement(
      'session_submit_one',
      'ret = IS_ERR(job) ? PTR_ERR(job) : job_submit(job, timeo);',
      c`
	if (!IS_ERR(job) && ioucmd)
		job_for_uring(job, ioucmd);
	ret = IS_ERR(job) ? PTR_ERR(job) : job_submit(job, timeo);
`,
    ),
    replaceText('session_submit_one(s, &r, &timeo)', 'session_submit_one(s, &r, NULL, &timeo)'),
    append(
      c`

/* In the context of the ring's task, or of a worker when that has gone. */
static void job_uring_done(struct io_tw_req tw_req, io_tw_token_t tw)
{
	struct io_uring_cmd *ioucmd = io_uring_cmd_from_tw(tw_req);
	struct securekey_job *job = job_of_uring(ioucmd);
	struct securekey_session *s = job->session;
	int status = job->status;

	scoped_guard(spinlock, &s->lock)
		list_del(&job->node);
	job_free(job);
	session_unreserve(s);
	io_uring_cmd_done(ioucmd, status, IO_URING_CMD_TASK_WORK_ISSUE_FLAGS);
}

static int uring_copy_request(struct securekey_dev_request *r,
			      const struct securekey_dev_uring *cmd)
{
	u32 size = READ_ONCE(cmd->request_size);
	int ret;

	if (READ_ONCE(cmd->reserved) || size < SECUREKEY_DEV_REQUEST_SIZE_VER0)
		return -EINVAL;

	if (size > PAGE_SIZE)
		return -E2BIG;

	ret = copy_struct_from_user(r, sizeof(*r),
				    u64_to_user_ptr(READ_ONCE(cmd->request)),
				    size);
	if (ret)
		return ret;

	/* It has a name already: &io_uring_sqe.user_data. */
	return r->cookie ? -EINVAL : 0;
}

/**
 * securekey_session_uring_cmd - start a request that came by io_uring
 * @ioucmd: the command, or with IO_URING_F_CANCEL one from before
 * @issue_flags: of io_uring
 *
 * Context: Process context. To cancel waits for the provider to do it, with the lock
 * of the ring held; job_complete() takes no such lock.
 * Return: -EIOCBQUEUED when it was started, -EAGAIN to be called again where it may
 * wait, or an error that <linux/securekey_dev.h> tells of.
 */
int securekey_session_uring_cmd(struct io_uring_cmd *ioucmd,
				unsigned int issue_flags)
{
	bool nonblock = issue_flags & IO_URING_F_NONBLOCK;
	long timeo = nonblock ? 0 : MAX_SCHEDULE_TIMEOUT;
	struct securekey_session *s = ioucmd->file->private_data;
	struct securekey_dev_request r;
	int ret;

	/* It is not done yet, and cannot be while the ring's lock is held. */
	if (issue_flags & IO_URING_F_CANCEL) {
		securekey_request_cancel(job_of_uring(ioucmd)->req);
		return 0;
	}

	if (ioucmd->cmd_op != SECUREKEY_DEV_URING_REQUEST)
		return -ENOTTY;

	ret = uring_copy_request(&r, io_uring_sqe_cmd(ioucmd->sqe,
						      struct securekey_dev_uring));
	if (ret)
		return ret;

	ret = session_lock_submit(s, nonblock);
	if (!ret) {
		ret = session_submit_one(s, &r, ioucmd, &timeo);
		mutex_unlock(&s->submit_lock);
	}
	if (ret)
		return ret == -ERESTARTSYS ? -EINTR : ret;

	io_uring_cmd_mark_cancelable(ioucmd, issue_flags);
	job_uring_put(job_of_uring(ioucmd));

	return -EIOCBQUEUED;
}
`,
    ),
  ),
]

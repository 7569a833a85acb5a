import { addDefine, c, declaration, edit, insertAfter, line, remove, replace } from '@kseries/patchgen'

export default [
  edit(
    'include/uapi/linux/if_alg.h',
    insertAfter(
      declaration('struct af_alg_iv'),
      c`

/*
 * Payload of ALG_SET_MEM_FD: where to decrypt to. The same in all ABIs.
 */
struct af_alg_mem_fd {
	__s32	fd;	/* a dma-buf, open for writing */
	__u32	flags;	/* 0 */
	__u64	off;	/* the range that may be written */
	__u64	len;
};
`,
    ),
    addDefine(
      c`
#define ALG_SET_MEM_FD			9	/* struct af_alg_mem_fd */
`,
      { after: 'ALG_SET_SECURE_KEY' },
    ),
  ),
  edit(
    'crypto/algif_securekey.h',
    insertAfter(
      'struct securekey_key;',
      c`
struct sock;
`,
    ),
    insertAfter(
      'extern const struct af_alg_type securekey_cipher_type;',
      c`
extern struct proto_ops securekey_op_ops;

int securekey_op_accept(void *private, struct sock *sk);
`,
    ),
  ),
  edit(
    'crypto/algif_securekey_cipher.c',
    remove('#include <linux/net.h>'),
    remove('#include <net/sock.h>'),
    // The sockets that do nothing give way, up to the blank line before the type.
    replace(
      line(c`
/* What is accepted pins the key, and cannot do anything with it yet. */
static int securekey_cipher_accept(void *private, struct sock *sk)
{
	sk->sk_destruct = af_alg_release_parent;

	return 0;
}

static struct proto_ops securekey_cipher_ops = {
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
	.sendmsg	=	sock_no_sendmsg,
	.recvmsg	=	sock_no_recvmsg,

	.release	=	af_alg_release,
};

const struct af_alg_type securekey_cipher_type = {
`),
      c`
const struct af_alg_type securekey_cipher_type = {
`,
    ),
    replace(
      line(c`
	.accept		=	securekey_cipher_accept,
	.ops		=	&securekey_cipher_ops,
`),
      c`
	.accept		=	securekey_op_accept,
	.ops		=	&securekey_op_ops,
`,
    ),
  ),
  edit(
    'crypto/Makefile',
    insertAfter(
      'algif_securekey-y += algif_securekey_cipher.o',
      c`
algif_securekey-y += algif_securekey_op.o
`,
    ),
  ),
]

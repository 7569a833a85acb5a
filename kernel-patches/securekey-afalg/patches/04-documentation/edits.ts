import { c, edit, insertAfter, insertBefore, line, replace, when } from '@kseries/patchgen'

export default [
  edit(
    'Documentation/crypto/userspace-if.rst',
    insertAfter(
      line('-  Random Number Generators', { following: 'following ciphers are accessible' }),
      c`

Besides, there is an interface to keys that the kernel does not see.
`,
    ),
    // What deprecates AF_ALG says that it reaches no hardware.
    insertAfter(
      line('This means that AF_ALG no longer fulfills its original purpose.'),
      c`

The \`Secure Key API\`_ is an exception to this: it is for what userspace code cannot
do, as the keys and the memory that it works with are out of reach of the CPU. It
reaches no driver of the crypto API, and nobody reaches it without privileges.
`,
    ),
    insertBefore(
      'Zero-Copy Interface -------------------',
      c`
Secure Key API
--------------

A secure key is held by a provider, such as a trusted execution environment, and
never seen by the kernel; see Documentation/security/securekey.rst. With such a
key data can be decrypted into a dma-buf that the CPU cannot read. Neither can be
done by userspace on its own, which sets this interface apart from the ones
above.

\`\`CONFIG_CRYPTO_USER_API_SECUREKEY\`\` enables it. Only processes with
\`\`CAP_NET_ADMIN\`\` or \`\`CAP_SYS_ADMIN\`\` in the initial user namespace may bind to a
provider and set a secure key; to others there is no such name (\`\`ENOENT\`\`) and no
such option (\`\`ENOPROTOOPT\`\`). The sockets that accept() makes can be passed on to
others.

Key Management
~~~~~~~~~~~~~~

::

    struct sockaddr_alg sa = {
        .salg_family = AF_ALG,
        .salg_type = "securekey", /* this selects key management */
        .salg_name = "qtee" /* this is the provider */
    };

\`\`bind()\`\` fails with \`\`ENOENT\`\` when there is no such provider.

Each message that is sent on an accepted socket carries out one command, given by
a control message of the level \`\`SOL_ALG\`\`. \`\`sendmsg()\`\` returns when that is
done. A wrapped key ("blob") that results from it is then obtained with
\`\`read()\`\`, as a whole: when the buffer is too small the call fails with
\`\`EOVERFLOW\`\` and the blob can be read again. \`\`SECUREKEY_BLOB_MAX_LEN\`\` bytes
are always enough. While a blob waits to be read \`\`poll()\`\` reports \`\`POLLIN\`\`,
otherwise \`\`POLLOUT\`\`; further commands fail with \`\`EBUSY\`\` until it was read.

-  ALG_GENERATE_KEY -- Make a key inside the provider. The control message is
   empty, or a \`\`struct securekey_params\`\` that says what the key is and what it
   may be used for. By default it is an AES-256 key for those of cbc and ctr that
   the provider knows, which can only be used to decrypt, and only into protected
   memory. No data is sent along.

-  ALG_IMPORT_KEY -- Hand over a key to the provider. The control message is a
   \`\`struct securekey_params\`\`, the data is the raw key. Many providers refuse
   with \`\`EOPNOTSUPP\`\`.

-  ALG_PREPARE_KEY -- Turn a long-term blob, which may be stored, into an
   ephemeral one, which is worthless after the next reboot. The control message
   is empty, the data is the long-term blob.

-  ALG_DELETE_KEY -- Have the provider make sure that a key is never used again.
   The control message is empty, the data is the blob. Nothing is to be read.
   \`\`EOPNOTSUPP\`\` when the provider has nothing of a key but its blob: then it is
   enough to forget that.

A blob that was tampered with is refused with \`\`EBADMSG\`\`.

Decryption into a dma-buf
~~~~~~~~~~~~~~~~~~~~~~~~~

The cipher is chosen as for the symmetric cipher API: a socket is bound to the
type "skcipher" and the name "cbc(aes)" or "ctr(aes)". Instead of the raw key the
blob is set, with the setsockopt() option ALG_SET_SECURE_KEY, or the serial number of
a key of the type "securekey" that holds it and that the process may search for (see
Documentation/security/securekey.rst), as for ALG_SET_KEY_BY_KEY_SERIAL: an option of
4 bytes is a number. Once that key has been revoked or has expired, requests fail with
\`\`EKEYREVOKED\`\` and \`\`EKEYEXPIRED\`\`. Setting the option fails with
\`\`EBADMSG\`\` when the blob was tampered with, with \`\`ENODEV\`\` when the provider that
it names is not there, with \`\`EAGAIN\`\` when the provider has no room for one more
key, with \`\`EKEYREJECTED\`\` when the key must not be used in that mode, with
\`\`ENOPROTOOPT\`\` when the socket is bound to anything else, and with \`\`EBUSY\`\` when
accept() was called before. From then on the socket does not take raw keys any
more, unless it is bound again.

On an accepted socket a message begins a request if it has these control messages:

-  ALG_SET_MEM_FD -- where to decrypt to, a \`\`struct af_alg_mem_fd\`\`: the
   descriptor of a dma-buf and the range in it that may be written. Without it,
   sending fails with \`\`EDESTADDRREQ\`\`.

-  ALG_SET_IV -- the initialization vector, required.

-  ALG_SET_OP -- \`\`ALG_OP_DECRYPT\`\`, the default. \`\`ALG_OP_ENCRYPT\`\` fails with
   \`\`EKEYREJECTED\`\` when the key is for decryption only, otherwise with
   \`\`EOPNOTSUPP\`\`: there is no encryption with secure keys.

The data is the ciphertext. With MSG_MORE more of it follows in further messages,
which have no control messages. The message without MSG_MORE starts the request,
and \`\`sendmsg()\`\` returns without waiting for it to end. The data has been copied
by then, and the dma-buf is held by the kernel as long as it takes. A call that
fails changes nothing.

Besides those above, \`\`sendmsg()\`\` has these errors:

-  \`\`EBADF\`\`, \`\`EINVAL\`\` -- The destination is no descriptor, or one of something
   else than a dma-buf.

-  \`\`EACCES\`\` -- It was opened for reading only.

-  \`\`EOVERFLOW\`\` -- Offset and length of the range do not fit into 64 bits.

-  \`\`EINVAL\`\` -- The range is empty, not inside the dma-buf, or not aligned as the
   provider needs it; control messages are malformed, given twice or unknown; there
   is no data, or for "cbc(aes)" no whole number of blocks.

-  \`\`EMSGSIZE\`\` -- The data is longer than the range, or than the provider or the
   kernel bear.

-  \`\`EPERM\`\` -- The key is for protected memory only, and the dma-buf is not
   protected. This and what follows is known when the request starts: it is
   an error of the message without MSG_MORE.

-  \`\`EIO\`\`, \`\`EOPNOTSUPP\`\` -- The provider would reach the dma-buf through a bounce
   buffer, or not at all.

-  \`\`ENODEV\`\` -- The provider has gone. A new socket is needed when it has come
   back.

-  \`\`EAGAIN\`\`, \`\`EINTR\`\` -- The request could not start in time, see \`\`POLLOUT\`\`
   below, or before a signal.

A request that has started may fail with \`\`ENODEV\`\` when the provider goes,
\`\`ETIMEDOUT\`\` when it takes too long, and whatever the provider says. How that is
told is said below.

The operation is one-way: \`\`read()\`\` and \`\`recvmsg()\`\` always fail with
\`\`EOPNOTSUPP\`\`. \`\`poll()\`\` tells what became of the request:

-  neither \`\`POLLIN\`\` nor \`\`POLLERR\`\` -- there is none, it is not complete yet, it
   is in flight, or its error was obtained.

-  \`\`POLLIN\`\` -- it succeeded: the plaintext is in the dma-buf.

-  \`\`POLLIN | POLLERR\`\` -- it failed. getsockopt() with \`\`SOL_SOCKET\`\` and
   \`\`SO_ERROR\`\` obtains the error and clears it. If that is not done, the next
   \`\`sendmsg()\`\` fails with that error instead of sending.

\`\`POLLOUT\`\` besides tells that a request can be started. Without it one is in
flight on the socket, or the provider has as many as it takes at a time, over all
sockets; then \`\`sendmsg()\`\` waits, for as long as \`\`SO_SNDTIMEO\`\` says, or fails
with \`\`EAGAIN\`\`. To have several in flight, use several accepted sockets.

\`\`POLLIN\`\` stays until the next request begins. Closing the socket cancels what is
in flight and waits until the dma-buf is not written any more.

`,
    ),
    insertBefore(
      '-  ALG_SET_AEAD_AUTHSIZE -- Setting',
      c`
-  ALG_SET_SECURE_KEY -- Setting a key that the kernel does not see, by its blob.
   This option is applicable to the skcipher cipher type only. See the section
   about the secure key API above.

`,
    ),
  ),
  // Before 7.3 there is no such sysctl.
  when({ exists: 'Documentation/admin-guide/sysctl/crypto.rst' }, [
    when({ contains: 'af_alg_restrict', file: 'Documentation/admin-guide/sysctl/crypto.rst' }, [
      edit(
        'Documentation/admin-guide/sysctl/crypto.rst',
        replace(
          line('0    AF_ALG is unrestricted.'),
          c`
0    AF_ALG is unrestricted, except that secure keys still need
     CAP_SYS_ADMIN or CAP_NET_ADMIN in the initial user namespace.
`,
        ),
      ),
    ]),
  ]),
]

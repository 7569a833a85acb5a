import { c, edit, insertBefore, line } from '@kseries/patchgen'

export default [
  edit(
    'Documentation/security/securekey.rst',
    insertBefore(
      line('The software provider\n====================='),
      c`
The provider in OP-TEE
======================

With \`\`CONFIG_SECUREKEY_TEE\`\` there is a provider named \`\`optee\`\` where OP-TEE has the
trusted application with the UUID 9d9d3e0b-171e-459d-ae54-a69b9661e5e0. It makes and
wraps keys, checks again what a key may be used for, and writes plaintext to protected
memory of OP-TEE: buffers of dma-buf heaps like
\`\`/dev/dma_heap/protected,secure-video\`\`. Other destinations are refused with
\`\`EOPNOTSUPP\`\`. The kernel sees wrapped keys and ciphertext, and the application lets
nobody but the kernel in.

Its modes, lengths of keys and schemes are those that the application says it has. It
takes 64 requests at a time, of up to 16 MiB each, and destination offsets that are
multiples of 16. Keys are derived by a context of at least one byte.

A loaded key is a session, which is an instance of the application. Requests with one
key are worked on in the order in which they came; those with different keys run on
different CPUs, as far as OP-TEE has threads. The source is copied to shared memory, in
chunks of up to 256 KiB. A request that waits is cancelled at once; one that runs is
between two chunks. After a request that failed, what it may have written is zeroed.

When the application dies, which one session does for itself, the request that it was
working on ends with \`\`EIO\`\`, and leaves no plaintext. The key is loaded again, from its
blob, for what uses it next. With an ephemeral blob too: what those are wrapped by is
kept by an application of its own.

Loading a key fails with \`\`EAGAIN\`\`, or waits, when OP-TEE has no memory for one more
session. Nothing waits for tee-supplicant. When the system is suspended, requests that
run come to their end before, and others are begun when it is back. When OP-TEE's
driver is unbound the provider leaves.

Another TEE takes a \`\`struct sktee_transport\`\` in \`\`drivers/securekey/tee/\`\`: how a session
is opened, closed and given a command, how memory is shared, and how protected memory
is found behind a dma-buf. What is said to the application is in
\`\`drivers/securekey/tee/protocol.h\`\`.

With \`\`CONFIG_SECUREKEY_TEE_DEBUGFS\`\` root finds in
\`\`/sys/kernel/debug/securekey/optee/\`\`:

\`\`digest\`\`
  What is in a buffer of OP-TEE's heaps: as \`\`digest\`\` of the software provider below.

\`\`in_use\`\`
  As there.

\`\`calls\`\`
  How many commands the application was given so far.

\`\`delay_ms\`\`
  Decimal number: how long the application sleeps in each request that begins from now
  on. It cannot be woken, so a request that is cancelled or times out takes that long.

\`\`panic\`\`
  Decimal number: in so many requests that begin from now on the application dies.

\`\`panic_now\`\`
  Write 1 to have the session die in which keys are made.

\`\`present\`\`, \`\`timeout_ms\`\`, \`\`key_depth\`\`
  As for the software provider.

But for \`\`in_use\`\`, \`\`calls\`\` and the last three they fail with \`\`EOPNOTSUPP\`\` unless the
application was built for tests. Using one that was taints the kernel.

`,
    ),
  ),
]

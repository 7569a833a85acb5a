import test from 'ava'
import { cut, NotAKernelTree, privateDefinitions } from '../src/kernel-private.ts'
import { tinyTree } from './support/inputs.ts'

test("takes what user space needs out of the kernel's own headers", async t => {
  const text = await privateDefinitions(tinyTree)
  const lines = text.split('\n')
  t.true(lines.includes('#define AF_ALG 38'))
  t.true(lines.includes('#define AF_ROUTE AF_NETLINK'))
  t.true(lines.includes('#define AF_SMC 43'), 'with a comment over several lines')
  t.regex(text, /^#define MSG_INTERNAL_SENDMSG_FLAGS \(MSG_MORE \| MSG_CMSG_COMPAT\)$/m, 'over two lines')
  t.true(lines.includes('enum sock_type { SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_SEQPACKET = 5, };'))
  t.true(lines.includes('enum sock_shutdown_cmd { SHUT_RD, SHUT_WR, SHUT_RDWR, };'))
  t.notRegex(text, /AF_GONE|IPX_TYPE|SOCK_NOSPACE|#include|msghdr/)
  t.is(text.match(/^# 1 "include\/linux\/(socket|net)\.h"$/gm)?.length, 2)
})

test('a later definition replaces an earlier one', t => {
  t.deepEqual(cut('#ifdef A\n#define MSG_X 1\n#else\n#define MSG_X 0\n#endif\n', /^MSG_/, /^$/), [
    '#undef MSG_X',
    '#define MSG_X 1',
    '#undef MSG_X',
    '#define MSG_X 0',
  ])
})

test('a folder that is no kernel tree', async t => {
  await t.throwsAsync(privateDefinitions('/proc'), {
    instanceOf: NotAKernelTree,
    message: "Cannot read socket constants as '/proc' must be a kernel source tree: it has no include/linux/socket.h",
  })
})

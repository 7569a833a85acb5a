import test from 'ava'
import { Program } from '../../src/program/program.ts'
import { SyscallError, UnknownName } from '../../src/sys/errors.ts'
import { localAgent } from '../helpers/local-agent.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

test('arm: offsets begin in an even register', t => {
  const syscalls = { pread64: 180, pwrite64: 181, ftruncate64: 194, _llseek: 140 }
  const limits = { programBytes: 4096, operations: 100 }
  const bytes = (name: string, build: (p: Program) => unknown) => {
    const program = new Program({ name, pointerSize: 4, syscalls, constants: {} }, limits)
    build(program)
    return program.encode()
  }
  const [low, high] = [0x1234_5678, 3]
  const offset = high * 2 ** 32 + low
  for (const [name, pad] of [
    ['arm', [0]],
    ['i386', []],
  ] as const) {
    t.deepEqual(
      bytes(name, p => p.pwrite(5, Buffer.from('x'), offset)),
      bytes(name, p => p.syscall('pwrite64', 5, Buffer.from('x'), 1, ...pad, low, high)),
    )
    t.deepEqual(
      bytes(name, p => p.ftruncate(5, offset)),
      bytes(name, p => p.syscall('ftruncate64', 5, ...pad, low, high)),
    )
    const area = Buffer.from(bytes(name, p => p.pread(5, 16, offset))).toString('hex')
    // Numbers of a program: 0 and a sleb; the area: 2 and its offset.
    const args = ['0005', '0200', '0010', ...pad.map(() => '0000')].join('')
    t.true(area.includes(`b401${name === 'arm' ? '06' : '05'}${args}00`), area)
  }
})

// The agent is the real one; its system calls are this machine's, by both ABIs of x86.
for (const abi of ['x86_64', 'i386'] as const) {
  test(`${abi}: files`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const path = `/tmp/kseries-calls-${abi}-${process.pid}`
    const fd = await sys.open(path, 'O_RDWR|O_CREAT|O_EXCL', 0o600)
    t.is(fd, 3, 'descriptors begin where those of any program do')
    try {
      t.is(await sys.write(fd, 'hello, world'), 12)
      t.is(await sys.lseek(fd, 7, 'SEEK_SET'), 7)
      t.is(text(await sys.read(fd, 100)), 'world')
      t.is((await sys.read(fd, 100)).length, 0)
      t.is(text(await sys.pread(fd, 5, 0)), 'hello')
      t.is(await sys.pwrite(fd, Buffer.from('J'), 0), 1)
      t.is(await sys.readText(path), 'Jello, world')
      await sys.ftruncate(fd, 5)
      t.is(await sys.readText(path), 'Jello')
      const second = await sys.dup(fd)
      t.is(await sys.dup3(fd, 40, 'O_CLOEXEC'), 40)
      t.is(await sys.fcntl(40, 'F_GETFD'), 1)
      await sys.program(p => [p.close(second), p.close(40), p.close(fd)])
      await t.throwsAsync(sys.read(fd, 1), { code: 'EBADF' })
      await t.throwsAsync(sys.open(path, 'O_RDWR|O_CREAT|O_EXCL'), { code: 'EEXIST' })
    } finally {
      await sys.syscall('unlinkat', 'AT_FDCWD', Buffer.from(`${path}\0`), 0)
    }
  })

  test(`${abi}: offsets of more than 32 bits`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const fd = await sys.memfd_create('sparse')
    const far = 5 * 2 ** 30
    await sys.ftruncate(fd, far + 100)
    t.is(await sys.lseek(fd, 3 * 2 ** 30, 'SEEK_SET'), 3 * 2 ** 30)
    t.is(await sys.lseek(fd, 2 * 2 ** 30, 1 /* SEEK_CUR */), far)
    await sys.write(fd, 'here')
    t.is(await sys.pwrite(fd, Buffer.from('there'), far + 90), 5)
    t.is(text(await sys.pread(fd, 4, far)), 'here')
    t.is(text(await sys.pread(fd, 100, far + 90)).replaceAll('\0', '.'), 'there.....')
    t.is(await sys.lseek(fd, -3, 2 /* SEEK_END */), far + 97)
    const position = await sys.program(p => ({ at: p.lseek(fd, -far, 1), failed: p.settled(p.lseek(77, 0, 0)) }))
    t.is(position.at, 97)
    t.like(position.failed, { status: 'rejected', reason: { code: 'EBADF' } })
  })

  test(`${abi}: large files, folders, memory files`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const path = `/proc/self/fd/${await sys.memfd_create('large')}`
    const content = Buffer.from(Array.from({ length: 300_001 }, (_, n) => n % 251))
    await sys.writeFile(path, content)
    t.deepEqual(Buffer.from(await sys.readFile(path)), content)
    t.true((await sys.readDir('/proc/self')).includes('status'))
    t.deepEqual(await sys.readDir('/proc/self/task'), [`${await sys.gettid()}`])
    await t.throwsAsync(sys.readDir('/proc/self/status'), { code: 'ENOTDIR' })
  })

  test(`${abi}: pipes and poll`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const [reading, writing] = await sys.pipe2('O_CLOEXEC')
    t.is(await sys.poll(reading, 'POLLIN', 0), 0)
    t.is(await sys.poll(writing, 'POLLIN|POLLOUT', 0), sys.constant('POLLOUT'))
    await sys.write(writing, 'x')
    const ready = await sys.poll(
      [
        { fd: reading, events: 'POLLIN' },
        { fd: writing, events: 'POLLOUT' },
        { fd: 99, events: 'POLLIN' },
      ],
      -1,
    )
    t.deepEqual(
      ready.map(({ fd, revents }) => [fd, revents]),
      [
        [reading, 1],
        [writing, 4],
        [99, sys.constant('POLLNVAL')],
      ],
    )
    const begun = performance.now()
    await sys.poll([], 30)
    t.true(performance.now() - begun >= 29)
    await sys.close(reading)
    await t.throwsAsync(sys.write(writing, 'y'), { code: 'EPIPE' }, 'and no signal')
  })

  test(`${abi}: sockets, messages with several pieces, control data and names`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const [left, right] = await sys.socketpair('AF_UNIX', 'SOCK_DGRAM')
    t.is(await sys.sendmsg(left, { data: [Buffer.from('one'), Buffer.from('two')] }), 6)
    t.like(await sys.recvmsg(right, { length: 100 }), { control: [], flags: 0 })
    await sys.send(left, 'abc')
    t.is(text(await sys.recv(right, 2)), 'ab')
    await sys.send(left, 'a long one')
    const cut = await sys.recvmsg(right, { length: 3 })
    t.is(text(cut.data), 'a l')
    t.is(cut.flags & sys.constant('MSG_TRUNC'), sys.constant('MSG_TRUNC'))

    const rights = { level: 'SOL_SOCKET', type: 'SCM_RIGHTS' }
    const made = await sys.program(p => {
      const [reading, writing] = p.pipe2()
      p.write(writing, 'through a descriptor that was passed')
      // Known only when the program runs.
      p.sendmsg(left, { data: 'x', control: [{ ...rights, data: reading }] })
      return p.recvmsg(right, { length: 10, control: 64 })
    })
    const [passed] = made.control
    t.is(passed?.level, sys.constant('SOL_SOCKET'))
    const fd = Buffer.from(passed?.data ?? []).readInt32LE()
    t.is(text(await sys.read(fd, 100)), 'through a descriptor that was passed')

    await t.throwsAsync(sys.sendmsg(left, { data: 'x', control: [{ ...rights, data: 99 }] }), { code: 'EBADF' })
    const address = Buffer.concat([Buffer.from([1, 0]), Buffer.from(`\0kseries-${process.pid}-${abi}`)])
    const named = await sys.socket('AF_UNIX', 'SOCK_DGRAM')
    await sys.bind(named, address)
    await sys.sendmsg(named, { data: 'hello', name: address })
    const received = await sys.recvmsg(named, { length: 10, name: 110 })
    t.deepEqual(Buffer.from(received.name), address)
  })

  test(`${abi}: listening, accepting, options`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const address = Buffer.concat([Buffer.from([1, 0]), Buffer.from(`\0kseries-l-${process.pid}-${abi}`)])
    const listener = await sys.socket('AF_UNIX', 'SOCK_STREAM')
    await sys.bind(listener, address)
    await sys.listen(listener, 1)
    const client = await sys.socket('AF_UNIX', 'SOCK_STREAM')
    await sys.connect(client, address)
    const server = await sys.accept(listener)
    await sys.send(client, 'to the server')
    await sys.shutdown(client, 'SHUT_WR')
    t.is(text(await sys.recv(server, 100)), 'to the server')
    t.is((await sys.recv(server, 100)).length, 0)

    t.is(await sys.getsockoptInt(client, 'SOL_SOCKET', 'SO_TYPE'), sys.constant('SOCK_STREAM'))
    await sys.setsockopt(client, 'SOL_SOCKET', 'SO_PASSCRED', 1)
    t.is(await sys.getsockoptInt(client, 'SOL_SOCKET', 'SO_PASSCRED'), 1)
    const credentials = await sys.getsockopt(client, 'SOL_SOCKET', 'SO_PEERCRED')
    t.is(credentials.length, 12)
    await t.throwsAsync(sys.getsockopt(client, 'SOL_SOCKET', 9999), { code: 'ENOPROTOOPT' })
    await t.throwsAsync(sys.setsockopt(client, 'SOL_SOCKET', 'SO_PASSCRED', null), { code: 'EINVAL' })
    await sys.connect(await sys.socket('AF_UNIX', 'SOCK_STREAM'), address)
    t.true((await sys.accept4(listener, 'SOCK_CLOEXEC')) > server)
  })

  test(`${abi}: ioctl with a structure, a number, nothing`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const [reading, writing] = await sys.pipe2()
    await sys.write(writing, 'four')
    const { value, data } = await sys.ioctl(reading, 'FIONREAD', new Uint8Array(4))
    t.is(value, 0)
    t.is(Buffer.from(data).readInt32LE(), 4)
    t.is((await sys.ioctl(reading, 'FIOCLEX')).data.length, 0)
    await t.throwsAsync(sys.ioctl(reading, 0xdead, 5), { code: 'ENOTTY' })
  })

  test(`${abi}: memory`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const address = await sys.mmap({ length: 8192, prot: 'PROT_READ|PROT_WRITE', flags: 'MAP_PRIVATE|MAP_ANONYMOUS' })
    t.is(typeof address, 'bigint')
    t.true(address > 4096n)
    await sys.poke(address, Buffer.from('in memory'))
    t.is(text(await sys.peek(address + 3n, 6)), 'memory')
    await sys.munmap(address + 4096n, 4096)
    await t.throwsAsync(sys.peek(address + 4090n, 12), { code: 'EFAULT' }, 'into a hole')
    await t.throwsAsync(sys.poke(16n, Buffer.from('x')), { code: 'EFAULT' })
    t.is(await sys.getpid(), await sys.getpid(), 'and it is alive')

    await using buffer = await sys.alloc(200_000)
    await buffer.write(Buffer.alloc(150_000, 'ab'), 50_000)
    t.is(text(await buffer.read(50_000, 4)), 'abab')
    t.is((await buffer.read()).length, 200_000)
    await t.throwsAsync(buffer.write(Buffer.from('xyz'), 199_998), { instanceOf: RangeError })
    const fd = await sys.memfd_create('m')
    t.is(await sys.write(fd, buffer), 200_000, 'one call with more than a program carries')

    const short = await sys.memfd_create('short')
    const mapped = await sys.mmap({ length: 4096, prot: 'PROT_READ', flags: 'MAP_SHARED', fd: short })
    await t.throwsAsync(sys.peek(mapped, 1), { code: 'EFAULT' }, 'a bus error is one, too')
  })

  test(`${abi}: keys`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const made = await sys.program(p =>
      p.settled(p.add_key('user', 'kseries:test', Buffer.from('secret'), 'KEY_SPEC_PROCESS_KEYRING')),
    )
    if (made.status === 'rejected') {
      t.is(made.reason.code, 'ENOSYS', 'a kernel without keys')
      return
    }
    const read = await sys.program(p => {
      const out = p.out(16)
      const length = p.keyctl('KEYCTL_READ', made.value, out, 16)
      return { out, length }
    })
    t.is(read.length, 6)
    t.is(text(read.out.subarray(0, 6)), 'secret')
  })

  test(`${abi}: errors say what was called`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const error = await t.throwsAsync(sys.open('/no/such/file', 'O_RDONLY'), { instanceOf: SyscallError })
    t.like(error, { code: 'ENOENT', errno: 2, syscall: 'openat', args: 'AT_FDCWD, "/no/such/file", O_RDONLY, 0' })
    t.is(error.message, 'openat(AT_FDCWD, "/no/such/file", O_RDONLY, 0) failed: ENOENT (No such file or directory)')
    await t.throwsAsync(sys.open('/', 'O_RDONLY|O_NONSENSE'), { instanceOf: UnknownName, message: /'O_NONSENSE'/ })
    await t.throwsAsync(sys.syscall('no_such_call'), { instanceOf: UnknownName, message: /'no_such_call'/ })
    await t.throwsAsync(sys.syscall('fork'), { message: /fork/ })
  })
}

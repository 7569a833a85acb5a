import test from 'ava'
import fc from 'fast-check'
import { cstring } from '../../src/program/values.ts'
import { ProgramTooLarge } from '../../src/sys/errors.ts'
import { localAgent } from '../helpers/local-agent.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

for (const abi of ['x86_64', 'i386'] as const) {
  test(`${abi}: results are arguments of later calls, and the shape comes back`, async t => {
    await using local = await localAgent({ abi })
    const found = await local.sys.program(p => {
      const [reading, writing] = p.pipe2()
      const written = p.write(writing, 'through the pipe')
      p.close(writing)
      return {
        list: [p.read(reading, 7), p.read(reading, 100)],
        written,
        note: 'as it was',
        nothing: null,
        fd: reading,
      }
    })
    t.deepEqual(found.list.map(text), ['through', ' the pipe'])
    t.like(found, { written: 16, note: 'as it was', nothing: null, fd: 3 })
  })

  test(`${abi}: the first failure ends the program`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const [reading, writing] = await sys.pipe2('O_NONBLOCK')
    const program = sys.program(p => {
      p.write(writing, 'a')
      p.close(77)
      p.write(writing, 'b')
    })
    await t.throwsAsync(program, { code: 'EBADF', message: /close\(77\)/ })
    t.is(text(await sys.read(reading, 10)), 'a')
  })

  test(`${abi}: settled calls let it go on`, async t => {
    await using local = await localAgent({ abi })
    const { bad, good, pair } = await local.sys.program(p => ({
      bad: p.settled(p.read(77, 1)),
      good: p.settled(p.getpid()),
      pair: p.settled(p.pipe2()),
    }))
    t.is(bad.status, 'rejected')
    if (bad.status === 'rejected') t.is(bad.reason.code, 'EBADF')
    t.is(good.status, 'fulfilled')
    t.deepEqual(pair, { status: 'fulfilled', value: [3, 4] })
  })

  test(`${abi}: calls without a method, with memory for results`, async t => {
    await using local = await localAgent({ abi })
    const found = await local.sys.program(p => {
      const out = p.out(16)
      const length = p.syscall('getrandom', out, 16, 0)
      const cwd = p.out(100)
      p.syscall('getcwd', cwd, 100)
      const both = p.inout(Buffer.from('abc'))
      p.syscall('prctl', 'PR_SET_NAME', cstring('renamed'))
      return { out, length, cwd, both }
    })
    t.is(found.length, 16)
    t.true(found.out.some(byte => byte !== 0))
    t.regex(text(found.cwd), /^\//)
    t.is(text(found.both), 'abc')
    t.is((await local.sys.readText('/proc/self/comm')).trim(), 'renamed')
  })

  test(`${abi}: words that calls have written, for the calls behind them`, async t => {
    await using local = await localAgent({ abi })
    const found = await local.sys.program(p => {
      const ends = p.out(8)
      p.syscall('pipe2', ends, 0)
      p.write(p.word(ends, 4), 'x')
      // struct pollfd: POLLIN is 1.
      const waiting = p.inout(Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0), [0, p.word(ends, 0)])
      p.syscall('ppoll', waiting, 1, null, null, 0)
      return { read: p.read(p.word(ends, 0), 1), waiting }
    })
    t.is(text(found.read), 'x')
    t.is(found.waiting[6], 1)
    await t.throwsAsync(
      local.sys.program(p => p.close(p.word(p.patched(new Uint8Array(4)), 0))),
      { message: /does not travel back/ },
    )
  })

  test(`${abi}: loops, also in loops`, async t => {
    await using local = await localAgent({ abi })
    const { sys } = local
    const [reading, writing] = await sys.pipe2()
    await sys.program(p =>
      p.repeat(3, () => {
        p.write(writing, '(')
        p.repeat(4, () => p.write(writing, 'x'))
        p.write(writing, ')')
      }),
    )
    t.is(text(await sys.read(reading, 100)), '(xxxx)(xxxx)(xxxx)')
  })

  test(`${abi}: a descriptor in the middle of a structure`, async t => {
    await using local = await localAgent({ abi })
    const found = await local.sys.program(p => {
      const [reading, writing] = p.pipe2()
      // struct pollfd: the descriptor is at its beginning.
      const table = p.patched(Buffer.from([0, 0, 0, 0, 4, 0, 0, 0]), [0, writing])
      const address = table
      const ready = p.syscall(
        p.abi.syscalls['ppoll_time64'] === undefined ? 'ppoll' : 'ppoll_time64',
        address,
        1,
        null,
        null,
        8,
      )
      p.close(reading)
      return ready
    })
    t.is(found, 1)
  })

  test(`${abi}: a structure that points to memory which a call writes to`, async t => {
    await using local = await localAgent({ abi })
    const bytes = await local.sys.program(p => {
      const [reading, writing] = p.pipe2()
      p.write(writing, 'pointed at')
      const memory = p.out(16)
      // struct iovec
      const width = p.abi.pointerSize
      const iovec = Buffer.alloc(2 * width)
      iovec.writeUInt32LE(16, width)
      p.syscall('readv', reading, p.patched(iovec, [0, memory.map(() => 0), width]), 1)
      return memory
    })
    t.is(text(bytes.subarray(0, 10)), 'pointed at')
  })
}

test('whatever bytes are given come back', async t => {
  await using local = await localAgent()
  const { sys } = local
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 2000 }), { minLength: 1, maxLength: 8 }),
      async pieces => {
        const back = await sys.program(p => {
          const fd = p.memfd_create('x')
          for (const piece of pieces) p.write(fd, piece)
          p.lseek(fd, 0, 0)
          const read = pieces.map(piece => p.read(fd, piece.length))
          p.close(fd)
          return read
        })
        t.deepEqual(
          back.map(bytes => Buffer.from(bytes)),
          pieces.map(bytes => Buffer.from(bytes)),
        )
      },
    ),
    { numRuns: 50 },
  )
})

test('a program that is too large says so', async t => {
  await using local = await localAgent()
  const { sys } = local
  await t.throwsAsync(
    sys.program(p => p.write(1, Buffer.alloc(200_000))),
    { instanceOf: ProgramTooLarge, message: /bytes/ },
  )
  await t.throwsAsync(sys.read(0, 200_000), { instanceOf: ProgramTooLarge, message: /bytes of results/ })
  const many = sys.program(p => {
    for (let n = 0; n < 3000; n++) p.getpid()
  })
  await t.throwsAsync(many, { instanceOf: ProgramTooLarge, message: /3000 operations/ })
})

test('an empty program is none', async t => {
  await using local = await localAgent()
  t.is(await local.sys.program(() => 'as it was'), 'as it was')
})

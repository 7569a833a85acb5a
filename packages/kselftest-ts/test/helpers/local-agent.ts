import { spawn } from 'node:child_process'
import { Duplex } from 'node:stream'
import { type AbiName, describeAbi } from '@kseries/uapi-headers'
import { type Agent, connectAgent } from '../../src/agent/agent.ts'
import { buildAgent } from '../../src/agent/build.ts'
import { binary, type Codec } from '../../src/framing/codec.ts'
import { type SysAbi, sysAbi } from '../../src/sys/abi.ts'
import { sysIncludes } from '../../src/sys/includes.ts'
import { Sys } from '../../src/sys/sys.ts'

/** Constants that the exported headers do not have, of include/linux/socket.h. */
const socketConstants = {
  AF_UNIX: 1,
  AF_INET: 2,
  AF_ALG: 38,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_SEQPACKET: 5,
  SHUT_WR: 1,
  SCM_RIGHTS: 1,
  SOL_ALG: 279,
  MSG_TRUNC: 0x20,
  MSG_DONTWAIT: 0x40,
  SOCK_CLOEXEC: 0o2000000,
  SEEK_SET: 0,
}

/** The ABI of this machine's own headers. */
export const machineAbi = async (abi: AbiName): Promise<SysAbi> => {
  const description = await describeAbi({
    headers: '/usr/include',
    includeDirs: ['/usr/include/x86_64-linux-gnu'],
    abi,
    includes: [...sysIncludes, 'asm/ioctls.h'],
  })
  const found = sysAbi(description)
  return { ...found, constants: { ...found.constants, ...socketConstants } }
}

/** The pipes of a child as one stream, with `through` in both directions, for noise. */
export const childStream = (
  path: string,
  codec: Codec,
  through: (chunk: Buffer) => Buffer = chunk => chunk,
): Duplex & { readonly pid: number } => {
  const child = spawn(path, [codec.name], { stdio: ['pipe', 'pipe', 'inherit'] })
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      child.stdin.write(through(chunk))
      done()
    },
    final(done) {
      child.stdin.end()
      done()
    },
    destroy(_error, done) {
      child.stdin.destroy()
      child.kill('SIGKILL')
      done(null)
    },
  })
  child.stdout.on('data', (chunk: Buffer) => stream.push(through(chunk)))
  child.stdout.on('end', () => stream.push(null))
  child.stdin.on('error', () => {})
  return Object.assign(stream, { pid: child.pid ?? -1 })
}

export interface LocalOptions {
  readonly abi?: AbiName
  readonly codec?: Codec
  readonly through?: (chunk: Buffer) => Buffer
}

/** An agent that runs on this machine as an ordinary program, with a worker. */
export const localAgent = async (
  options: LocalOptions = {},
): Promise<{ readonly agent: Agent; readonly sys: Sys; readonly pid: number } & AsyncDisposable> => {
  const { abi = 'x86_64', codec = binary, through } = options
  const stream = childStream(await buildAgent({ abi }), codec, through)
  const agent = await connectAgent({ transport: stream, abi: await machineAbi(abi), codec, timeout: 20_000 })
  const { worker } = await agent.open()
  return {
    agent,
    sys: new Sys(agent, worker),
    pid: stream.pid,
    [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
  }
}

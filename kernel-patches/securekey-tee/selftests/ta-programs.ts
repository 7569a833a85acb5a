/** The operations of random programs on the trusted application, as system calls. */

import { variant } from '../../securekey/selftests/fuzz.ts'
import { type Arg, type Patched, type Step, StepList } from '../../securekey/selftests/steps.ts'
import { PLACE, SHARED_SIZE } from './application.ts'
import { ANY, type AnyParam, type Operation } from './ta-operations.ts'
import { CHUNK_MAX, COMMANDS, FAULTS, FIRST, header, type Kind, LAST, request } from './ta-protocol.ts'
import { SEGMENT, SEGMENT_MODES, segmentOf, type World } from './ta-world.ts'
import { invokeBytes, memory, NONE, type Param, sessionBytes, value } from './tee-client.ts'
import {
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_CTR,
  SECUREKEY_MODE_DERIVE,
  SECUREKEY_MODE_GCM,
  SECUREKEY_MODE_XTS,
  SECUREKEY_SCHEME_CBCS,
  SECUREKEY_SCHEME_CENS,
  securekey_blob_header,
  TEE_IOC_CANCEL,
  TEE_IOC_CLOSE_SESSION,
  TEE_IOC_INVOKE,
  TEE_IOC_OPEN_SESSION,
  TEE_IOC_SHM_ALLOC,
  TEE_IOC_SHM_REGISTER_FD,
  TEE_MEMREF_NULL,
  tee_ioctl_buf_data,
  tee_ioctl_cancel_arg,
  tee_ioctl_close_session_arg,
  tee_ioctl_invoke_arg,
  tee_ioctl_open_session_arg,
  tee_ioctl_shm_alloc_data,
  tee_ioctl_shm_register_fd_data,
} from './uapi.gen.ts'

const DECRYPTING = SEGMENT_MODES.reduce((all, mode) => all | mode, 0)
const PATTERNS: ReadonlySet<number> = new Set([SECUREKEY_SCHEME_CENS, SECUREKEY_SCHEME_CBCS])
const SCHEME_MODES = [0, SECUREKEY_MODE_CTR, SECUREKEY_MODE_CBC, SECUREKEY_MODE_CTR, SECUREKEY_MODE_CBC]

/** A fault would be asked for, and is no finding: there is a test of those. And no call is to sleep for days. */
const harmless = (command: number, given: Param): Param => {
  const { a = 0n, b = 0n } = given
  if (command !== COMMANDS.TEST_FAULT) return given
  if (Number(BigInt.asUintN(32, a)) === FAULTS.sleepInDecrypt) return { ...given, b: b & 3n }
  return BigInt.asUintN(32, a) <= 2n ? { ...given, a: 0n } : given
}

/** A flipped bit, if there is such a bit. */
const broken = (bytes: Uint8Array, bit: number | undefined): Uint8Array =>
  bit === undefined ? bytes : bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))

/** A structure behind a struct tee_ioctl_buf_data. */
const behind = (structure: Patched, length: number): Arg => ({
  bytes: tee_ioctl_buf_data.encode({ buf_len: BigInt(length) }),
  places: [[tee_ioctl_buf_data.offsetof('buf_ptr'), structure]],
})

/** One of the world, by its number, or one of the program, by the call that opens it; and the modes of the key that it should have. */
interface Session {
  readonly session?: number
  readonly slot?: number
  modes: number
}

/** The operations of one program as calls. */
class Calls {
  readonly list = new StepList()
  readonly #world: World
  readonly #sessions: Session[] = []
  /** Of the world's sessions, those in which a request may go on. */
  readonly #busy = new Set<number>()
  readonly #files: number[] = []

  constructor(world: World) {
    this.#world = world
    this.#sessions.push(...world.keys.map(({ session, modes }) => ({ session, modes })))
    this.list.add('pread64', world.template, world.app.shared.address, SHARED_SIZE, 0)
  }

  end(): readonly Step[] {
    for (const session of this.#busy) this.#command(session, { command: COMMANDS.ABORT, params: [], count: undefined })
    for (const session of this.#sessions) this.#close(session)
    for (const slot of this.#files) this.list.add('close', { slot })
    this.list.add('peek', this.#world.app.shared.address, SHARED_SIZE)
    return this.list.steps
  }

  add(it: Operation): void {
    const { app, keys, wide, deep, files } = this.#world
    switch (it.do) {
      case 'open':
        return this.#open(it)
      case 'load': {
        const bytes = variant(
          keys.map(({ blob }) => blob),
          it.blob,
        )
        const which = this.#own(it.session)
        const session = this.#session(which)
        if (session?.slot !== undefined) session.modes ||= keys[it.blob.which]?.modes ?? 0
        this.#put('in', bytes)
        return this.#invoke(which, COMMANDS.LOAD, [app.range('memory in', 'in', bytes.length)], it.twist)
      }
      case 'load made':
        return this.#invoke(this.#own(it.session), COMMANDS.LOAD, [app.range('memory in', 'out', it.size)], it.twist)
      case 'generate':
      case 'import':
      case 'derive':
        return this.#make(it)
      case 'prepare': {
        const bytes = variant(
          keys.map(({ blob }) => blob),
          it.blob,
        )
        this.#put('in', bytes)
        const params = [app.range('memory in', 'in', bytes.length), app.range('memory out', 'out', it.room)]
        return this.#invoke(it.session, COMMANDS.PREPARE, params, it.twist)
      }
      case 'export':
        return this.#invoke(it.session, COMMANDS.EXPORT, [app.range('memory out', 'out', it.room)], it.twist)
      case 'decrypt':
        return this.#decrypt(it)
      case 'chunk': {
        const bytes = request({ mode: SECUREKEY_MODE_CTR, len: 2 * CHUNK_MAX })
        this.#put('in', bytes)
        return this.#invoke(it.session, COMMANDS.DECRYPT, [
          app.range('memory in', 'in', bytes.length),
          memory('memory in', wide, 0, it.size),
          memory('memory inout', deep, 0, it.size),
          value('value inout', FIRST),
        ])
      }
      case 'abort':
        return this.#invoke(it.session, COMMANDS.ABORT, [], it.twist)
      case 'info':
        return this.#invoke(it.session, COMMANDS.INFO, Array(4).fill(value('value out')), it.twist)
      case 'wipe':
        return this.#invoke(it.session, COMMANDS.WIPE, [memory('memory inout', deep, it.at, it.size)], it.twist)
      case 'digest': {
        const params = [memory('memory in', deep, it.at, it.size), app.range('memory out', 'out', it.room)]
        return this.#invoke(it.session, COMMANDS.TEST_DIGEST, params, it.twist)
      }
      case 'sleep':
        return this.#invoke(it.session, COMMANDS.TEST_FAULT, [value('value in', FAULTS.sleepInDecrypt, it.ms)])
      case 'raw': {
        const params = it.params.map(one => this.#param(one))
        return this.#command(it.session, { command: it.command, params, count: it.count }, it.length)
      }
      case 'cancel': {
        const bytes = tee_ioctl_cancel_arg.encode({ cancel_id: it.id })
        const named = this.#named(bytes, tee_ioctl_cancel_arg.offsetof('session'), it.session)
        this.list.add('ioctl', app.client.fd, TEE_IOC_CANCEL, named)
        return
      }
      case 'close': {
        const session = this.#session(it.session)
        if (session !== undefined) this.#close(session)
        return
      }
      case 'allocate': {
        const bytes = tee_ioctl_shm_alloc_data.encode({ size: it.size })
        this.#files.push(this.list.add('ioctl', app.client.fd, TEE_IOC_SHM_ALLOC, bytes))
        return
      }
      case 'register': {
        const bytes = tee_ioctl_shm_register_fd_data.encode({ fd: BigInt(files[it.file % files.length] ?? -1) })
        this.#files.push(this.list.add('ioctl', app.client.fd, TEE_IOC_SHM_REGISTER_FD, bytes))
      }
    }
  }

  #session(which: number) {
    return this.#sessions[which % Math.max(this.#sessions.length, 1)]
  }

  /** One of the program's own, if there is, since the world's have a key; now and then any. */
  #own(which: number): number {
    const own = this.#sessions.length - this.#world.keys.length
    return which === ANY || own === 0 ? which : this.#world.keys.length + (which % own)
  }

  /** One with a key for one of these modes, if there is; now and then any. */
  #likely(which: number, modes: number): number {
    const fit = [...this.#sessions.keys()].filter(index => ((this.#sessions[index]?.modes ?? 0) & modes) !== 0)
    return which === ANY ? which : (fit[which % Math.max(fit.length, 1)] ?? which)
  }

  /** Where the number of a session is put in a structure that has it at `offset`. */
  #named(bytes: Uint8Array, offset: number, which: number | Session): Patched {
    const session = typeof which === 'number' ? this.#session(which) : which
    if (session?.slot !== undefined)
      return { bytes, places: [[offset, { slot: session.slot, word: tee_ioctl_open_session_arg.offsetof('session') }]] }
    const named = Buffer.from(bytes)
    named.writeUInt32LE(session?.session ?? 0, offset)
    return { bytes: named, places: [] }
  }

  #put(place: keyof typeof PLACE, bytes: Uint8Array): void {
    if (bytes.length > 0) this.list.add('poke', this.#world.app.shared.address + BigInt(PLACE[place]), bytes)
  }

  #open({ uuid, login, params, key }: Extract<Operation, { do: 'open' }>): void {
    const { app } = this.#world
    const bytes = sessionBytes({
      ...(uuid && { uuid }),
      ...(login !== undefined && { login }),
      ...(params && { params: params.map(one => this.#param(one)) }),
    })
    const structure = behind({ bytes, places: [], written: true }, bytes.length)
    const slot = this.list.add('ioctl', app.client.fd, TEE_IOC_OPEN_SESSION, structure)
    const session = this.#sessions.push({ slot, modes: 0 }) - 1
    if (key !== undefined) this.add({ do: 'load', session, blob: key, twist: undefined })
  }

  /** Those of the world stay. */
  #close(session: Session): void {
    if (session.slot === undefined) return
    const offset = tee_ioctl_close_session_arg.offsetof('session')
    const named = this.#named(tee_ioctl_close_session_arg.encode(), offset, session)
    this.list.add('ioctl', this.#world.app.client.fd, TEE_IOC_CLOSE_SESSION, named)
  }

  #param(it: AnyParam): Param {
    const { app, wide, deep } = this.#world
    if (it.kind === 'none') return NONE
    if ('a' in it) return value(it.kind, it.a, it.b)
    const all = { shared: app.shared, protected: app.protected, wide, deep, nowhere: TEE_MEMREF_NULL }
    const of = it.id === undefined ? all[it.of] : BigInt.asUintN(64, BigInt(it.id))
    return memory(it.kind satisfies Kind, of, it.at, it.size)
  }

  /** A command that would be right, but for what is twisted. */
  #invoke(
    session: number,
    command: number,
    params: readonly Param[],
    twisted?: { readonly index: number; readonly param: AnyParam },
  ): void {
    const four = [...params, NONE, NONE, NONE, NONE].slice(0, 4)
    if (twisted !== undefined) four[twisted.index] = this.#param(twisted.param)
    this.#command(session, { command, params: four, count: undefined })
  }

  #command(
    session: number,
    { command, params, count }: { command: number; params: readonly Param[]; count: number | undefined },
    length?: number,
  ): void {
    const bytes = invokeBytes({ command, params: params.map(one => harmless(command, one)), count, cancelId: 7 })
    const named = this.#named(bytes, tee_ioctl_invoke_arg.offsetof('session'), session)
    const structure = behind({ ...named, written: true }, length ?? bytes.length)
    const at = session % this.#sessions.length
    if (command === COMMANDS.DECRYPT && this.#sessions[at]?.slot === undefined) this.#busy.add(at)
    this.list.add('ioctl', this.#world.app.client.fd, TEE_IOC_INVOKE, structure)
  }

  #make(it: Extract<Operation, { do: 'generate' | 'import' | 'derive' }>): void {
    const { app } = this.#world
    const { wrong: mistake, ...right } = it.head
    const { bit, ...members } = { bit: undefined, ...mistake }
    this.#put('in', broken(header({ ...right, ...members }), bit))
    const size = it.do === 'generate' ? undefined : (it.size ?? right.key_bits / 8)
    const command = { generate: COMMANDS.GENERATE, import: COMMANDS.IMPORT, derive: COMMANDS.DERIVE }[it.do]
    const params = [
      app.range('memory in', 'in', securekey_blob_header.size),
      ...(size === undefined ? [] : [app.range('memory in', 'raw', size)]),
      app.range('memory out', 'out', it.room),
    ]
    this.#invoke(
      it.do === 'derive' ? this.#likely(it.session, SECUREKEY_MODE_DERIVE) : it.session,
      command,
      params,
      it.twist,
    )
  }

  #decrypt(it: Extract<Operation, { do: 'decrypt' }>): void {
    const { app, deep, iv, aad } = this.#world
    const session = this.#likely(it.session, DECRYPTING)
    const modes = this.#sessions[session]?.modes ?? 0
    const scheme = (modes & (SECUREKEY_MODE_XTS | SECUREKEY_MODE_GCM)) === 0 ? it.scheme : 0
    const mode = SCHEME_MODES[scheme] || modes & -modes
    const gcm = mode === SECUREKEY_MODE_GCM
    const subsamples = scheme === 0 ? [] : it.subsamples
    const sum = subsamples.reduce((all, { clear_len, protected_len }) => all + clear_len + protected_len, 0)
    const right = {
      mode,
      scheme,
      subsamples,
      len: sum > 0 ? sum : gcm ? SEGMENT - 16 : SEGMENT,
      iv: gcm ? Buffer.concat([iv.subarray(0, 12), new Uint8Array(4)]) : iv,
      ...(gcm && { aad }),
      ...(PATTERNS.has(scheme) && { crypt: it.crypt, skip: it.skip }),
    }
    const { bit, piece: odd, ...members } = { bit: undefined, piece: undefined, ...it.wrong }
    const asked = { ...right, ...members }
    const bytes = broken(request(asked), bit)
    this.#put('in', bytes)
    const places = { deep, protected: app.protected, shared: app.shared }
    const at = it.to === 'shared' ? PLACE.dst : it.at
    let done = 0n
    let first = true
    const piece = (size: bigint, last: boolean): void => {
      const params = [
        first ? app.range('memory in', 'in', bytes.length) : NONE,
        memory('memory in', app.shared, BigInt(PLACE.src + segmentOf(mode)) + done, size + (gcm && last ? 16n : 0n)),
        memory('memory inout', places[it.to], BigInt(at) + done, size),
        value('value inout', (first ? FIRST : 0) | (last ? LAST : 0)),
      ]
      this.#invoke(session, COMMANDS.DECRYPT, params, last ? it.twist : undefined)
      done += size
      first = false
    }
    const total = BigInt(asked.len)
    for (const size of odd === undefined ? it.pieces : [odd, ...it.pieces])
      if (done + BigInt(size) + 32n <= total) piece(BigInt(size), false)
    if (!it.endless) piece(BigInt.asUintN(64, total - done), true)
  }
}

/** The calls that operations become. What there is none of is a session that cannot be one. */
export const stepsOf =
  (world: World) =>
  (operations: readonly Operation[]): readonly Step[] => {
    const calls = new Calls(world)
    for (const it of operations) calls.add(it)
    return calls.end()
  }

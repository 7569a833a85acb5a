/** The trusted application as a client sees it, with memory for what it takes and gives. */

import { needs, type Sys } from '@kseries/kselftest-ts'
import { allocate, type BufferOptions } from '../../securekey/selftests/buffers.ts'
import { hex } from '../../securekey/selftests/reference.ts'
import { COMMANDS, type CommandName, FIRST, header, LAST, type Request, request, UUIDS } from './ta-protocol.ts'
import {
  type Answer,
  memory,
  NONE,
  type Param,
  type SharedMemory,
  TeeClient,
  type TeeMemory,
  value,
} from './tee-client.ts'
import {
  SECUREKEY_BLOB_MAX_LEN,
  SECUREKEY_MODE_GCM,
  type securekey_blob_header,
  TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT,
} from './uapi.gen.ts'

/** Where in shared memory what is put. */
export const PLACE = { in: 0, raw: 0x1000, out: 0x1400, src: 0x1800, dst: 0x2800 } as const

export const SHARED_SIZE = 0x4000
export const PROTECTED_SIZE = 0x4000

/** How DECRYPT is asked for one piece. */
export interface Piece {
  /** @default FIRST | LAST */
  readonly flags?: number
  /** @default the shared memory at PLACE.src */
  readonly src?: Param
  /** @default protected memory, from its start */
  readonly dst?: Param
  /** @default those of the request, and of its tag; given for a part of it */
  readonly length?: number
  readonly cancelId?: number
}

export class Application {
  readonly client: TeeClient
  readonly shared: SharedMemory
  readonly protected: TeeMemory

  private constructor(client: TeeClient, shared: SharedMemory, protectedMemory: TeeMemory) {
    this.client = client
    this.shared = shared
    this.protected = protectedMemory
  }

  /** Ends the test as skipped, with the reason, on a machine without OP-TEE or without the application. */
  static async open(sys: Sys): Promise<Application> {
    const devices = await sys.readDir('/sys/bus/tee/devices')
    needs(devices.includes(`optee-ta-${UUIDS.securekey}`), 'no OP-TEE with the trusted application on this machine')
    const client = await TeeClient.open(sys)
    const buffer = await allocate(sys, PROTECTED_SIZE)
    return new Application(client, await client.allocate(SHARED_SIZE), await client.register(buffer))
  }

  /** Memory of another heap, or more of it. */
  async register(length: number, options: BufferOptions = {}): Promise<TeeMemory> {
    return await this.client.register(await allocate(this.client.sys, length, options))
  }

  /** A range of the shared memory. */
  range(kind: 'memory in' | 'memory out' | 'memory inout', place: keyof typeof PLACE, size: number): Param {
    return memory(kind, this.shared, PLACE[place], size)
  }

  async put(place: keyof typeof PLACE, bytes: Uint8Array): Promise<void> {
    await this.client.sys.poke(this.shared.address + BigInt(PLACE[place]), bytes)
  }

  async get(place: keyof typeof PLACE, length: number): Promise<Uint8Array> {
    return await this.client.sys.peek(this.shared.address + BigInt(PLACE[place]), length)
  }

  /** A session that can be used. */
  async session(): Promise<number> {
    const { session, result } = await this.client.openSession()
    if (result !== 'TEE_SUCCESS') throw new Error(`A session must open: it ended as ${result}`)
    return session
  }

  async call(session: number, command: CommandName, params: readonly Param[] = []): Promise<Answer> {
    return await this.client.invoke(session, COMMANDS[command], params)
  }

  /** A command that takes a header, and maybe bytes, and gives a blob. */
  async make(
    session: number,
    command: 'GENERATE' | 'IMPORT' | 'DERIVE',
    head: Uint8Array,
    bytes?: Uint8Array,
    room: number = SECUREKEY_BLOB_MAX_LEN,
  ): Promise<Answer> {
    await this.put('in', head)
    if (bytes !== undefined) await this.put('raw', bytes)
    return await this.call(session, command, [
      this.range('memory in', 'in', head.length),
      ...(bytes === undefined ? [] : [this.range('memory in', 'raw', bytes.length)]),
      this.range('memory out', 'out', room),
    ])
  }

  async prepare(session: number, blob: Uint8Array): Promise<Answer> {
    await this.put('in', blob)
    const [from, to] = [
      this.range('memory in', 'in', blob.length),
      this.range('memory out', 'out', SECUREKEY_BLOB_MAX_LEN),
    ]
    return await this.call(session, 'PREPARE', [from, to])
  }

  async load(session: number, blob: Uint8Array): Promise<string> {
    await this.put('in', blob)
    return (await this.call(session, 'LOAD', [this.range('memory in', 'in', blob.length)])).result
  }

  /** The blob that a command has given. */
  async blobOf({ result, params }: Answer): Promise<Uint8Array> {
    if (result !== 'TEE_SUCCESS') throw new Error(`A blob must be given: it ended as ${result}`)
    const room = params.find(({ attr }) => attr === BigInt(TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT))
    return await this.get('out', Number(room?.b))
  }

  /** A known key, wrapped. */
  async importKey(session: number, raw: Uint8Array, given: Partial<securekey_blob_header> = {}): Promise<Uint8Array> {
    return await this.blobOf(await this.make(session, 'IMPORT', header({ key_bits: raw.length * 8, ...given }), raw))
  }

  /** A session that has a known key. */
  async sessionWith(raw: Uint8Array, given: Partial<securekey_blob_header> = {}): Promise<number> {
    const session = await this.session()
    const result = await this.load(session, await this.importKey(session, raw, given))
    if (result !== 'TEE_SUCCESS') throw new Error(`A key must load: it ended as ${result}`)
    return session
  }

  /** One piece of a request, the whole of it unless said otherwise. What is decrypted is at PLACE.src. */
  async decrypt(session: number, asked: Request, piece: Piece = {}): Promise<Answer> {
    const { flags = FIRST | LAST, length = Number(asked.len), cancelId = 0 } = piece
    const bytes = request(asked)
    if ((flags & FIRST) !== 0) await this.put('in', bytes)
    const tag = (flags & LAST) !== 0 && asked.mode === SECUREKEY_MODE_GCM ? 16 : 0
    const params = [
      (flags & FIRST) === 0 ? NONE : this.range('memory in', 'in', bytes.length),
      piece.src ?? this.range('memory in', 'src', length + tag),
      piece.dst ?? memory('memory inout', this.protected, 0, length),
      value('value inout', flags),
    ]
    return await this.client.invoke(session, COMMANDS.DECRYPT, params, cancelId)
  }

  /** SHA-256 in hex of a range of protected memory. */
  async digest(session: number, offset: number, length: number): Promise<string> {
    const from = memory('memory in', this.protected, offset, length)
    const { result } = await this.call(session, 'TEST_DIGEST', [from, this.range('memory out', 'out', 32)])
    if (result !== 'TEE_SUCCESS') throw new Error(`A digest must be given: it ended as ${result}`)
    return hex(await this.get('out', 32))
  }
}

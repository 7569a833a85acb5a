/** Random programs on the device, its keys and sessions. */

import { NOBODY, type Sys } from '@kseries/kselftest-ts'
import { allocate } from '../../securekey/selftests/buffers.ts'
import { type Fuzzed, variant } from '../../securekey/selftests/fuzz.ts'
import { random } from '../../securekey/selftests/reference.ts'
import { type Arg, type Step, StepList } from '../../securekey/selftests/steps.ts'
import { openDevice } from './commands.ts'
import { importKey, load as loadKey, params, prepare } from './key-commands.ts'
import { type Operation, operation, ROOM } from './random-operations.ts'
import { session } from './session-commands.ts'
import {
  F_SETFL,
  O_NONBLOCK,
  POLLIN,
  POLLOUT,
  SECUREKEY_DEV_ATTACH,
  SECUREKEY_DEV_DERIVE,
  SECUREKEY_DEV_DETACH,
  SECUREKEY_DEV_EXPORT,
  SECUREKEY_DEV_GENERATE,
  SECUREKEY_DEV_LOAD,
  SECUREKEY_DEV_SESSION,
  SECUREKEY_DEV_SUBMIT,
  SECUREKEY_MODE_CBC,
  SECUREKEY_MODE_DERIVE,
  SECUREKEY_MODE_GCM,
  SECUREKEY_MODE_XTS,
  securekey_dev_attach,
  securekey_dev_blob,
  securekey_dev_derive,
  securekey_dev_detach,
  securekey_dev_export,
  securekey_dev_generate,
  securekey_dev_request,
  securekey_dev_session,
  securekey_dev_submit,
  securekey_subsample,
} from './uapi.gen.ts'

/** What the programs are about, of a process. */
interface World {
  readonly device: number
  readonly blobs: readonly Uint8Array[]
  readonly buffers: readonly number[]
  /** Those that are there. @default none */
  readonly sessions?: readonly number[]
}

const worldOf = async (sys: Sys): Promise<World> => {
  const device = await openDevice(sys)
  const usual = await importKey(sys, device, random(16))
  return {
    device,
    blobs: [
      usual,
      await prepare(sys, device, usual),
      await importKey(sys, device, random(32), { modes: SECUREKEY_MODE_XTS }),
      await importKey(sys, device, random(16), { modes: SECUREKEY_MODE_GCM }),
      await importKey(sys, device, random(32), { modes: SECUREKEY_MODE_DERIVE }),
      await importKey(sys, device, random(32), { flags: 1 }),
    ],
    buffers: [await allocate(sys, 8192), await allocate(sys, 8192, { heap: 'system' }), device, -1],
  }
}

/** Operations as calls. What there is none of is a descriptor that cannot be one. */
const stepsOf =
  ({ device, blobs, buffers, sessions = [] }: World) =>
  (operations: readonly Operation[]): readonly Step[] => {
    const list = new StepList()
    const have = { keys: [] as number[], sessions: sessions.map(fd => list.add('dup', fd)), ids: [] as number[] }
    /** A structure with what is put into it: numbers that earlier calls gave, and memory. */
    const put = (bytes: Uint8Array, ...places: readonly (readonly [number, Arg])[]): Arg => ({
      bytes,
      places: places.filter(([, what]) => typeof what === 'object'),
    })
    for (const it of operations) {
      switch (it.do) {
        case 'load': {
          const blob = variant(blobs, it.blob)
          const bytes = securekey_dev_blob.encode({ size: securekey_dev_blob.size, blob_len: blob.length })
          have.keys.push(
            list.add('ioctl', device, SECUREKEY_DEV_LOAD, put(bytes, [securekey_dev_blob.offsetof('blob'), blob])),
          )
          break
        }
        case 'session': {
          const { mode, op, flags, algorithm } = it
          const bytes = securekey_dev_session.encode({
            size: securekey_dev_session.size,
            key_fd: -1,
            mode,
            op,
            flags,
            algorithm,
          })
          const key = [securekey_dev_session.offsetof('key_fd'), list.one(have.keys, it.key)] as const
          const slot = list.add('ioctl', device, SECUREKEY_DEV_SESSION, put(bytes, key))
          have.sessions.push(slot)
          list.add('fcntl', { slot }, F_SETFL, O_NONBLOCK)
          break
        }
        case 'attach': {
          const fd = buffers[it.buffer % buffers.length] ?? -1
          const bytes = securekey_dev_attach.encode({ size: securekey_dev_attach.size, fd })
          have.ids.push(list.add('ioctl', list.one(have.sessions, it.session), SECUREKEY_DEV_ATTACH, bytes))
          break
        }
        case 'detach': {
          const bytes = securekey_dev_detach.encode({ size: securekey_dev_detach.size, id: 1 })
          const id = [securekey_dev_detach.offsetof('id'), list.one(have.ids, it.id)] as const
          list.add('ioctl', list.one(have.sessions, it.session), SECUREKEY_DEV_DETACH, put(bytes, id))
          break
        }
        case 'submit': {
          const { size } = securekey_dev_request
          const places: (readonly [number, Arg])[] = []
          const array = Buffer.concat(
            it.requests.map((given, index) => {
              const at = (member: 'src' | 'aad' | 'subsamples' | 'dst', what: Arg) =>
                places.push([index * size + securekey_dev_request.offsetof(member), what])
              const { id, raw, data, aad, subsamples, nr_subsamples = subsamples.length, ...members } = given
              if (data > 0) at('src', new Uint8Array(data))
              if (aad > 0) at('aad', new Uint8Array(aad))
              if (subsamples.length > 0)
                at('subsamples', Buffer.concat(subsamples.map(part => securekey_subsample.encode(part))))
              if (raw === undefined) at('dst', list.one(have.ids, id))
              return securekey_dev_request.encode({
                ...members,
                cookie: index,
                dst: raw ?? 0,
                aad_len: aad,
                nr_subsamples,
              })
            }),
          )
          const bytes = securekey_dev_submit.encode({
            size: securekey_dev_submit.size,
            request_size: it.request_size ?? size,
            count: it.count ?? it.requests.length,
          })
          const requests = [securekey_dev_submit.offsetof('requests'), put(array, ...places)] as const
          list.add('ioctl', list.one(have.sessions, it.session), SECUREKEY_DEV_SUBMIT, put(bytes, requests))
          break
        }
        case 'read':
          list.add('read', list.one(have.sessions, it.session), { room: Math.max(it.size, 1) }, it.size)
          break
        case 'poll': {
          const waiting = Buffer.alloc(8)
          waiting.writeInt32LE(-1, 0)
          waiting.writeInt16LE(POLLIN | POLLOUT, 4)
          list.add('ppoll', put(waiting, [0, list.one(have.sessions, it.session)]), 1, new Uint8Array(16), 0, 0)
          break
        }
        case 'dup':
          have.sessions.push(list.add('dup', list.one(have.sessions, it.session)))
          break
        case 'close':
          list.add('close', list.one(it.what === 'keys' ? have.keys : have.sessions, it.which))
          break
        case 'generate': {
          const bytes = securekey_dev_generate.encode({
            size: securekey_dev_generate.size,
            params: params(it.params),
            blob_len: it.room,
          })
          list.add(
            'ioctl',
            device,
            SECUREKEY_DEV_GENERATE,
            put(bytes, [securekey_dev_generate.offsetof('blob'), { room: ROOM }]),
          )
          break
        }
        case 'export': {
          const bytes = securekey_dev_export.encode({ size: securekey_dev_export.size, blob_len: it.room, key_fd: -1 })
          const key = [securekey_dev_export.offsetof('key_fd'), list.one(have.keys, it.key)] as const
          const blob = [securekey_dev_export.offsetof('blob'), { room: ROOM }] as const
          list.add('ioctl', device, SECUREKEY_DEV_EXPORT, put(bytes, key, blob))
          break
        }
        case 'derive': {
          const bytes = securekey_dev_derive.encode({
            size: securekey_dev_derive.size,
            params: params(it.params),
            context_len: it.context,
            blob_len: ROOM,
            key_fd: -1,
          })
          const key = [securekey_dev_derive.offsetof('key_fd'), list.one(have.keys, it.key)] as const
          const blob = [securekey_dev_derive.offsetof('blob'), { room: ROOM }] as const
          const context = [securekey_dev_derive.offsetof('context'), new Uint8Array(257)] as const
          list.add('ioctl', device, SECUREKEY_DEV_DERIVE, put(bytes, key, blob, context))
          break
        }
        case 'raw': {
          const bytes = Buffer.alloc(Math.max(it.bytes.length, 4))
          bytes.set(it.bytes)
          bytes.writeUInt32LE(it.size, 0)
          // What these give is nobody's: a descriptor of one goes with its process.
          list.add('ioctl', it.what === 'device' ? device : list.one(have[it.what], it.which), it.number, bytes)
          break
        }
      }
    }
    for (const slot of [...have.sessions, ...have.keys]) list.add('close', { slot })
    return list.steps
  }

const preamble = [
  '/* Wrapped keys and dma-bufs are of another boot: make your own, and put them in place of',
  '   what begins with 0x53, 0x45, 0x4b, 0x59, and of descriptors that are plain numbers. */',
]

/** Programs of a process that may do all of that. */
export const randomPrograms: Fuzzed<Operation> = {
  operation,
  opening: [
    { do: 'load', blob: { which: 0 } },
    { do: 'session', key: 0, mode: SECUREKEY_MODE_CBC, op: 0, flags: 0, algorithm: 1 },
    { do: 'attach', session: 0, buffer: 0 },
  ],
  begin: async process => ({ stepsOf: stepsOf(await worldOf(process)) }),
  preamble,
}

/**
 * Programs of an ordinary user, who has wrapped keys and dma-bufs of others, and the device if he may open it; and a session, if it
 * is handed over.
 */
export const programsOfNobody = (isHanded: boolean): Fuzzed<Operation> => ({
  ...randomPrograms,
  opening: isHanded ? [{ do: 'attach', session: 0, buffer: 0 }] : randomPrograms.opening,
  begin: async process => {
    const { device: ours, ...world } = await worldOf(process)
    const load = async () => await loadKey(process, ours, world.blobs[0] ?? new Uint8Array())
    const sessions = isHanded ? [await session(process, ours, await load(), { mode: SECUREKEY_MODE_CBC })] : []
    // A program that waits for what does not come would never end.
    for (const fd of sessions) await process.fcntl(fd, F_SETFL, O_NONBLOCK)
    await process.close(ours)
    const user = await process.process(NOBODY)
    const device = await openDevice(user).catch(() => -1)
    return { process: user, stepsOf: stepsOf({ ...world, device, sessions }) }
  },
})

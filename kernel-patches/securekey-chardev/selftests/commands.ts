/** The devices, and ioctls whose structures point to other memory. */

import type { Program, Ref, Sys } from '@kseries/kselftest-ts'
import { underTest } from '../../securekey/selftests/under-test.ts'
import { O_CLOEXEC, O_RDWR, SECUREKEY_DEV_QUERY, securekey_dev_query } from './uapi.gen.ts'

/** The device of the provider that tests are about. */
export const deviceOf = (sys: Sys): string => `/dev/securekey/${underTest(sys).name}`

/** Where in a structure which address is put when the program runs. */
export type Pointer = readonly [offset: number, to: Ref<unknown>]

/** Adds an ioctl whose structure points to other memory of the program. */
export const command = (
  p: Program,
  fd: number | Ref<number>,
  request: number,
  bytes: Uint8Array,
  ...pointers: readonly Pointer[]
): Ref<number> => {
  const places = pointers.map(([offset, to]) => [offset, to.map(() => 0), 8] as const)
  return p.syscall('ioctl', fd, request, p.patched(bytes, ...places))
}

export const openDevice = async (sys: Sys): Promise<number> => await sys.open(deviceOf(sys), O_RDWR | O_CLOEXEC)

/** Opens the device to everybody, as a rule of udev would, until it is disposed of. */
export const letAllIn = async (sys: Sys): Promise<AsyncDisposable> => {
  const path = Buffer.from(`${deviceOf(sys)}\0`)
  const chmod = async (mode: number) => await sys.program(p => p.syscall('fchmodat', 'AT_FDCWD', p.patched(path), mode))
  await chmod(0o666)
  return { [Symbol.asyncDispose]: async () => void (await chmod(0o600)) }
}

export const query = async (sys: Sys, device: number): Promise<securekey_dev_query> => {
  const { data } = await sys.ioctl(
    device,
    SECUREKEY_DEV_QUERY,
    securekey_dev_query.encode({ size: securekey_dev_query.size }),
  )
  return securekey_dev_query.decode(data)
}

import { flagsOf } from './abi.ts'
import type { Sys } from './sys.ts'

/** Who a process is. What is not said stays as it was. */
export interface Credentials {
  readonly uid?: number
  /** @default `uid`, if that is given */
  readonly gid?: number
  /** Supplementary groups. @default none, if `uid` or `gid` is given */
  readonly groups?: readonly number[]
  /** The only capabilities it keeps, in every set: ['CAP_NET_ADMIN'], [] for none. */
  readonly caps?: readonly string[]
  /** In a user namespace of its own, root there and `uid` (or the same user) outside. */
  readonly userns?: boolean
  /** In a network namespace of its own. */
  readonly netns?: boolean
}

/** An ordinary user who has nothing: the kernel's own overflowuid and overflowgid. */
export const NOBODY = { uid: 65_534, gid: 65_534 } as const satisfies Credentials

/** Has a process become somebody else. It cannot go back. */
export const takeCredentials = async (sys: Sys, credentials: Credentials): Promise<void> => {
  const { uid, gid = uid, groups = uid === undefined && gid === undefined ? undefined : [], caps } = credentials
  const userns = credentials.userns ?? false
  await sys.program(p => {
    if (groups) p.setgroups(groups)
    if (caps) {
      // Kept over the change of user, which would drop them all.
      p.syscall('prctl', 'PR_SET_KEEPCAPS', 1, 0, 0, 0)
      for (let cap = 0; cap <= p.abi.constants['CAP_LAST_CAP']!; cap++) {
        if (!caps.some(name => flagsOf(p.abi, name) === cap)) p.syscall('prctl', 'PR_CAPBSET_DROP', cap, 0, 0, 0)
      }
    }
    if (gid !== undefined) p.setresgid(gid, gid, gid)
    if (uid !== undefined) p.setresuid(uid, uid, uid)
    if (caps) p.syscall('capset', capHeader(), capData(caps.map(name => flagsOf(p.abi, name))))
    // The kernel forgets it when credentials change; without it the process would outlive an agent that is no init.
    p.syscall('prctl', 'PR_SET_PDEATHSIG', 9, 0, 0, 0)
    // A process that changed its user may not write to its own /proc files, uid_map among them, unless it is dumpable.
    p.syscall('prctl', 'PR_SET_DUMPABLE', 1, 0, 0, 0)
  })
  if (userns) {
    const outside = await sys.program(p => ({ uid: p.getuid(), gid: p.getgid() }))
    await sys.unshare('CLONE_NEWUSER')
    await sys.writeFile('/proc/self/setgroups', 'deny')
    await sys.writeFile('/proc/self/uid_map', `0 ${outside.uid} 1`)
    await sys.writeFile('/proc/self/gid_map', `0 ${outside.gid} 1`)
  }
  if (credentials.netns) await sys.unshare('CLONE_NEWNET')
}

/** struct __user_cap_header_struct (linux/capability.h): version 3, this thread. */
const capHeader = (): Uint8Array => {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(0x20080522, 0)
  return bytes
}

/** Two struct __user_cap_data_struct: effective, permitted, inheritable; low words first. */
const capData = (caps: readonly number[]): Uint8Array => {
  const bytes = Buffer.alloc(24)
  for (const cap of caps) {
    for (const set of [0, 4]) {
      const at = 12 * (cap >> 5) + set
      bytes.writeUInt32LE((bytes.readUInt32LE(at) | (1 << (cap & 31))) >>> 0, at)
    }
  }
  return bytes
}

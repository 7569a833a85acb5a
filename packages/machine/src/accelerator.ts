import { constants } from 'node:fs'
import { access, readFile, stat } from 'node:fs/promises'
import { cpus, release } from 'node:os'
import { cachePath, contentKey, type Report, withLock, writeFileAtomic } from '@kseries/host'
import { probe } from './probe.ts'
import { probePayload } from './probe-payload.ts'
import { qemuIdentity } from './qemu-identity.ts'
import type { Accelerator, Arch } from './spec.ts'

export interface ProveOptions {
  readonly signal?: AbortSignal | undefined
  /** Gets the one line of why, as a note, when the answer is new. */
  readonly report?: Report
  /** Do not believe the cache. */
  readonly fresh?: boolean
}

// That a KVM was too slow may be the fault of a busy host. To hear it again costs 1.5 s: so not at each boot, and not never.
const lateLifetime = 3_600_000
// A KVM that works needs a tenth of a second for both.
const kvmDeadline = 1500
const tcgDeadline = 10_000

/**
 * Which accelerator works here for guests of an architecture. That /dev/kvm opens proves nothing: a guest may hang in it
 * for ever, or crawl. So a tiny guest must run in it, within 1.5 s; else it is TCG, and `why` says the reason.
 *
 * Cached for the host's kernel and boot, its processor, /dev/kvm's identity and the QEMU, but that KVM was too slow only
 * for an hour; 2.5 s at most when it is not.
 *
 * @throws QemuMissing; Interrupted.
 */
export const proveAccelerator = async (arch: Arch, options: ProveOptions = {}): Promise<Accelerator> => {
  const { signal, report, fresh = false } = options
  const kvm = await kvmState(arch)
  const path = cachePath('accelerators', `${arch}-${await hostKey(arch, kvm)}.json`)
  const known = fresh ? undefined : await readAnswer(path)
  if (known) return known
  return withLock(
    'accelerator',
    async () => {
      const meanwhile = fresh ? undefined : await readAnswer(path)
      if (meanwhile) return meanwhile
      const { answer, late } = await prove(arch, kvm, signal)
      const kept: Kept = late ? { ...answer, until: Date.now() + lateLifetime } : answer
      await writeFileAtomic(path, `${JSON.stringify(kept)}\n`)
      report?.({ kind: 'note', text: `${answer.kind === 'kvm' ? 'KVM' : 'TCG'}: ${answer.why}` })
      return answer
    },
    { signal },
  )
}

type KvmState = { readonly usable: true; readonly identity: string } | { readonly usable: false; readonly why: string }

const kvmState = async (arch: Arch): Promise<KvmState> => {
  const host = { x64: 'x86_64', arm64: 'arm64' }[process.arch as string] ?? process.arch
  if (host !== arch) return { usable: false, why: `an ${arch} guest on an ${host} host` }
  try {
    const { rdev, mode, uid, gid } = await stat('/dev/kvm')
    await access('/dev/kvm', constants.R_OK | constants.W_OK)
    return { usable: true, identity: [rdev, mode, uid, gid].join(':') }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES'
      ? { usable: false, why: '/dev/kvm is not open to this user (group kvm)' }
      : { usable: false, why: 'there is no /dev/kvm' }
  }
}

// A QEMU and a host of different ages may fail to agree on the host's own model, and only on that.
const kvmProcessors: Record<Arch, readonly string[]> = { x86_64: ['host', 'qemu64'], arm64: ['host'] }

/** @returns the answer; `late`: on a host with less to do it may have been another. */
const prove = async (
  arch: Arch,
  kvm: KvmState,
  signal: AbortSignal | undefined,
): Promise<{ readonly answer: Accelerator; readonly late: boolean }> => {
  let why = kvm.usable ? '' : kvm.why
  let late = false
  for (const cpu of kvm.usable ? kvmProcessors[arch] : []) {
    const result = await probe(arch, 'kvm', { signal, deadline: kvmDeadline, cpu })
    if (result.kind === 'works') {
      return { answer: { kind: 'kvm', cpu, tscKhz: result.tscKhz, why: 'a tiny guest ran in it' }, late: false }
    }
    why = `KVM ${result.what}`
    late = !result.ended
    if (late) break
  }
  // TCG needs no proof; this is for the frequency of the counter that an x86 guest gets to see.
  if (arch !== 'x86_64') return { answer: { kind: 'tcg', why }, late }
  const result = await probe(arch, 'tcg', { signal, deadline: tcgDeadline })
  if (result.kind === 'works') return { answer: { kind: 'tcg', tscKhz: result.tscKhz, why }, late }
  return { answer: { kind: 'tcg', why: `${why}; TCG ${result.what}` }, late: late || !result.ended }
}

const hostKey = async (arch: Arch, kvm: KvmState): Promise<string> =>
  contentKey({
    kernel: release(),
    boot: await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    processor: cpus()[0]?.model,
    kvm: kvm.usable ? kvm.identity : kvm.why,
    qemu: await qemuIdentity(arch),
    payload: contentKey(Buffer.from(probePayload(arch)).toString('hex')),
  })

/** An answer in the cache; `until`: milliseconds since 1970. */
type Kept = Accelerator & { readonly until?: number }

const readAnswer = async (path: string): Promise<Accelerator | undefined> => {
  try {
    const { until, ...answer } = JSON.parse(await readFile(path, 'utf8')) as Kept
    const left = until === undefined ? 0 : until - Date.now()
    // More than it was given: the clock was set.
    if (until !== undefined && (left <= 0 || left > lateLifetime)) return undefined
    return answer.kind === 'kvm' || answer.kind === 'tcg' ? answer : undefined
  } catch {
    return undefined
  }
}

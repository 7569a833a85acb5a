import { constants } from 'node:fs'
import { access, readFile, realpath, stat } from 'node:fs/promises'
import { cpus, release } from 'node:os'
import { delimiter, join } from 'node:path'
import { cachePath, contentKey, type Report, withLock, writeFileAtomic } from '@kseries/host'
import { qemuFor } from './boards.ts'
import { probe } from './probe.ts'
import { probePayload } from './probe-payload.ts'
import type { Accelerator, Arch } from './spec.ts'

export interface ProveOptions {
  readonly signal?: AbortSignal | undefined
  /** Gets the one line of why, as a note, when the answer is new. */
  readonly report?: Report
  /** Do not believe the cache. */
  readonly fresh?: boolean
}

// A KVM that works needs a tenth of a second for both.
const kvmDeadline = 1500
const tcgDeadline = 10_000

/**
 * Which accelerator works here for guests of an architecture. That /dev/kvm opens proves nothing: a guest may hang in it
 * for ever, or crawl. So a tiny guest must run in it, within 1.5 s; else it is TCG, and `why` says the reason.
 *
 * Cached for the host's kernel and boot, its processor, /dev/kvm's identity and the QEMU; 2.5 s at most when it is not.
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
      const answer = await prove(arch, kvm, signal)
      await writeFileAtomic(path, `${JSON.stringify(answer)}\n`)
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

const prove = async (arch: Arch, kvm: KvmState, signal: AbortSignal | undefined): Promise<Accelerator> => {
  let why = kvm.usable ? '' : kvm.why
  for (const cpu of kvm.usable ? kvmProcessors[arch] : []) {
    const result = await probe(arch, 'kvm', { signal, deadline: kvmDeadline, cpu })
    if (result.kind === 'works') return { kind: 'kvm', cpu, tscKhz: result.tscKhz, why: 'a tiny guest ran in it' }
    why = `KVM ${result.what}`
    if (!result.ended) break
  }
  // TCG needs no proof; this is for the frequency of the counter that an x86 guest gets to see.
  if (arch !== 'x86_64') return { kind: 'tcg', why }
  const result = await probe(arch, 'tcg', { signal, deadline: tcgDeadline })
  return result.kind === 'works'
    ? { kind: 'tcg', tscKhz: result.tscKhz, why }
    : { kind: 'tcg', why: `${why}; TCG ${result.what}` }
}

const hostKey = async (arch: Arch, kvm: KvmState): Promise<string> =>
  contentKey({
    kernel: release(),
    boot: await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
    processor: cpus()[0]?.model,
    kvm: kvm.usable ? kvm.identity : kvm.why,
    qemu: await programIdentity(qemuFor(arch).program),
    payload: contentKey(Buffer.from(probePayload(arch)).toString('hex')),
  })

// A new QEMU is a new file; asking it for its version would cost 30 ms of each boot.
const programIdentity = async (program: string): Promise<string> => {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    try {
      const path = await realpath(join(folder, program))
      const { size, mtimeMs } = await stat(path)
      return `${path}:${size}:${mtimeMs}`
    } catch {
      // Not in this folder.
    }
  }
  return 'none'
}

const readAnswer = async (path: string): Promise<Accelerator | undefined> => {
  try {
    const answer = JSON.parse(await readFile(path, 'utf8')) as Accelerator
    return answer.kind === 'kvm' || answer.kind === 'tcg' ? answer : undefined
  } catch {
    return undefined
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import type { ResultFinding, TestResult } from '../results/result.ts'
import { SyscallError } from '../sys/errors.ts'
import type { Sys } from '../sys/sys.ts'
import type { Session } from './server.ts'
import { recordResult } from './verdict.ts'

export interface ScanOptions {
  /** @default '/sys/kernel/debug/kmemleak' */
  readonly path?: string | undefined
  /** Milliseconds between the two scans. @default 6000: objects younger than five seconds are not reported. */
  readonly wait?: number | undefined
}

/** A leaking loop makes thousands. */
const MAX_REPORTS = 50
const DEADLINE = 300_000
const place = { group: 'session', title: 'memory leaks' }

/**
 * Has the guest's kmemleak look for leaks, and makes a result of what it found. The first scan takes checksums, the second
 * reports what did not change: mm/kmemleak.c. A guest that died has taken its leaks along; none is booted for this.
 * @returns one result; none if the kernel has no kmemleak, or no guest is up.
 * @throws what `Session.attend` throws.
 */
export const scanForLeaks = async (
  session: Session,
  { path = '/sys/kernel/debug/kmemleak', wait = 6000 }: ScanOptions = {},
): Promise<readonly TestResult[]> => {
  if (!(await session.current())) return []
  const { record, value } = await session.attend(
    { ...place, deadline: DEADLINE },
    async sys => await scan(sys, path, wait),
  )
  // It announces on the console what is in the report.
  const others = record.findings.filter(({ kind }) => kind !== 'kmemleak')
  const other = recordResult(place.group, { ...record, findings: others })
  if (value?.kind === 'none') return other ? [other] : []
  const base = { ...place, duration: record.duration, findings: [], log: [] }
  if (value?.kind === 'off' && !other) return [{ ...base, verdict: 'skip', message: value.why }]
  const found = value?.kind === 'report' ? leaksIn(value.text) : []
  const findings = [...others, ...found.slice(0, MAX_REPORTS)]
  if (other) return [{ ...other, findings }]
  if (found.length === 0) return [{ ...base, verdict: 'pass' }]
  const titles = found.slice(0, 5).map(({ title }) => title)
  const message = [`${found.length} suspected memory leaks`, ...titles].join('\n')
  return [{ ...base, verdict: 'splat', message, findings }]
}

type Scanned =
  | { readonly kind: 'none' }
  | { readonly kind: 'off'; readonly why: string }
  | { readonly kind: 'report'; readonly text: string }

const scan = async (sys: Sys, path: string, wait: number): Promise<Scanned> => {
  const fd = await sys.open(path, 'O_WRONLY|O_CLOEXEC').catch((error: unknown) => error)
  if (typeof fd !== 'number') {
    if (fd instanceof SyscallError && fd.code === 'ENOENT') return { kind: 'none' }
    throw fd
  }
  try {
    await sys.write(fd, Buffer.from('scan'))
    await delay(wait, undefined, { ref: false })
    await sys.write(fd, Buffer.from('scan'))
  } catch (error) {
    // It switches itself off when it runs out of memory.
    if (error instanceof SyscallError) return { kind: 'off', why: error.message }
    throw error
  }
  return { kind: 'report', text: await sys.readText(path) }
}

/** "unreferenced object 0x… (size 64):", a few indented lines, the next. */
const leaksIn = (text: string): ResultFinding[] =>
  text
    .split(/^(?=unreferenced object )/m)
    .filter(part => part.startsWith('unreferenced object '))
    .map(part => {
      const size = /\(size \d+\)/.exec(part)?.[0] ?? ''
      const command = /comm "([^"]*)"/.exec(part)?.[1]
      const title = `unreferenced object ${size}${command === undefined ? '' : ` of ${command}`}`
      return { kind: 'kmemleak', title, text: part.trimEnd() }
    })

import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { aptMissing, cachePath } from '@kseries/host'
import { type Arch, devConsole, initramfs, qemuFor, type TinyStep, tinyProgram } from '../src/index.ts'
import { probePayload } from '../src/probe-payload.ts'

/** A folder that goes with the test. */
export const temporary = async () => {
  const path = await mkdtemp(join(tmpdir(), 'machine-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Whether a QEMU is there; tests that need it are skipped only without it. */
export const hasQemu = async (arch: Arch): Promise<boolean> => {
  const { program, debianPackage } = qemuFor(arch)
  const folders = (process.env['PATH'] ?? '').split(':')
  const there = await Promise.all(folders.map(folder => stat(join(folder, program)).then(Boolean, () => false)))
  return there.includes(true) || (await aptMissing([debianPackage])).length === 0
}

/** Firmware that prints "kseries", then answers each byte with eight: a machine that needs no kernel. */
export const payload = async (folder: string, arch: Arch = 'x86_64'): Promise<string> => {
  const path = join(folder, `payload-${arch}`)
  await writeFile(path, probePayload(arch))
  return path
}

/** An initramfs with a tiny program as init. */
export const withInit = (arch: Arch, steps: readonly TinyStep[]): Uint8Array =>
  initramfs([devConsole, { kind: 'file', path: 'init', mode: 0o755, data: tinyProgram(arch, steps) }])

const variables: Record<Arch, string> = { x86_64: 'KSERIES_TEST_IMAGE', arm64: 'KSERIES_TEST_IMAGE_ARM64' }

/** A kernel to boot: the one named by the environment, else the newest that was built into the cache. */
export const kernelImage = async (arch: Arch): Promise<string | undefined> => {
  const named = process.env[variables[arch]]
  if (named) return named
  const builds = await readdir(cachePath('artefacts')).catch(() => [])
  let newest: { readonly path: string; readonly time: number } | undefined
  for (const build of builds) {
    try {
      const record = cachePath('artefacts', build, 'artefacts.json')
      const { arch: its, image } = JSON.parse(await readFile(record, 'utf8'))
      const { mtimeMs: time } = await stat(cachePath(image))
      if (its === arch && (!newest || time > newest.time)) newest = { path: cachePath(image), time }
    } catch {
      // An unfinished build.
    }
  }
  return newest?.path
}

/** Whether a process runs; one that has ended and waits to be reaped, maybe by a busy init, does not. */
export const alive = (pid: number): boolean => {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

export const gone = async (pid: number): Promise<boolean> => {
  for (let i = 0; i < 1200 && alive(pid); i++) await delay(50)
  return !alive(pid)
}

/** The QEMU process of a machine: the child of the group's leader. */
export const qemuPid = async (leader: number): Promise<number> => {
  for (let i = 0; i < 1500; i++) {
    const children = await readFile(`/proc/${leader}/task/${leader}/children`, 'utf8').catch(() => '')
    for (const pid of children.trim().split(' ').filter(Boolean)) {
      if ((await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).startsWith('qemu')) return Number(pid)
    }
    await delay(20)
  }
  throw new Error('no QEMU')
}

/** Programs put before the real ones on PATH, for this process and its children. */
export const fakeProgram = async (folder: string, name: string, script: string): Promise<void> => {
  await writeFile(join(folder, name), script, { mode: 0o755 })
}

import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Daemon, Interrupted, type Report, spawnDaemon } from '@kseries/host'
import { acceleratorFor } from './accelerator-for.ts'
import { isSecure, type Plug, type QemuCommand, qemuCommand } from './boards.ts'
import { Console } from './console.ts'
import { layConsole, layOutput } from './console-wires.ts'
import { BootFileMissing, QemuMissing, QemuStartFailed } from './errors.ts'
import { type Channel, Machine, socketChannel } from './machine.ts'
import { Qmp } from './qmp.ts'
import { RuntimeDir } from './runtime-dir.ts'
import { consoleChannel } from './shared-console.ts'
import type { MachineSpec } from './spec.ts'
import { tail } from './tail.ts'
import { secureDialect } from './watch/dialect.ts'

export interface StartOptions {
  /** Folder for console.log and console.raw, and secure-console.log and .raw of a board that has one; made, files replaced. */
  readonly logDir: string
  readonly signal?: AbortSignal | undefined
  readonly report?: Report
  /** Milliseconds QEMU has to take up its sockets. @default 15000 */
  readonly startDeadline?: number
}

/**
 * Powers a machine on: lays its lines, starts QEMU, waits until it greets. The guest runs from then on.
 * @throws as boot() does before the machine runs; nothing is left then.
 */
export const start = async (spec: MachineSpec, options: StartOptions): Promise<Machine> => {
  const { signal, logDir } = options
  if (signal?.aborted) throw new Interrupted('boot', signal.reason)
  await checkFiles(spec)
  const accelerator = spec.accelerator ?? (await acceleratorFor(spec, options))

  await using runtime = await RuntimeDir.make()
  const names = spec.sharedConsole ? [] : (spec.channels ?? ['agent'])
  const qmpServer = await runtime.listen('qmp')
  const portServers = await Promise.all(names.map((_, i) => runtime.listen(`port${i}`)))
  const secureWires = isSecure(spec.board) ? await layOutput(secureName, logDir) : undefined
  const command = qemuCommand(spec, accelerator, {
    initramfs: await asFile(spec.initramfs, runtime),
    qmp: { id: 'qmp', path: qmpServer.path },
    console: join(runtime.path, 'console'),
    secureConsole: secureWires?.output,
    ports: portServers.map(({ path }, i): Plug & { name: string } => ({ id: `port${i}`, path, name: names[i] ?? '' })),
  })

  // Given back in the reverse order, unless the machine has taken them over.
  await using held = new AsyncDisposableStack()
  const wires = await layConsole(join(runtime.path, 'console'), logDir)
  held.defer(() => wires.input.close())
  const poweredOnAt = performance.now()
  const daemon = held.use(spawnDaemon(command.program, command.args))
  const trouble = watchStart(command, daemon, options)
  held.defer(trouble.stop)

  const connected = Promise.all([qmpServer.connected, ...portServers.map(server => server.connected)])
  const [qmpSocket, ...portSockets] = await Promise.race([connected, trouble.happens])
  let reason: string | undefined
  const qmp = new Qmp(qmpSocket, ({ event, data }) => {
    if (event === 'SHUTDOWN') reason = String(data['reason'])
  })
  // QEMU greets when it is set up; an argument that it refuses later than its sockets ends it before.
  await Promise.race([qmp.ready.catch(() => trouble.happens), trouble.happens])

  trouble.stop()
  held.move()
  const source = (stop: AbortSignal) =>
    tail(wires.output, { ended: daemon.exited, signal: stop, prompt: spec.sharedConsole ?? false })
  const console = new Console(source, wires.input, logDir, poweredOnAt)
  const secureSource = (output: string) => (stop: AbortSignal) => tail(output, { ended: daemon.exited, signal: stop })
  const secureConsole =
    secureWires &&
    new Console(secureSource(secureWires.output), secureWires.input, logDir, poweredOnAt, {
      name: secureName,
      dialect: secureDialect,
    })
  const channels = new Map<string, Channel>(portSockets.map((socket, i) => [names[i] ?? '', socketChannel(socket)]))
  if (spec.sharedConsole) channels.set('console', consoleChannel(console))
  return new Machine({ spec, daemon, qmp, console, secureConsole, channels, poweredOnAt, shutdownReason: () => reason })
}

/** Of the secure console's files. */
const secureName = 'secure-console'

/** `happens` rejects when QEMU ends, its deadline passes or the caller wants an end. */
const watchStart = (
  { program, debianPackage }: QemuCommand,
  daemon: Daemon,
  { signal, startDeadline = 15_000 }: StartOptions,
) => {
  const { promise: happens, reject } = Promise.withResolvers<never>()
  happens.catch(() => {})
  void daemon.exited.then(({ exitCode, stderr, signal: by }) => {
    const missing = exitCode === 127 && /not found/.test(stderr)
    const how = by ? `was ended by ${by}` : `exited with ${exitCode}`
    reject(missing ? new QemuMissing(program, debianPackage) : new QemuStartFailed(program, how, stderr))
    return undefined
  })
  const onLate = () => reject(new QemuStartFailed(program, `did not start within ${startDeadline / 1000} s`, ''))
  const timer = setTimeout(onLate, startDeadline)
  const onAbort = () => reject(new Interrupted('boot', signal?.reason))
  signal?.addEventListener('abort', onAbort, { once: true })
  const stop = () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
  return { happens, stop }
}

const readable = async (what: string, path: string): Promise<void> => {
  await access(path).catch((error: unknown) => {
    throw new BootFileMissing(what, path, error)
  })
}

const checkFiles = async ({ image, firmware, initramfs }: MachineSpec): Promise<void> => {
  if (image !== undefined) await readable('kernel image', image)
  if (firmware !== undefined) await readable('firmware', firmware)
  if (image === undefined && firmware === undefined) throw new BootFileMissing('kernel image', 'not given', undefined)
  if (typeof initramfs === 'string') await readable('initramfs', initramfs)
}

// QEMU reads the file before it greets; the folder is gone after that.
const asFile = async (initramfs: MachineSpec['initramfs'], runtime: RuntimeDir): Promise<string | undefined> => {
  if (!(initramfs instanceof Uint8Array)) return initramfs
  const path = join(runtime.path, 'initramfs')
  await writeFile(path, initramfs)
  return path
}

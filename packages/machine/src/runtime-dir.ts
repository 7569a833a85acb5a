import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const prefix = 'kseries-vm-'
// sun_path has 108 bytes with its end (unix(7)); the longest name we put below is far under 40.
const roomForName = 40

/**
 * A folder of sockets for one machine, private to us (0700), short enough for unix(7), gone when disposed. What a killed
 * process left behind is removed by the next one.
 */
export class RuntimeDir implements AsyncDisposable {
  readonly path: string
  readonly #servers: Server[] = []

  private constructor(path: string) {
    this.path = path
  }

  static async make(): Promise<RuntimeDir> {
    const root = tmpdir().length + prefix.length + roomForName < 108 ? tmpdir() : '/tmp'
    await sweep(root)
    return new RuntimeDir(await mkdtemp(join(root, `${prefix}${process.pid}-`)))
  }

  /**
   * Listens on a socket in the folder.
   * @returns its path, and the first connection; later ones are refused.
   */
  async listen(name: string): Promise<{ readonly path: string; readonly connected: Promise<Socket> }> {
    const path = join(this.path, name)
    const { promise: connected, resolve } = Promise.withResolvers<Socket>()
    const server = createServer({ pauseOnConnect: true }, socket => {
      socket.on('error', () => {})
      resolve(socket)
      server.close()
    })
    this.#servers.push(server)
    await new Promise<void>((listening, failed) => {
      server.once('error', failed)
      server.listen(path, listening)
    })
    return { path, connected }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.close()
    await rm(this.path, { recursive: true, force: true })
  }
}

const sweep = async (root: string): Promise<void> => {
  const names = (await readdir(root).catch(() => [])).filter(name => name.startsWith(prefix))
  for (const name of names) {
    const pid = Number(name.slice(prefix.length).split('-')[0])
    if (Number.isInteger(pid) && pid > 0 && !isAlive(pid)) {
      // Another user's folder, or one that another sweep has just taken: leave it.
      await rm(join(root, name), { recursive: true, force: true }).catch(() => {})
    }
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { contentKey, run, writeFileAtomic } from '@kseries/host'
import { findToolchain, make } from '@kseries/kernel'
import { gitOf, readFiles } from '@kseries/patchgen'
import type { Abi } from '@kseries/uapi-headers'
import { sandboxed } from '../sandbox/sandbox.ts'
import { writeFiles } from '../text/bench.ts'

/** What `make headers` needs of a tree, for the architectures that are looked at. */
const inputs = [
  'Makefile',
  'scripts',
  'include/uapi',
  'include/asm-generic',
  'usr/dummy-include',
  'usr/include/Makefile',
  ...['x86', 'arm64', 'arm'].flatMap(arch =>
    ['Makefile', 'include/uapi', 'entry/syscalls', 'tools'].map(path => `arch/${arch}/${path}`),
  ),
]

export interface HeaderTreeOptions {
  readonly gitDir: string
  /** Where the tree and what is exported of it are kept: the next commit costs what differs. */
  readonly folder: string
  readonly isSandboxed: boolean
  readonly signal?: AbortSignal | undefined
}

/** The 2000 files of which `make headers` exports headers, at one commit after the other. The caller holds a lock. */
export class HeaderTree {
  readonly #options: HeaderTreeOptions

  constructor(options: HeaderTreeOptions) {
    this.#options = options
  }

  /** The files of the commit. */
  get source(): string {
    return join(this.#options.folder, 'linux')
  }

  /** Stand-ins for the libc headers that exported ones include. */
  get dummies(): string {
    return join(this.source, 'usr/dummy-include')
  }

  /** Of all that exported headers are made of. */
  async key(commit: string): Promise<string> {
    return contentKey([...(await this.#list(commit))])
  }

  /** Puts the files of a commit in place, and leaves alone those that are there, so that make does too. */
  async moveTo(commit: string): Promise<void> {
    const { gitDir, folder, signal } = this.#options
    const record = join(folder, 'files.json')
    const there = new Map(JSON.parse(await readFile(record, 'utf8').catch(() => '[]')) as [string, string][])
    const wanted = await this.#list(commit)
    const different = [...wanted].filter(([path, id]) => there.get(path) !== id).map(([path]) => path)
    // An interrupted move begins anew.
    await rm(record, { force: true })
    if (there.size === 0) await rm(this.source, { recursive: true, force: true })
    for (const path of there.keys()) if (!wanted.has(path)) await rm(join(this.source, path), { force: true })
    await writeFiles(this.source, await readFiles(gitDir, commit, different, signal))
    await writeFileAtomic(record, JSON.stringify([...wanted]))
  }

  /**
   * `make headers` for one ARCH=.
   * @returns the root of the exported headers.
   * @throws CompileFailed
   */
  async exportFor(arch: Abi['makeArch']): Promise<string> {
    const { folder, isSandboxed, signal } = this.#options
    const output = join(folder, `${arch}-headers`)
    const { id, env } = await findToolchain(process.arch === 'arm64' ? 'arm64' : 'x86_64', signal)
    const toolchain = { id, env, makeArgs: [`ARCH=${arch}`] }
    const runner = isSandboxed ? sandboxed({ readable: [this.source], writable: [output] }) : run
    await make({ toolchain, source: this.source, output, targets: ['headers'], signal, run: runner })
    const headers = join(output, 'usr/include')
    // Whatever a Makefile put there is read by us: no pipe that never ends.
    for (const entry of await readdir(headers, { recursive: true, withFileTypes: true }))
      if (!entry.isFile() && !entry.isDirectory()) await rm(join(entry.parentPath, entry.name))
    return headers
  }

  async #list(commit: string): Promise<Map<string, string>> {
    const { gitDir, signal } = this.#options
    const { stdout } = await gitOf(gitDir, ['ls-tree', '-r', '-z', '--full-tree', commit, '--', ...inputs], { signal })
    return new Map(
      stdout.split('\0').flatMap(entry => {
        const [, mode = '', id = '', path] = /^(\d+) \w+ (\w+)\t([^]*)$/.exec(entry) ?? []
        return path === undefined ? [] : [[path, `${mode} ${id}`]]
      }),
    )
  }
}

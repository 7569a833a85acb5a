import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, posix } from 'node:path'
import { CommandFailed, contentKey, type Report, run } from '@kseries/host'
import { gitOf, readFiles, type TreeFile } from '@kseries/patchgen'
import { newProblems, type Problem } from '../model/finding.ts'
import { remember, remembered } from '../model/memory.ts'
import { sandboxed } from '../sandbox/sandbox.ts'
import type { SeriesCommit, Subject } from '../subject/subject.ts'
import { readBelow, writeFiles } from '../text/bench.ts'
import { type BindingLook, type BindingTool, bindingTools, bindingToolsFor, checkStyle } from './binding-tools.ts'
import { type Files, keyOf } from './layout.ts'

export const bindingsFolder = 'Documentation/devicetree/bindings'

export interface BindingsJob {
  readonly subject: Subject
  readonly isSandboxed: boolean
  /** Of our own code. */
  readonly code: string
  readonly signal?: AbortSignal | undefined
  readonly report: Report
}

/** Validates the devicetree bindings that commits touch, before and after: `make dt_binding_check_one`, of those alone. */
export class Bindings {
  readonly #job: BindingsJob
  readonly #broken = new Set<string>()
  #absent: readonly string[] = []
  #tools: Promise<{ readonly tools: readonly BindingTool[]; readonly setUp: Files }> | undefined

  constructor(job: BindingsJob) {
    this.#job = job
  }

  /** The tools that were wanted and did not run. */
  get missing(): readonly string[] {
    return [...this.#absent, ...this.#broken]
  }

  /** What a commit brings. */
  async look({ parent, hash }: SeriesCommit): Promise<readonly Problem[]> {
    const { subject, signal } = this.#job
    const { gitDir } = subject
    const args = ['diff-tree', '-r', '-z', '--no-renames', '--name-only', parent, hash, '--', bindingsFolder]
    const { stdout } = await gitOf(gitDir, args, { signal, pure: true })
    const touched = stdout.split('\0').filter(isBinding)
    if (touched.length === 0) return []
    const { tools, setUp } = await (this.#tools ??= this.#open())
    if (tools.length === 0) return []
    const after = await readFiles(gitDir, hash, touched, signal)
    const gone = touched.filter(path => !after.has(path))
    const paths = [...touched, ...(await this.#thatName(gone, parent))]
    const layouts = await Promise.all([parent, hash].map(commit => this.#layOut(commit, paths)))
    return await this.#compare(paths, tools, setUp, layouts)
  }

  async #open() {
    const { subject, isSandboxed, signal, report } = this.#job
    const paths = [`${bindingsFolder}/Makefile`, `${bindingsFolder}/.yamllint`, checkStyle]
    const setUp = await readBelow(subject, subject.trunk, paths, signal)
    const tools = await bindingToolsFor(setUp, { isSandboxed, report, signal })
    const there = new Set(tools.map(({ tool }) => tool))
    this.#absent = bindingTools.filter(tool => !there.has(tool))
    return { tools, setUp }
  }

  /** Bindings that name one that goes. */
  async #thatName(gone: readonly string[], commit: string): Promise<string[]> {
    if (gone.length === 0) return []
    const words = gone.flatMap(path => ['-e', basename(path)])
    const args = ['grep', '-l', '-F', ...words, commit, '--', `${bindingsFolder}/*.yaml`]
    const { stdout } = await gitOf(this.#job.subject.gitDir, args, {
      signal: this.#job.signal,
      pure: true,
      okCodes: [0, 1],
    })
    const paths = stdout.split('\n').map(line => line.slice(commit.length + 1))
    return paths.filter(path => path !== '' && !gone.includes(path))
  }

  /** The bindings, and those that they refer to: of those it is looked at whether they are there and closed. */
  async #layOut(commit: string, paths: readonly string[]): Promise<Files> {
    const { subject, signal } = this.#job
    const own = await readFiles(subject.gitDir, commit, paths, signal)
    const refs = [...own].flatMap(([path, file]) => refsOf(path, file))
    const others = await readFiles(subject.gitDir, commit, [...new Set(refs)], signal)
    return new Map([...others, ...own])
  }

  async #compare(
    paths: readonly string[],
    tools: readonly BindingTool[],
    setUp: Files,
    layouts: readonly Files[],
  ): Promise<readonly Problem[]> {
    const { code, isSandboxed } = this.#job
    const versions = tools.map(({ tool, version }) => [tool, version])
    const key = `bindings-${contentKey([versions, isSandboxed, code, paths, ...[setUp, ...layouts].map(keyOf)])}`
    const known = await remembered<readonly Problem[]>(key)
    if (known) return known
    const [before = [], after = []] = await Promise.all(layouts.map(files => this.#run(paths, tools, setUp, files)))
    const problems = newProblems(before, after)
    if (this.#broken.size === 0) await remember(key, problems)
    return problems
  }

  /** One that cannot do its work here, such as one that does not know the tree's configuration, is noted once. */
  async #try(tool: BindingTool, job: BindingLook): Promise<readonly Problem[]> {
    try {
      return this.#broken.has(tool.tool) ? [] : await tool.look(job)
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error
      const words = error.stderr.trim().split('\n').at(-1) ?? ''
      if (!this.#broken.has(tool.tool))
        this.#job.report({ kind: 'note', text: `devicetree bindings: ${tool.tool} ${tool.version} fails: ${words}` })
      this.#broken.add(tool.tool)
      return []
    }
  }

  async #run(paths: readonly string[], tools: readonly BindingTool[], setUp: Files, files: Files): Promise<Problem[]> {
    const { isSandboxed, signal } = this.#job
    const folder = await mkdtemp(join(tmpdir(), 'kseries-bindings-'))
    try {
      const root = join(folder, 'linux')
      for (const layer of [files, setUp]) await writeFiles(root, layer)
      const runner = isSandboxed ? sandboxed({ readable: [root], writable: [] }) : run
      const there = paths.filter(path => files.has(path))
      const its = there.length === 0 ? [] : tools
      const looks = its.map(tool => this.#try(tool, { root, paths: there, run: runner, signal }))
      return (await Promise.all(looks)).flat()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

const isBinding = (path: string) => path.startsWith(`${bindingsFolder}/`) && path.endsWith('.yaml')

/** `$ref: /schemas/a/b.yaml#/$defs/c`, `$ref: b.yaml#`; what is not in the tree is dt-schema's own. */
const refsOf = (path: string, { content }: TreeFile): string[] =>
  [
    ...Buffer.from(content)
      .toString('utf8')
      .matchAll(/\$ref:\s*["']?([^"'#\s]+\.yaml)/g),
  ].flatMap(([, ref = '']) => {
    const at = ref.replace(/^http:\/\/devicetree\.org(?=\/)/, '')
    const file = at.startsWith('/schemas/')
      ? posix.join(bindingsFolder, at.slice('/schemas/'.length))
      : posix.join(dirname(path), at)
    return isBinding(file) ? [file] : []
  })

import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandFailed, cachePath, contentKey, exists, run } from '@kseries/host'
import {
  type Arch,
  CompileFailed,
  type ConfigOption,
  findToolchain,
  make,
  makeConfig,
  parseWarnings,
  type Toolchain,
  treePath,
  type WorkTree,
} from '@kseries/kernel'
import pMap from 'p-map'
import type { Problem } from '../model/finding.ts'
import { remember, remembered } from '../model/memory.ts'
import { runWith, type SandboxCaches, trimBases } from './caches.ts'
import { type Checker, findCheckers } from './checkers.ts'
import { type Clang, readClang, withClang } from './clang.ts'
import { askPerSource } from './per-source.ts'
import type { Place } from './place.ts'
import { includersOf, linesLeft } from './preprocessed.ts'
import { problemsOfErrors, problemsOfWarnings } from './problems.ts'
import { saidBySource } from './said.ts'
import { BuildState, objectOf } from './state.ts'

/** Raised when the way of building, or of reading what is said meanwhile, changes. */
const RECIPE = 1

/**
 * With W=1 make has each source read by kernel-doc as well (scripts/Makefile.build), an eighth of its time. Touched files, which alone
 * can say something new, are read by the checks of texts.
 */
const WITHOUT_KERNEL_DOC = 'cmd_checkdoc='

/** A tree, and how it is to be built. */
export interface BuildJob {
  readonly commit: { readonly hash: string; readonly tree: string }
  /** All of them wishes: what the tree has not, or cannot have, is left out. */
  readonly options: readonly ConfigOption[]
  /** C files that are compiled anew, so that it is seen whether this configuration has them. */
  readonly sources: readonly string[]
  /** For make. @default vmlinux, and modules where there are some */
  readonly targets?: readonly string[]
}

export interface BuildResult {
  readonly problems: readonly Problem[]
  /** Of the sources, those that were compiled. */
  readonly compiled: readonly string[]
  /** The objects of which something was said while this was built. */
  readonly loud: readonly string[]
  /** The options that are on, of those asked for: name and value. */
  readonly values: Readonly<Record<string, string>>
}

export interface BuilderOptions {
  /** Where the work tree is; builders of one walk share it. */
  readonly place: Place
  readonly arch: Arch
  /** With these, make runs in a sandbox that can write there and into the build folder. */
  readonly caches?: SandboxCaches
  /** What options are that a job does not name; see makeConfig(). The build folder is one of its own. */
  readonly others?: 'allmodconfig'
  /** Instead of gcc. */
  readonly clang?: Clang
  readonly signal?: AbortSignal | undefined
  readonly onStep?: (text: string) => void
  /** Told, once each, what does not run. */
  readonly onNote?: (text: string) => void
}

/**
 * Builds one tree after the other in one build folder, so that each costs what differs, and remembers the results by tree,
 * options, toolchain. The caller holds the lock of the work tree.
 */
export class Builder {
  readonly toolchain: Toolchain
  readonly #checkers: readonly Checker[]
  readonly #options: BuilderOptions
  readonly #noted = new Set<string>()
  readonly output: string

  private constructor(options: BuilderOptions, toolchain: Toolchain, checkers: readonly Checker[]) {
    this.#options = options
    this.toolchain = toolchain
    this.#checkers = checkers
    const key = contentKey([RECIPE, toolchain.id]).slice(0, 8)
    this.output = cachePath(
      'work',
      options.place.name,
      [`check-${options.arch}`, options.others, key].filter(Boolean).join('-'),
    )
  }

  /** @throws CommandMissing without a compiler */
  static async open(options: BuilderOptions): Promise<Builder> {
    const { arch, signal, caches, clang } = options
    const [found, checkers] = await Promise.all([
      findToolchain(arch, signal),
      clang ? [] : findCheckers(caches !== undefined, signal),
    ])
    if (caches) await mkdir(caches.ofBases, { recursive: true })
    return new Builder(options, clang ? withClang(found, clang) : found, checkers)
  }

  /** What starts make. */
  runOn(tree: WorkTree): typeof run {
    const { caches } = this.#options
    return caches ? runWith(caches, tree, this.output) : run
  }

  /** Builds a tree whole, with W=1, whatever errors there are. */
  async build(job: BuildJob): Promise<BuildResult> {
    const key = `build-${contentKey([...this.#identity(job), job.sources])}`
    const known = await remembered<BuildResult>(key)
    if (known) return known
    const { state, values, config, tree } = await this.#prepare(job)
    if (config) return config
    for (const source of job.sources) await state.forget(source)
    const hasModules = [...values.values()].includes('m')
    const targets = job.targets ?? ['vmlinux', ...(hasModules ? ['modules'] : [])]
    const { problems, isWhole, loud } = await this.#make(tree, state, targets, ['W=1', '--keep-going'])
    const there = await Promise.all(job.sources.map(source => state.has(source)))
    const result: BuildResult = {
      problems: [...problems, ...problemsOfWarnings(await state.warnings(tree.path))],
      compiled: job.sources.filter((_, index) => there[index]),
      loud,
      values: Object.fromEntries(
        job.options.flatMap(({ name }) => (values.has(name) ? [[name, values.get(name) ?? '']] : [])),
      ),
    }
    if (isWhole) await remember(key, result)
    const { caches, signal } = this.#options
    if (caches?.base === job.commit.hash) await trimBases(caches, signal)
    return result
  }

  /**
   * What sparse and smatch say of some sources: only of these, as no cache helps them along.
   * @param ahead - other sources that will be asked about, of the same tree: one make looks at all that is not known.
   */
  async check(job: BuildJob, ahead: readonly string[] = []): Promise<readonly Problem[]> {
    // One at a time: they share a build folder.
    return (await pMap(this.#checkers, checker => this.#checkWith(checker, job, ahead), { concurrency: 1 })).flat()
  }

  async #checkWith(checker: Checker, job: BuildJob, ahead: readonly string[]): Promise<readonly Problem[]> {
    const { tool, command, version, id, read } = checker
    const identity = [tool, ...this.#identity(job), id]
    return await askPerSource(identity, job.sources, ahead, async unknown => {
      const { state, config, tree } = await this.#prepare(job)
      if (config) return { of: () => config.problems }
      const there = await Promise.all(
        unknown.map(async source => (await state.has(source)) && (await exists(join(tree.path, source)))),
      )
      const objects = unknown.filter((_, index) => there[index]).map(objectOf)
      const lines: string[] = []
      if (objects.length > 0)
        await this.#make(tree, state, objects, ['W=1', 'C=2', `CHECK=${command}`, '--keep-going'], line =>
          lines.push(line),
        )
      if (lines.some(line => /: C=2 specified, but .* is not available or not up to date/.test(line))) {
        this.#note(`${tool} ${version} is not run: the kernel's scripts/checker-valid.sh refuses it`)
        return { of: () => [] }
      }
      const said = saidBySource(lines, tree.path, this.output)
      return { of: source => read(said.get(source) ?? [], tree.path, this.output), isLasting: true }
    })
  }

  /**
   * What clang says of some sources: nothing else is built. Those that this configuration leaves out say nothing.
   * @param ahead - see check().
   */
  async objects(job: BuildJob, ahead: readonly string[] = []): Promise<readonly Problem[]> {
    return await askPerSource(['object', ...this.#identity(job)], job.sources, ahead, async unknown => {
      const { state, config, tree } = await this.#prepare(job)
      // gcc's builds say it.
      if (config) return { of: () => [] }
      const there = await Promise.all(unknown.map(source => exists(join(tree.path, source))))
      const sources = unknown.filter((_, index) => there[index])
      // make without a target makes all.
      if (sources.length === 0) return { of: () => [], isLasting: true }
      for (const source of sources) await state.forget(source)
      const lines: string[] = []
      const { problems, isWhole } = await this.#make(
        tree,
        state,
        sources.map(objectOf),
        ['W=1', '--keep-going'],
        line => lines.push(line),
      )
      const other = problems.find(({ file = '' }) => !/\.[chS]$/.test(file))
      const hasFailed = other !== undefined && !lines.some(line => /No rule to make target/.test(line))
      if (hasFailed) this.#note(`${this.toolchain.id} makes no objects here: ${other.text}`)
      const said = saidBySource(lines, tree.path, this.output)
      return {
        of: source => readClang(said.get(source) ?? [], tree.path, this.output),
        isLasting: isWhole && !hasFailed,
      }
    })
  }

  /**
   * The lines of some files that are compiled as the job's configuration, which was built, has it: of C files, and of headers as some
   * objects include them.
   */
  async lines(job: BuildJob, files: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
    const key = `lines-${contentKey([...this.#identity(job), files])}`
    const known = await remembered<[string, number[]][]>(key)
    if (known) return new Map(known.map(([file, its]) => [file, new Set(its)]))
    const { signal } = this.#options
    const { state, tree } = await this.#prepare(job)
    const headers = files.filter(file => file.endsWith('.h'))
    const including = await Promise.all(
      headers.map(header => includersOf(header, { tree: tree.path, output: this.output, first: job.sources, signal })),
    )
    const sources = [...new Set([...files.filter(file => file.endsWith('.c')), ...including.flat()])]
    const targets = sources.map(source => source.replace(/\.c$/, '.i'))
    const found = new Map<string, Set<number>>()
    if (targets.length > 0) {
      // Of another configuration, and make may have no rule for it now.
      for (const target of targets) await rm(join(this.output, target), { force: true })
      const { isWhole } = await this.#make(tree, state, targets, ['W=1', '--keep-going'])
      const wanted = new Set(files)
      for (const target of targets) {
        const text = await readFile(join(this.output, target), 'latin1').catch(() => '')
        for (const [file, its] of linesLeft(text, treePath(tree.path, this.output), wanted))
          found.set(file, its.union(found.get(file) ?? new Set()))
      }
      if (!isWhole) return found
    }
    await remember(
      key,
      [...found].map(([file, its]) => [file, [...its]]),
    )
    return found
  }

  #note(text: string) {
    if (!this.#noted.has(text)) this.#options.onNote?.(text)
    this.#noted.add(text)
  }

  #identity({ commit, options, targets }: BuildJob) {
    const { arch, others } = this.#options
    const own = others === undefined && targets === undefined ? [] : [{ others, targets }]
    return [RECIPE, commit.tree, arch, options.map(({ name, value }) => [name, value]), this.toolchain.id, ...own]
  }

  /** Puts the work tree and its configuration in place; a tree that cannot even be configured has its result already. */
  async #prepare({ commit, options }: BuildJob) {
    const { arch, place, others, signal } = this.#options
    const tree = await place.moveTo(commit.hash)
    await mkdir(this.output, { recursive: true })
    const state = await BuildState.open(this.output, signal)
    const runner = this.runOn(tree)
    const { toolchain, output } = this
    try {
      const values = await makeConfig({ workTree: tree, arch, options, others, toolchain, output, signal, run: runner })
      return { tree, state, values, config: undefined }
    } catch (error) {
      if (!(error instanceof CompileFailed)) throw error
      const problems = problemsOfErrors(error.errors, error.message)
      const config: BuildResult = { problems, compiled: [], loud: [], values: {} }
      return { tree, state, values: new Map<string, string>(), config }
    }
  }

  /** @returns the errors, and whether make came to its end; what was warned of is in the state. */
  async #make(
    tree: WorkTree,
    state: BuildState,
    targets: readonly string[],
    variables: readonly string[],
    onLine?: (line: string) => void,
  ): Promise<{ readonly problems: readonly Problem[]; readonly isWhole: boolean; readonly loud: readonly string[] }> {
    const { signal, onStep } = this.#options
    const { toolchain, output } = this
    const lines: string[] = []
    const take = (line: string) => {
      lines.push(line)
      onLine?.(line)
    }
    await state.begin()
    let problems: Problem[] = []
    let isWhole = true
    try {
      await make({
        toolchain,
        source: tree.path,
        output,
        targets,
        variables: ['--output-sync=target', WITHOUT_KERNEL_DOC, ...variables],
        signal,
        run: this.runOn(tree),
        onLine: take,
        onStep: (verb, object) => onStep?.(`${verb} ${object}`),
      })
    } catch (error) {
      if (!(error instanceof CompileFailed)) throw error
      problems = problemsOfErrors(error.errors, error.message)
      // Killed, or past its deadline: it may end otherwise another time.
      isWhole = error.cause instanceof CommandFailed && (error.cause.code ?? 128) < 128 && !error.cause.timedOut
    }
    const { made, warnings } = parseWarnings(lines, tree.path, output)
    // What sparse says is not said of an object, see check().
    await state.end({ made, warnings: warnings.filter(({ tool }) => tool !== 'sparse') })
    const loud = [...new Set(warnings.flatMap(({ object }) => object ?? []))]
    return { problems, isWhole, loud }
  }
}

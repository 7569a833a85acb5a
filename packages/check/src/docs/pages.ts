import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contentKey, type Report, run } from '@kseries/host'
import { newProblems, type Problem } from '../model/finding.ts'
import { remember, remembered, rememberedOr } from '../model/memory.ts'
import { sandboxed } from '../sandbox/sandbox.ts'
import type { SeriesCommit, Subject } from '../subject/subject.ts'
import { writeFiles } from '../text/bench.ts'
import { changesOf } from '../text/changes.ts'
import { concernedBy } from './concerned.ts'
import { type Files, keyOf, layOut, readSetUp } from './layout.ts'
import type { Page } from './page.ts'
import { Side } from './side.ts'
import { buildPages, findSphinx, type Said, type Sphinx } from './sphinx.ts'

export interface PagesJob {
  readonly subject: Subject
  readonly isSandboxed: boolean
  /** Of our own code. */
  readonly code: string
  readonly signal?: AbortSignal | undefined
  readonly report: Report
}

/** Builds the pages that commits touch, or of whose files they touch some: before, and after. */
export class Pages {
  readonly #job: PagesJob
  readonly #users = new Map<string, ReturnType<Side['users']>>()
  #sphinx: Promise<Sphinx | undefined> | undefined
  #setUp: Promise<Files> | undefined
  #isToldOf = false

  constructor(job: PagesJob) {
    this.#job = job
  }

  /** The tools that were wanted and did not run. */
  get missing(): readonly string[] {
    return this.#isToldOf ? ['sphinx'] : []
  }

  /** What a commit brings. */
  async look(commit: SeriesCommit): Promise<readonly Problem[]> {
    const { subject, signal, report } = this.#job
    const { gitDir } = subject
    const changes = await changesOf(gitDir, commit.parent, commit.hash, signal)
    const sides = { before: new Side(gitDir, commit.parent, signal), after: new Side(gitDir, commit.hash, signal) }
    const users = await Promise.all([sides.before, sides.after].map(side => this.#usersOf(side)))
    const concerned = await concernedBy(sides, changes, users)
    if (concerned.pages.size === 0) return []
    const [setUp, layouts] = await Promise.all([(this.#setUp ??= readSetUp(subject, signal)), layOut(sides, concerned)])
    if (!setUp.has('Documentation/conf.py')) return []
    const sphinx = await (this.#sphinx ??= findSphinx(this.#job.isSandboxed, signal))
    if (!sphinx) return this.#tell('pages of Documentation are not built: python3-sphinx is not installed')
    const { pages, left } = concerned
    if (left > 0)
      report({
        kind: 'note',
        text: `commit ${commit.index} is seen in ${pages.size + left} pages of Documentation: ${left} are not built`,
      })
    const problems = await this.#compare(sphinx, setUp, layouts)
    const named = await sides.after.pages(pages)
    return problems.map(problem => ({ ...whoMisses(problem, named), ...problem }))
  }

  /** The same for all commits that touch no page. */
  async #usersOf(side: Side) {
    const tree = await side.tree()
    const known = this.#users.get(tree) ?? readUsers(side, `docs-users-${contentKey([tree, this.#job.code])}`)
    this.#users.set(tree, known)
    return await known
  }

  async #compare(sphinx: Sphinx, setUp: Files, layouts: readonly Files[]): Promise<readonly Problem[]> {
    const { code, isSandboxed } = this.#job
    const key = `docs-${contentKey([sphinx.version, isSandboxed, code, ...[setUp, ...layouts].map(keyOf)])}`
    const known = await remembered<readonly Problem[]>(key)
    if (known) return known
    const [old = new Map(), files = new Map()] = layouts
    const after = await this.#build(sphinx, [files, setUp])
    const isQuiet = after.problems.length === 0 && after.failure === undefined
    // Nothing to compare: saves a build.
    const before = isQuiet || after.isStopped ? after : await this.#build(sphinx, [old, setUp])
    if (before.failure !== undefined)
      return this.#tell(`pages of Documentation are not built by ${sphinx.version}: ${before.failure}`)
    const problems =
      after.failure === undefined
        ? newProblems(before.problems, after.problems)
        : [{ tool: 'sphinx', text: `the pages cannot be built: ${after.failure}`, blocks: true }]
    await remember(key, problems)
    return problems
  }

  /** In a folder of its own; the set-up comes last, and stays as it is. */
  async #build(sphinx: Sphinx, layers: readonly Files[]): Promise<Said> {
    const { isSandboxed, signal } = this.#job
    const folder = await mkdtemp(join(tmpdir(), 'kseries-docs-'))
    try {
      const [root, output] = [join(folder, 'linux'), join(folder, 'output')]
      // automarkup.py wants it where a page speaks of a file in /sys.
      await mkdir(join(root, 'Documentation/ABI'), { recursive: true })
      for (const layer of layers) await writeFiles(root, layer)
      const runner = isSandboxed ? sandboxed({ readable: [root], writable: [output] }) : run
      return await buildPages({ sphinx, root, output, run: runner, signal })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  #tell(text: string): [] {
    if (!this.#isToldOf) this.#job.report({ kind: 'note', text })
    this.#isToldOf = true
    return []
  }
}

const readUsers = async (side: Side, key: string): ReturnType<Side['users']> => {
  const users = await rememberedOr(key, async () =>
    [...(await side.users())].map(([file, pages]) => [file, [...pages]] as const),
  )
  return new Map(users.map(([file, pages]) => [file, new Set(pages)]))
}

/** kernel-doc does not say which page wants a file that is not there. */
const whoMisses = ({ text }: Problem, pages: ReadonlyMap<string, Page>): Pick<Problem, 'file'> => {
  const missing = /^Cannot find file (\S+)/.exec(text)?.[1]
  const page = [...pages].find(([, { files }]) => missing !== undefined && files.includes(missing))
  return page ? { file: page[0] } : {}
}

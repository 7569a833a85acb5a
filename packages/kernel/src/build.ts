import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { cachePath, exists, explainDiskErrors, makeDirAtomic, run, silent, step, withLock } from '@kseries/host'
import { ARCHES } from './arch.ts'
import {
  type Artefacts,
  type ArtefactsRecord,
  artefactsDir,
  type BuildPlan,
  type BuildSpec,
  planBuild,
  readArtefacts,
  recordName,
} from './artefacts.ts'
import { makeConfig } from './configure.ts'
import { changedFiles } from './differences.ts'
import { needRoom } from './disk.ts'
import { exportHeaders, type HeaderJob, type HeaderPaths, headersKey } from './headers.ts'
import { CompileFailed, type MakeJob, make } from './make.ts'
import { beginBuild, endBuild, type Stale, staleObjects, wereMade } from './revisit.ts'
import { buildSelftests, findSelftests } from './selftests.ts'
import { StepCount } from './step-count.ts'
import {
  type CheckoutOptions,
  LocalChanges,
  moveWorkTree,
  type WorkTree,
  withWorkTree,
  workTreePath,
} from './work-tree.ts'

export interface BuildOptions extends Pick<CheckoutOptions, 'signal' | 'report'> {
  /** Called with what is there before the image, for whoever can begin with it; not if all was built before. */
  readonly onHeaders?: ((headers: ExportedHeaders) => void) | undefined
  /** Called after that, when all is compiled that the image is made of: the linker leaves processors idle. */
  readonly onLinking?: (() => void) | undefined
}

/** What of the artefacts programs for the guest are compiled with. */
export type ExportedHeaders = Pick<Artefacts, 'arch' | 'headers' | 'sources'>

/** Objects of one configuration take 0.2 GB, with debugging options 2 GB; the compiler cache and artefacts the rest. */
const ROOM = { first: 4e9, again: 0.5e9 }

/**
 * Builds the kernel of a commit in a work tree, or gives what was built of the same tree before. The work tree is made or moved
 * if need be, see `checkout`.
 *
 * One build folder per work tree, architecture and configuration goes from commit to commit, so a changed line costs one
 * incremental make. A build that was cut off leaves a folder that the next one goes on with.
 *
 * @throws OptionsLost, FragmentMissing, FragmentSyntax, CompileFailed (of selftests, too), LocalChanges, TooLittleRoom, DiskFull,
 * CommandMissing, Interrupted
 */
export const build = async (
  spec: BuildSpec & { readonly workTree: Pick<WorkTree, 'name' | 'commit' | 'treeHash'> },
  options: BuildOptions = {},
): Promise<Artefacts> => {
  const { report = silent, signal } = options
  const plan = await planBuild(spec.workTree.treeHash, spec, signal)
  const known = await readArtefacts(plan.key)
  if (known) return known
  const { name, commit } = spec.workTree
  return await withWorkTree(
    name,
    async () => {
      const meanwhile = await readArtefacts(plan.key)
      if (meanwhile) return meanwhile
      // All files are looked at before what is made is kept. Who is told of edits only then shall not have waited for hours.
      const look = (await exists(buildDir({ name }, plan))) ? 'written' : 'all'
      // While we hold the lock it stays where we put it, and nobody writes to its build folders.
      const [workTree, stale] = await Promise.all([
        moveWorkTree(commit, name, { ...options, look }),
        staleObjects({ output: buildDir({ name }, plan), source: workTreePath(name), plan, signal }),
      ])
      const title = `build Linux for ${spec.arch}`
      await step(report, title, update => makeAll(plan, workTree, stale, update, options))
      const made = await readArtefacts(plan.key)
      if (!made) throw new Error(`The build of ${plan.key} ended without artefacts`)
      return made
    },
    { signal, report },
  )
}

/** The build folder of a configuration, beside the sources. */
export const buildDir = (workTree: Pick<WorkTree, 'name'>, plan: Pick<BuildPlan, 'arch' | 'configKey'>): string =>
  cachePath('work', workTree.name, `${plan.arch}-${plan.configKey}`)

const makeAll = async (
  plan: BuildPlan,
  workTree: WorkTree,
  stale: Stale | undefined,
  update: (text: string, fraction?: number) => void,
  { onHeaders, onLinking, signal }: BuildOptions,
): Promise<void> => {
  const { arch, toolchain, options, selftests: asked, profiled } = plan
  const output = buildDir(workTree, plan)
  await needRoom(dirname(output), (await exists(output)) ? ROOM.again : ROOM.first, `build for ${arch}`)
  await mkdir(output, { recursive: true })
  const job: HeaderJob = { workTree, arch, toolchain, output, signal }
  update('configuring')
  const [values, key, targets, count] = await Promise.all([
    makeConfig({ ...job, options }),
    headersKey(job),
    findSelftests(job, asked),
    StepCount.open(output, plan),
  ])
  const hasModules = [...values.values()].includes('m')
  const info = ARCHES[arch]

  update('exporting headers')
  const headers = await exportHeaders(job, key)
  update('selftests')
  const selftests = targets && (await buildSelftests(job, headers, targets))

  let compiled: Promise<void> | undefined
  const onStep = (verb: string, object: string) => {
    update(`${verb} ${object}`, count.next())
    if (verb !== 'LD' || object !== 'vmlinux.o') return
    compiled = refuseEdits(workTree, signal)
    compiled.catch(() => {})
    onLinking?.()
  }
  const images = [info.imageTarget, ...(hasModules ? ['modules'] : [])]
  // Its names are those of objects, wherever they are in the tree (scripts/Makefile.lib).
  const variables = profiled.map(file => `GCOV_PROFILE_${basename(file, '.c')}.o=y`)
  const making = { toolchain, source: workTree.path, output, targets: images, variables, onStep, signal }
  // IKHEADERS packs all headers into an object that no `.X.cmd` connects with them.
  const isConnected = !hasModules && values.get('IKHEADERS') !== 'y'
  const made = makeImages(making, plan, isConnected ? stale : undefined)
  // Not before make has begun: whoever is told has much to load.
  onHeaders?.({ arch, headers: cachePath(headers.headers), sources: cachePath(headers.sources) })
  await made
  // To look at all files takes as long as to link them; what is read of the tree when all is compiled are its scripts.
  const looked = Promise.all([count.finished(), compiled, refuseEdits(workTree, signal, compiled && ['scripts'])])
  looked.catch(() => {})

  // The same tree under another name is stored in the same place, and may have been meanwhile: then it is in use.
  await withLock(
    `artefacts-${plan.key}`,
    async () => {
      await looked
      await endBuild(output, [plan.treeHash], plan.settings)
      if (!(await readArtefacts(plan.key))) await store(plan, job, { ...headers, hasModules, selftests })
    },
    { signal },
  )
}

/** Has make look into the folders with stale objects alone where these are known, or else, and if that does not do, into all. */
const makeImages = async (job: MakeJob, { treeHash, settings }: BuildPlan, stale: Stale | undefined): Promise<void> => {
  await beginBuild(job.output, stale)
  if (stale) {
    try {
      await make({ ...job, variables: [...(job.variables ?? []), ...stale.variables] })
      if (await wereMade(job.output, stale)) return
    } catch (error) {
      if (!(error instanceof CompileFailed)) throw error
      // The compiler's word is final; a folder in which make knows nothing to do is our mistake.
      if (error.errors.some(({ line }) => line !== undefined)) {
        await endBuild(job.output, [...stale.trees, treeHash], settings)
        throw error
      }
    }
  }
  await make(job)
}

/** What was built must be what the key says: edits made meanwhile would be cached under a wrong name. */
const refuseEdits = async ({ path }: WorkTree, signal: AbortSignal | undefined, folders?: readonly string[]) => {
  const edited = await changedFiles({ path, signal, beside: folders === undefined }, folders)
  if (edited.length > 0) throw new LocalChanges(path, edited)
}

/** What else was built. */
interface Made extends HeaderPaths {
  readonly hasModules: boolean
  readonly selftests: string | undefined
}

/** Puts what was built where `readArtefacts` finds it, in place of what is not whole. */
const store = async (
  plan: BuildPlan,
  { workTree, output, signal }: HeaderJob,
  { hasModules, selftests, ...headers }: Made,
): Promise<void> => {
  const { arch, toolchain, profiled } = plan
  const info = ARCHES[arch]
  const dir = artefactsDir(plan.key)
  await rm(dir, { recursive: true, force: true })
  await makeDirAtomic(dir, temporary =>
    explainDiskErrors(dir, async () => {
      const image = basename(info.image)
      await Promise.all([
        copyFile(join(output, info.image), join(temporary, image)),
        copyFile(join(output, '.config'), join(temporary, 'config')),
        copyFile(join(output, 'System.map'), join(temporary, 'System.map')),
      ])
      if (hasModules) {
        const where = [`INSTALL_MOD_PATH=${join(temporary, 'modules')}`]
        await make({ toolchain, source: workTree.path, output, targets: ['modules_install'], variables: where, signal })
        // Links into the work tree, which moves on.
        await run('find', [join(temporary, 'modules'), '-type', 'l', '-delete'], { signal })
      }
      await Promise.all(profiled.map(file => copyNotes(output, file, join(temporary, 'coverage'))))
      const at = join('artefacts', plan.key)
      const record: ArtefactsRecord = {
        arch,
        image: join(at, image),
        config: join(at, 'config'),
        systemMap: join(at, 'System.map'),
        ...headers,
        ...(hasModules && { modules: join(at, 'modules') }),
        ...(selftests !== undefined && { selftests }),
        ...(profiled.length > 0 && { coverageNotes: join(at, 'coverage') }),
        release: (await readFile(join(output, 'include/config/kernel.release'), 'utf8')).trim(),
        treeHash: workTree.treeHash,
      }
      await writeFile(join(temporary, recordName), `${JSON.stringify(record, null, 2)}\n`)
    }),
  )
}

/** Of a file that is not compiled here there are none. */
const copyNotes = async (output: string, file: string, to: string): Promise<void> => {
  const notes = file.replace(/\.c$/, '.gcno')
  await mkdir(dirname(join(to, notes)), { recursive: true })
  if (await exists(join(output, notes))) await copyFile(join(output, notes), join(to, notes))
}

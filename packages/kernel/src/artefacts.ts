import { readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { cachePath, contentKey, exists } from '@kseries/host'
import type { Arch } from './arch.ts'
import { findToolchain, type Toolchain } from './compiler.ts'
import { type ConfigOption, fragmentFiles, readFragments } from './fragment.ts'

/** What a build gives. All paths are absolute and stay as they are: a changed tree or configuration has another key. */
export interface Artefacts {
  readonly key: string
  readonly arch: Arch
  readonly dir: string
  /** What QEMU boots: vmlinux with a PVH entry (x86_64), Image (arm64). */
  readonly image: string
  /** The .config. */
  readonly config: string
  readonly systemMap: string
  /** Exported uapi headers, as in usr/include: `linux/`, `asm/` … */
  readonly headers: string
  /** Files of the tree, at their paths, that programs for the guest are compiled with: tools/include/nolibc and a few headers. */
  readonly sources: string
  /** The root of `lib/modules/RELEASE`, if anything is configured as a module. */
  readonly modules?: string
  /** Installed selftests of the tree, see BuildSpec, if it has any of them. */
  readonly selftests?: string
  /** The compiler's notes (.gcno) on profiled files, at the files' paths, if there are any. */
  readonly coverageNotes?: string
  /** uname -r */
  readonly release: string
  readonly treeHash: string
}

/** What is to be built. */
export interface BuildSpec {
  readonly arch: Arch
  /** Fragments on top of base and architecture: names of ours ('debug'), or paths with a slash. @default none */
  readonly fragments?: readonly string[]
  /** The tree has only a part of what the fragments are for: options that it never heard of are passed over. @default false */
  readonly partial?: boolean
  /** Folders of tools/testing/selftests that are to be built as well, static. @default none */
  readonly selftests?: readonly string[]
  /**
   * C files of which the kernel shall count how often each line runs (Documentation/dev-tools/gcov.rst); the configuration must have
   * GCOV_KERNEL. @default none
   */
  readonly profiled?: readonly string[]
}

/** A build, with everything that decides its result known. */
export interface BuildPlan {
  readonly arch: Arch
  readonly treeHash: string
  readonly options: readonly ConfigOption[]
  readonly selftests: readonly string[]
  readonly profiled: readonly string[]
  readonly toolchain: Toolchain
  /** Of the artefacts: tree, options, toolchain, architecture, recipe. The .config is a function of these. */
  readonly key: string
  /** Of all of that but the tree. */
  readonly settings: string
  /**
   * Of the architecture and the fragments' names: names the build folder, in which one tree after another is built. Not of
   * their contents: make rebuilds little when an option changes.
   */
  readonly configKey: string
}

/** Raised when the way of building changes what comes out. */
const RECIPE = 3

/**
 * Reads the fragments and asks the compilers for their versions.
 * @throws FragmentMissing, FragmentSyntax, CommandMissing
 */
export const planBuild = async (treeHash: string, spec: BuildSpec, signal?: AbortSignal): Promise<BuildPlan> => {
  const [asked, toolchain] = await Promise.all([
    readFragments(fragmentFiles(spec.arch, spec.fragments)),
    findToolchain(spec.arch, signal),
  ])
  const options = spec.partial ? asked.map(option => ({ ...option, optional: true as const })) : asked
  const wanted = options.map(({ name, value }) => [name, value])
  const { selftests = [], profiled = [] } = spec
  const given = [spec.arch, wanted, toolchain.id, ...selftests, ...(profiled.length > 0 ? [profiled] : [])]
  return {
    arch: spec.arch,
    treeHash,
    options,
    selftests,
    profiled,
    toolchain,
    key: contentKey([RECIPE, treeHash, ...given]),
    settings: contentKey([RECIPE, ...given]),
    configKey: contentKey([spec.arch, fragmentFiles(spec.arch, spec.fragments).map(shortName)]).slice(0, 8),
  }
}

/** 'securekey/config' of a series wherever its folder is: a copy of a series is built where the series is. */
const shortName = (file: string) => file.split('/').slice(-2).join('/')

/**
 * The artefacts of a tree if they have been built already: no work tree, no make, no network.
 * @param treeHash - of the commit.
 */
export const findArtefacts = async (
  treeHash: string,
  spec: BuildSpec,
  signal?: AbortSignal,
): Promise<Artefacts | undefined> => readArtefacts((await planBuild(treeHash, spec, signal)).key)

export const artefactsDir = (key: string): string => cachePath('artefacts', key)

/** The record of a finished build; written last, so a folder without it is unfinished. */
export const recordName = 'artefacts.json'

/** What is stored: paths relative to the cache folder, so that it may be moved. */
export type ArtefactsRecord = Omit<Artefacts, 'key' | 'dir'>

export const readArtefacts = async (key: string): Promise<Artefacts | undefined> => {
  const dir = artefactsDir(key)
  const text = await readFile(join(dir, recordName), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const record = JSON.parse(text) as ArtefactsRecord
  const { image, config, systemMap, headers, sources, modules, selftests, coverageNotes } = record
  const absolute = {
    image: cachePath(image),
    config: cachePath(config),
    systemMap: cachePath(systemMap),
    headers: cachePath(headers),
    sources: cachePath(sources),
    ...(modules !== undefined && { modules: cachePath(modules) }),
    ...(selftests !== undefined && { selftests: cachePath(selftests) }),
    ...(coverageNotes !== undefined && { coverageNotes: cachePath(coverageNotes) }),
  }
  for (const path of Object.values(absolute)) if (!(await exists(path))) return undefined
  // For whoever cleans the cache: when it was last of use.
  await utimes(dir, new Date(), new Date()).catch(() => {})
  return { ...record, ...absolute, key, dir }
}

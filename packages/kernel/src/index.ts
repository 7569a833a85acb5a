export { NoSuchPackage } from './apt-closure.ts'
export { type AptOptions, AptRefused, NoNetwork } from './apt-private.ts'
export { type PackagesRoot, unpackWithDependencies } from './apt-root.ts'
export { NoAptSources } from './apt-sources.ts'
export { PackageGone } from './apt-tree.ts'
export { type FoundPackage, findPackage, type PackageName, unpackPackage } from './apt-unpack.ts'
export { ARCHES, type Arch, type ArchInfo, compilerOf, crossCompile } from './arch.ts'
export { type Artefacts, type BuildSpec, findArtefacts, planBuild } from './artefacts.ts'
export { type BuildOptions, build, buildDir, type ExportedHeaders } from './build.ts'
export { findToolchain, type Toolchain } from './compiler.ts'
export { type LostOption, makeConfig, OptionsLost } from './configure.ts'
export { needRoom, TooLittleRoom } from './disk.ts'
export { fetchCommits } from './fetch-commits.ts'
export { fetchRef, GitSourceFailed } from './fetch-ref.ts'
export {
  type ConfigOption,
  FragmentMissing,
  FragmentSyntax,
  fragmentFiles,
  fragmentNames,
  fragmentsDir,
  readFragments,
} from './fragment.ts'
export { git } from './git.ts'
export { guardHalfMade } from './half-made.ts'
export { FolderNotClean } from './import-folder.ts'
export { ArchiveDamaged } from './import-tar.ts'
export { NotLinux } from './linux.ts'
export { type BuildError, CompileFailed, type MakeJob, make, parseBuildErrors, treePath, wordError } from './make.ts'
export { completeWishes } from './satisfy.ts'

export { MergeInProgress, NotAWorkTree, type Snapshot, takeSnapshot } from './snapshot.ts'
export {
  defaultVersion,
  type Place,
  parsePlace,
  parseTreeSource,
  sourceLabel,
  type TreeSource,
  TreeSourceSyntax,
} from './source.ts'
export { type ImportOptions, importTree, type KernelTree } from './tree.ts'
export { type BuildWarning, type MakeOutput, parseWarnings } from './warnings.ts'
export {
  type CheckoutOptions,
  checkout,
  LocalChanges,
  localChanges,
  moveWorkTree,
  type WorkTree,
  withWorkTree,
  workTreePath,
} from './work-tree.ts'

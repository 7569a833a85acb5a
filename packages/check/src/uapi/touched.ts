import { ABIS, type AbiName } from '@kseries/uapi-headers'

/** What a file of the tree is exported as. */
export interface Header {
  /** As one writes it in #include. */
  readonly name: string
  /** The one that has it; all if none. */
  readonly arch?: string
}

/** A header of include/uapi or arch/X/include/uapi. */
export const headerOf = (path: string): Header | undefined => {
  const common = /^include\/uapi\/(.+\.h)$/.exec(path)?.[1]
  if (common !== undefined) return { name: common }
  const [, arch, name] = /^arch\/(\w+)\/include\/uapi\/(.+\.h)$/.exec(path) ?? []
  return arch === undefined || name === undefined ? undefined : { name, arch }
}

/** Tables that numbers of system calls are made from. */
const isTable = (path: string) => /^(scripts|arch\/\w+\/.*)\/syscall\w*\.tbl$/.test(path)

const isExports = (path: string) => /^(include|arch\/\w+\/include)\/uapi\/.*Kbuild$/.test(path)

/** Whether what user space is told may differ after these files have changed. */
export const touchesUapi = (paths: readonly string[]): boolean =>
  paths.some(path => headerOf(path) !== undefined || isTable(path) || isExports(path))

/** The headers to read, for each ABI that the files concern. */
export const includesFor = (paths: readonly string[]): ReadonlyMap<AbiName, ReadonlySet<string>> => {
  const headers = paths.flatMap(path => headerOf(path) ?? [])
  const isCommon = paths.some(path => headerOf(path)?.arch === undefined && touchesUapi([path]))
  return new Map(
    Object.values(ABIS).flatMap(({ name: abi, makeArch }) => {
      const own = headers.filter(({ arch }) => arch === undefined || arch === makeArch)
      return own.length === 0 && !isCommon ? [] : [[abi, new Set(own.map(({ name }) => name))]]
    }),
  )
}

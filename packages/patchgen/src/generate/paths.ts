import type { Condition, FileEdit, Operation } from '../edits/types.ts'
import type { Series } from '../series/load.ts'

/** Every path that generating a chain may want to read. */
export const pathsOf = (chain: readonly Series[]): string[] => {
  const patches = chain.flatMap(series => series.patches)
  const paths = patches.flatMap(({ edits, files }) => [
    ...files.flatMap(({ path }) => [path, ...ancestorsOf(path)]),
    ...edits.flatMap(pathsOfEdit),
  ])
  return [...new Set(paths)].toSorted()
}

/** The folders a path is in, from the top. */
export const ancestorsOf = (path: string): string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_part, index, parts) => parts.slice(0, index + 1).join('/'))

const pathsOfEdit = (edit: FileEdit): string[] => {
  if (edit.kind === 'when')
    return [...pathsOfCondition(edit.condition), ...[...edit.edits, ...edit.otherwise].flatMap(pathsOfEdit)]
  return [edit.path, ...(edit.kind === 'edit' ? pathsOfOperations(edit.operations) : [])]
}

/** The files that conditions among operations ask about. */
export const pathsOfOperations = (operations: readonly Operation[]): string[] =>
  operations.flatMap(operation =>
    operation.op === 'when'
      ? [...pathsOfCondition(operation.condition), ...pathsOfOperations([...operation.edits, ...operation.otherwise])]
      : [],
  )

const pathsOfCondition = (condition: Condition): string[] => {
  if ('exists' in condition) return [condition.exists]
  if ('missing' in condition) return [condition.missing]
  return 'file' in condition && condition.file !== undefined ? [condition.file] : []
}

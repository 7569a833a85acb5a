import type { FileEdit, Operation } from '../edits/types.ts'

/** Every operation there is; the compiler sees to it that none is left out. */
const operations: Readonly<Record<Operation['op'], true>> = {
  append: true,
  body: true,
  case: true,
  define: true,
  enumerator: true,
  include: true,
  indexEntry: true,
  initializer: true,
  insert: true,
  kconfigAttribute: true,
  kconfigEntry: true,
  kconfigSource: true,
  kernelDoc: true,
  maintainersLine: true,
  maintainersRecord: true,
  makefileObject: true,
  member: true,
  remove: true,
  replace: true,
  replaceText: true,
  when: true,
}

/** Whether a value is what edits.ts must export. The builders have checked the rest. */
export const isEdits = (value: unknown): value is FileEdit[] => Array.isArray(value) && value.every(isFileEdit)

const isFileEdit = (value: unknown): boolean => {
  if (value === null || typeof value !== 'object') return false
  const edit: Readonly<Partial<Record<'kind' | 'path' | 'operations' | 'edits' | 'otherwise', unknown>>> = value
  switch (edit.kind) {
    case 'edit':
      return typeof edit.path === 'string' && Array.isArray(edit.operations) && edit.operations.every(isOperation)
    case 'delete':
      return typeof edit.path === 'string'
    case 'when':
      return isEdits(edit.edits) && isEdits(edit.otherwise)
    default:
      return false
  }
}

const isOperation = (value: unknown): boolean =>
  value !== null && typeof value === 'object' && Object.hasOwn(operations, (value as { op?: string }).op ?? '')

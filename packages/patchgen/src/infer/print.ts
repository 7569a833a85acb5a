import type { Anchor, FileEdit, Operation, Place } from '../edits/types.ts'

/**
 * The text of an edits.ts that exports these edits, as a person would write it.
 * @throws TypeError for `when`, which is never inferred.
 */
export const printEdits = (edits: readonly FileEdit[]): string => {
  const body = edits.map(edit => `  ${printFileEdit(edit)},\n`).join('')
  const used = builders.filter(name => new RegExp(`(?<![\\w.])${name}[(\`]`).test(body))
  return `import { ${used.join(', ')} } from '@kseries/patchgen'\n\nexport default [\n${body}]\n`
}

const printFileEdit = (edit: FileEdit): string => {
  switch (edit.kind) {
    case 'delete':
      return `deleteFile(${quote(edit.path)})`
    case 'edit':
      return `edit(\n    ${quote(edit.path)},\n${edit.operations.map(one => `    ${printOperation(one)},\n`).join('')}  )`
    case 'when':
      throw new TypeError('Cannot print when(): conditions are written by people')
  }
}

const printOperation = (operation: Operation): string => {
  switch (operation.op) {
    case 'insert':
      return call(operation.where === 'before' ? 'insertBefore' : 'insertAfter', [
        printAnchor(operation.anchor),
        block(operation.text),
      ])
    case 'replace':
      return call('replace', [printAnchor(operation.anchor), block(operation.text)])
    case 'remove':
      return call('remove', [printAnchor(operation.anchor)])
    case 'replaceText':
      return call('replaceText', [quote(operation.old), quote(operation.new), object({ in: operation.in })])
    case 'append':
      return call('append', [block(operation.text)])
    case 'include':
      return call('addInclude', [quote(operation.header), place(operation.place)])
    case 'define':
      return call('addDefine', [block(operation.text), place(operation.place)])
    case 'member':
      return call('addStructMember', [quote(operation.of), block(operation.text), place(operation.place)])
    case 'enumerator':
      return call('addEnumerator', [quote(operation.of), block(operation.text), place(operation.place)])
    case 'initializer':
      return call('addInitializer', [quote(operation.of), block(operation.text), place(operation.place)])
    case 'case':
      return call('addCase', [
        quote(operation.in),
        block(operation.text),
        object({ ...operation.place, on: operation.on }),
      ])
    case 'body':
      return call('insertInFunction', [quote(operation.in), quote(operation.at), block(operation.text)])
    case 'kernelDoc':
      return call('addKernelDoc', [quote(operation.of), block(operation.text), place(operation.place)])
    case 'kconfigEntry':
      return call('addKconfig', [block(operation.text), place(operation.place)])
    case 'kconfigSource':
      return call('addKconfigSource', [quote(operation.path), place(operation.place)])
    case 'kconfigAttribute':
      return call('addToKconfig', [quote(operation.of), quote(operation.text.trim())])
    case 'makefileObject':
      return call('addMakefileObject', [quote(operation.variable), quote(operation.value), place(operation.place)])
    case 'maintainersRecord':
      return call('addMaintainers', [block(operation.text)])
    case 'maintainersLine':
      return call('addToMaintainers', [quote(operation.of), quote(operation.line.trimEnd())])
    case 'indexEntry':
      return call('addIndexEntry', [quote(operation.entry), object({ ...operation.place, toctree: operation.toctree })])
    case 'when':
      throw new TypeError('Cannot print when(): conditions are written by people')
  }
}

const builders = [
  'addCase',
  'addDefine',
  'addEnumerator',
  'addInclude',
  'addIndexEntry',
  'addInitializer',
  'addKconfig',
  'addKconfigSource',
  'addKernelDoc',
  'addMaintainers',
  'addMakefileObject',
  'addStructMember',
  'addToKconfig',
  'addToMaintainers',
  'append',
  'c',
  'declaration',
  'define',
  'deleteFile',
  'edit',
  'fn',
  'insertAfter',
  'insertBefore',
  'insertInFunction',
  'line',
  'remove',
  'replace',
  'replaceText',
  'statement',
]

const printAnchor = (anchor: Anchor): string => {
  switch (anchor.kind) {
    case 'line': {
      const { in: within, following } = anchor
      const scope = object({ in: within, following })
      return scope === '' ? literal(anchor.text) : call('line', [literal(anchor.text), scope])
    }
    case 'statement':
      return call('statement', [literal(anchor.text), object({ in: anchor.in, following: anchor.following })])
    case 'function':
      return call('fn', [quote(anchor.name)])
    case 'declaration':
      return call('declaration', [quote(anchor.name)])
    case 'define':
      return call('define', [quote(anchor.name)])
  }
}

const call = (name: string, parts: readonly string[]) => `${name}(${parts.filter(part => part !== '').join(', ')})`

const place = (given: Place) => object({ ...given })

const object = (members: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(members).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${literal(value)}`],
  )
  return given.length === 0 ? '' : `{ ${given.join(', ')} }`
}

const quote = (value: string): string =>
  `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`

/** A text that is looked for: on several lines as they are. */
const literal = (value: string): string => (value.includes('\n') ? block(value) : quote(value))

/** Whole lines as a c`` template; a text that it would change, as a string. */
const block = (value: string): string => {
  const whole = value.endsWith('\n') ? value : `${value}\n`
  // The tag takes away blanks before the closing backtick, and knows two escapes only.
  const faithful = !/\\[`$]|\r/.test(whole) && !/\n[ \t]+\n$/.test(whole)
  return faithful ? `c\`\n${whole.replaceAll('`', '\\`').replaceAll('${', '\\${')}\`` : quote(whole)
}

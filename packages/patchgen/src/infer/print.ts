import type { Anchor, FileEdit, Operation, Place } from '../edits/types.ts'

/** Columns, as this repository's formatter has them. */
export const WIDTH = 120

/**
 * The text of an edits.ts that exports these edits, as a person would write it.
 * @throws TypeError for `when`, which is never inferred.
 */
export const printEdits = (edits: readonly FileEdit[]): string => {
  const body = edits.map(edit => `  ${printFileEdit(edit, '  ')},\n`).join('')
  return `${printImport(buildersIn(body))}\n\nexport default [\n${body}]\n`
}

/** The builders that a piece of an edits.ts calls, sorted. */
export const buildersIn = (source: string): string[] => builders.filter(name => calls(source, name))

/** Whether a piece of an edits.ts calls a function, or has a template with that tag. */
export const calls = (source: string, name: string): boolean => {
  // What stands in a template or a string is the kernel's.
  const code = source.replaceAll(/(`)(?:\\[^]|[^`\\])*`|(')(?:\\.|[^'\\\n])*'/g, '$1$2')
  return new RegExp(`(?<![\\w.])${name}[(\`]`).test(code)
}

/** The line, or lines where that would be long, that import names of this package. */
export const printImport = (names: readonly string[]): string => {
  const line = `import { ${names.join(', ')} } from '@kseries/patchgen'`
  return line.length <= WIDTH
    ? line
    : `import {\n${names.map(name => `  ${name},\n`).join('')}} from '@kseries/patchgen'`
}

/**
 * One entry of the list that edits.ts exports.
 * @param indent - blanks that the line it stands on begins with.
 */
export const printFileEdit = (edit: FileEdit, indent: string): string => {
  switch (edit.kind) {
    case 'delete':
      return `deleteFile(${quote(edit.path)})`
    case 'edit': {
      const inner = `${indent}  `
      return layOut('edit', [quote(edit.path), ...edit.operations.map(one => printOperation(one, inner))], indent)
    }
    case 'when':
      throw new TypeError('Cannot print when(): conditions are written by people')
  }
}

/**
 * The call that makes an operation.
 * @param indent - blanks that the line it stands on begins with.
 */
export const printOperation = (operation: Operation, indent: string): string => {
  const call = (name: string, parts: readonly string[]) => layOut(name, parts, indent)
  switch (operation.op) {
    case 'insert':
      return call(operation.where === 'before' ? 'insertBefore' : 'insertAfter', [
        printAnchor(operation.anchor, `${indent}  `),
        block(operation.text),
      ])
    case 'replace':
      return call('replace', [printAnchor(operation.anchor, `${indent}  `), block(operation.text)])
    case 'remove':
      return call('remove', [printAnchor(operation.anchor, `${indent}  `)])
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

/** An anchor, as the argument of an operation. */
export const printAnchor = (anchor: Anchor, indent: string): string => {
  const call = (name: string, parts: readonly string[]) => layOut(name, parts, indent)
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

/** On one line if it fits, else an argument a line, as formatters do; a text alone stays in the brackets. */
const layOut = (name: string, parts: readonly string[], indent: string): string => {
  const given = parts.filter(part => part !== '')
  const line = `${name}(${given.join(', ')})`
  const [first = ''] = line.split('\n')
  if (given.length === 1 || (first === line && indent.length + line.length < WIDTH)) return line
  return `${name}(\n${given.map(part => `${indent}  ${part},\n`).join('')}${indent})`
}

const place = (given: Place) => object({ ...given })

const object = (members: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(members).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${literal(value)}`],
  )
  return given.length === 0 ? '' : `{ ${given.join(', ')} }`
}

/** A string literal. */
export const quote = (value: string): string =>
  `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`

/** A text that is looked for: on several lines as they are. */
export const literal = (value: string): string => (value.includes('\n') ? block(value) : quote(value))

/** Whole lines as a c`` template; a text that it would change, as a string. */
export const block = (value: string): string => {
  const whole = value.endsWith('\n') ? value : `${value}\n`
  // The tag takes away blanks before the closing backtick, and knows two escapes only.
  const faithful = !/\\[`$]|\r/.test(whole) && !/\n[ \t]+\n$/.test(whole)
  return faithful ? `c\`\n${whole.replaceAll('`', '\\`').replaceAll('${', '\\${')}\`` : quote(whole)
}

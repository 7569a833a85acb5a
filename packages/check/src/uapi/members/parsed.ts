import type { Syntax } from '@kseries/patchgen'
import { declarationOf } from './owner.ts'
import { functionName } from './types.ts'
import { scopeOf } from './use.ts'

/** One C text, in which names are looked up. */
export class Parsed {
  readonly root: Syntax
  readonly file: string
  readonly #kinds = new Map<string, ReadonlyMap<string, readonly Syntax[]>>()
  #code: string | undefined

  constructor(root: Syntax, file: string) {
    this.root = root
    this.file = file
  }

  /** `x.name`, `x->name`; all if there is no name. */
  fields(name?: string): readonly Syntax[] {
    return this.#named('field_expression', name, node => node.childForFieldName('field')?.text)
  }

  /** `.name` of initialisers. */
  designators(name?: string): readonly Syntax[] {
    return this.#named('field_designator', name, node => node.namedChildren[0]?.text)
  }

  /** Calls of functions whose whole name matches. */
  calls(pattern: RegExp): readonly Syntax[] {
    return this.#named('call_expression', undefined, node => node.childForFieldName('function')?.text).filter(node =>
      pattern.test(node.childForFieldName('function')?.text ?? ''),
    )
  }

  definitions(name: string): readonly Syntax[] {
    return this.#named('function_definition', name, functionName)
  }

  /** Uses of a variable of the function that begins at `scope`. */
  variables(name: string, scope: number): readonly Syntax[] {
    return this.#named('identifier', name, node => node.text).filter(
      node => scopeOf(node)?.startIndex === scope && node.parent?.childForFieldName('declarator')?.id !== node.id,
    )
  }

  /** Given to a macro by its name alone: FIELD_IS_SET(args, reserved). */
  bare(name: string): readonly Syntax[] {
    return this.#named('identifier', name, node => node.text).filter(
      node => node.parent?.type === 'argument_list' && scopeOf(node) && !declarationOf(node),
    )
  }

  /** Whether a member of that name stands where the grammar saw none: in the body of a macro, or after an error. */
  isUnparsed(name: string): boolean {
    this.#code ??= this.root.text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"/g, ' ')
    const said = [...this.#code.matchAll(new RegExp(`(?:->|\\.)\\s*${RegExp.escape(name)}\\b`, 'g'))].length
    return said > this.fields(name).length + this.designators(name).length
  }

  #named(type: string, name: string | undefined, nameOf: (node: Syntax) => string | undefined): readonly Syntax[] {
    let byName = this.#kinds.get(type)
    if (!byName) {
      byName = Map.groupBy(this.root.descendantsOfType(type), node => nameOf(node) ?? '')
      this.#kinds.set(type, byName)
    }
    return name === undefined ? [...byName.values()].flat() : (byName.get(name) ?? [])
  }
}

import { type Syntax, withSyntax } from '@kseries/patchgen'
import { ownerOf, ownerOfDesignator, parametersOf } from './owner.ts'
import { Parsed } from './parsed.ts'
import { addTypes, functionName, nameOf, noTypes, type Types } from './types.ts'
import { type Place, type Use, type UseContext, useOf } from './use.ts'

/** Calls by which the kernel takes what programs give. */
const taking = /^_*(v?memdup_(user|sockptr)\w*|\w*copy_(struct_)?from_(user|sockptr|iter)\w*|get_user\w*)$/

/** Calls by which it gives them something. */
const giving = /^_*(\w*copy_(struct_)?to_(user|sockptr|iter)\w*|put_user\w*|nla_put\w*)$/

/** Calls that look at all of a struct. */
const wholeChecks = /^(memchr_inv|mem_is_zero|memcmp)$/

/** C texts, and what they do with members of structs. */
export class Code {
  readonly #files: ReadonlyMap<string, string>
  readonly #types: Types
  readonly #functions = new Set<string>()
  readonly #inverses = new Set<string>()
  #taken: ReadonlySet<string> | undefined
  #given: ReadonlySet<string> | undefined

  private constructor(files: ReadonlyMap<string, string>, types: Types) {
    this.#files = files
    this.#types = types
  }

  /**
   * @param files - C files by path, that do something.
   * @param headers - texts that only declare.
   */
  static async read(files: ReadonlyMap<string, string>, headers: readonly string[]): Promise<Code> {
    const plain = new Map([...files].map(([path, text]) => [path, withoutAttributes(text)]))
    const code = new Code(plain, noTypes())
    for (const text of [...headers.map(withoutAttributes), ...plain.values()])
      await withSyntax(text, root => {
        addTypes(code.#types, root)
        for (const definition of root.descendantsOfType('function_definition')) {
          const name = functionName(definition)
          if (name !== undefined) code.#functions.add(name)
        }
        for (const macro of root.descendantsOfType('preproc_def')) {
          const name = macro.childForFieldName('name')?.text
          if (name !== undefined && macro.childForFieldName('value')?.text.includes('~')) code.#inverses.add(name)
        }
      })
    return code
  }

  /** Whether a text names a struct or union. */
  names(tag: string): boolean {
    const pattern = new RegExp(`\\b(struct|union)\\s+${RegExp.escape(tag.split('.')[0] ?? '')}\\b`)
    return [...this.#files.values()].some(text => pattern.test(text))
  }

  /** Tags of the structs that are taken from user space. */
  async taken(): Promise<ReadonlySet<string>> {
    return (this.#taken ??= await this.#argumentsOf(taking))
  }

  /** Tags of the structs that are given to user space. */
  async given(): Promise<ReadonlySet<string>> {
    return (this.#given ??= await this.#argumentsOf(giving))
  }

  /** Tags, and those of what these structs have in them. */
  withParts(tags: Iterable<string>): ReadonlySet<string> {
    const all = new Set(tags)
    for (const tag of all)
      for (const member of this.#types.records.get(tag)?.values() ?? []) {
        const part = this.#types.aliases.get(member.tag) ?? member.tag
        if (!member.isPointer && this.#types.records.has(part)) all.add(part)
      }
    return all
  }

  /**
   * What is done with what each place has, in their order. What is done with a member of a struct that cannot be told, may be done
   * with this one.
   */
  async usesOf(places: readonly Place[]): Promise<readonly (readonly Use[])[]> {
    const uses = places.map((): Use[] => [])
    const isWanted = (file: string, text: string) =>
      places.some(place => {
        switch (place.kind) {
          case 'member':
            return text.includes(place.name) || /mem(chr_inv|_is_zero|cmp)/.test(text)
          case 'parameter':
            return text.includes(place.function)
          default:
            return place.file === file
        }
      })
    await this.#each(isWanted, (parsed, context) => {
      for (const [index, place] of places.entries()) uses[index]?.push(...this.#usesIn(parsed, context, place))
    })
    return uses
  }

  /** What is done with members of a struct, where there is no doubt that it is this one. */
  async sureUsesOf(owner: string): Promise<readonly Use[]> {
    const uses: Use[] = []
    await this.#each(always, (parsed, context) => {
      uses.push(...this.#membersIn(parsed, undefined, tag => tag === owner).map(node => useOf(context, node)))
    })
    return uses
  }

  #usesIn(parsed: Parsed, context: UseContext, place: Place): Use[] {
    switch (place.kind) {
      case 'member':
        return [
          ...[
            ...this.#membersIn(parsed, place.name, tag => tag === undefined || tag === place.owner),
            ...parsed.bare(place.name),
          ].map(node => useOf(context, node)),
          ...(parsed.isUnparsed(place.name) || this.#isChecked(parsed, place.owner)
            ? [{ kind: 'checked' as const }]
            : []),
        ]
      case 'variable':
        return parsed.file === place.file
          ? parsed.variables(place.name, place.scope).map(node => useOf(context, node))
          : []
      case 'parameter':
        return parsed.definitions(place.function).map(definition => parameterOf(definition, parsed.file, place.index))
      default:
        return place satisfies never
    }
  }

  #membersIn(parsed: Parsed, name: string | undefined, isOwner: (tag: string | undefined) => boolean): Syntax[] {
    return [
      ...parsed.fields(name).filter(node => isOwner(ownerOf(this.#types, node.childForFieldName('argument')))),
      ...parsed
        .designators(name)
        .filter(node => isOwner(ownerOfDesignator(this.#types, node)))
        .flatMap(node => node.namedChildren.slice(0, 1)),
    ]
  }

  #isChecked(parsed: Parsed, owner: string): boolean {
    return parsed
      .calls(wholeChecks)
      .some(call => argumentsOf(call).some(argument => ownerOf(this.#types, argument) === owner))
  }

  async #argumentsOf(calls: RegExp): Promise<ReadonlySet<string>> {
    const found = new Set<string>()
    const tagsOf = (nodes: readonly Syntax[]) => nodes.flatMap(node => ownerOf(this.#types, node) || [])
    await this.#each(always, parsed => {
      for (const its of parsed.calls(calls).map(argumentsOf)) {
        const tags = tagsOf(its)
        // A struct may be taken into the beginning of a longer one.
        const sizes = its.filter(({ type }) => type === 'sizeof_expression').flatMap(node => node.namedChildren)
        for (const tag of tags.length > 0 ? tags : tagsOf(sizes)) found.add(tag)
      }
    })
    return this.withParts(found)
  }

  async #each(
    isWanted: (file: string, text: string) => boolean,
    look: (parsed: Parsed, context: UseContext) => void,
  ): Promise<void> {
    for (const [file, text] of this.#files) {
      if (!isWanted(file, text)) continue
      const context = { types: this.#types, file, functions: this.#functions, inverses: this.#inverses }
      await withSyntax(text, root => look(new Parsed(root, file), context))
    }
  }
}

const always = () => true

const argumentsOf = (call: Syntax): readonly Syntax[] => call.childForFieldName('arguments')?.namedChildren ?? []

/** They are no C, and the grammar loses what is beside them. As long as before. */
const withoutAttributes = (text: string): string =>
  text.replaceAll(
    /\b__(user|iomem|rcu|percpu|force|must_check|packed|free|cleanup|counted_by\w*|must_hold|acquires|releases|printf|aligned)\b(\([^()]*\))?/g,
    found => ' '.repeat(found.length),
  )

const parameterOf = (definition: Syntax, file: string, index: number): Use => {
  const declarator = parametersOf(definition)[index]?.childForFieldName('declarator')
  const name = declarator ? nameOf(declarator) : undefined
  return name === undefined
    ? { kind: 'checked' }
    : { kind: 'copied', to: { kind: 'variable', file, scope: definition.startIndex, name } }
}

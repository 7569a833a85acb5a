/** What a preprocessed translation unit declares at file scope, and where. Order is that of the source. */
export interface Scan {
  /** Object-like macros with a body, in force at the end. */
  readonly macros: ReadonlyMap<string, { readonly body: string; readonly file: string }>
  /** Tags of structs, unions and enums with a body, and names of typedefs: the file each is from. */
  readonly declared: ReadonlyMap<string, string>
  /** Each enum's enumerators. */
  readonly enums: readonly { readonly tag: string; readonly file: string; readonly names: readonly string[] }[]
  /** Every file that was read. */
  readonly files: readonly string[]
}

interface Token {
  readonly text: string
  readonly file: string
}

/**
 * Reads the output of `gcc -E -dD`. Names and places only: sizes and values are the compiler's business.
 *
 * @param text - preprocessed source with line markers.
 */
export const scanPreprocessed = (text: string): Scan => {
  const macros = new Map<string, { body: string; file: string }>()
  const files = new Set<string>()
  const tokens: Token[] = []
  let file = ''
  for (const line of text.split('\n')) {
    const marker = /^# \d+ "((?:[^"\\]|\\.)*)"/.exec(line)
    if (marker) {
      file = (marker[1] ?? '').replaceAll(/\\(.)/g, '$1')
      if (!file.startsWith('<')) files.add(file)
    } else if (line.startsWith('#define ')) {
      const define = /^#define (\w+)(?:\s+(.*\S))?\s*$/.exec(line)
      const name = define?.[1]
      // A function-like macro of the same name replaces it as well.
      const any = /^#define (\w+)/.exec(line)?.[1]
      if (any !== undefined) macros.delete(any)
      if (name !== undefined && define?.[2] !== undefined) macros.set(name, { body: define[2], file })
    } else if (line.startsWith('#undef ')) macros.delete(line.slice('#undef '.length).trim())
    else if (!line.startsWith('#')) {
      for (const [word] of line.matchAll(/[A-Za-z_]\w*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\.?\d[\w.]*|[^\s\w]/g)) {
        tokens.push({ text: word, file })
      }
    }
  }
  return { macros, files: [...files], ...declarations(tokens) }
}

const declarations = (tokens: readonly Token[]): Pick<Scan, 'declared' | 'enums'> => {
  const declared = new Map<string, string>()
  const enums: { tag: string; file: string; names: string[] }[] = []
  const text = (at: number) => tokens[at]?.text ?? ''
  let depth = 0
  for (let at = 0; at < tokens.length; at++) {
    const { text: word, file } = tokens[at] ?? { text: '', file: '' }
    if (word === '{') depth++
    else if (word === '}') depth--
    else if (word === 'typedef' && depth === 0) {
      const name = typedefName(tokens, at)
      if (name !== undefined) declared.set(name, file)
    } else if (word === 'struct' || word === 'union' || word === 'enum') {
      let next = skipAttributes(tokens, at + 1)
      const tag = /^[A-Za-z_]/.test(text(next)) ? text(next++) : ''
      next = skipAttributes(tokens, next)
      if (text(next) !== '{') continue
      if (tag !== '') declared.set(tag, file)
      if (word === 'enum') enums.push({ tag, file, names: enumerators(tokens, next + 1) })
    }
  }
  return { declared, enums }
}

const skipAttributes = (tokens: readonly Token[], at: number): number => {
  while (/^__attribute(__)?$/.test(tokens[at]?.text ?? '')) at = skipGroup(tokens, at + 1)
  return at
}

/** The place after the group in brackets that begins at `at`. */
const skipGroup = (tokens: readonly Token[], at: number): number => {
  let depth = 0
  for (; at < tokens.length; at++) {
    const word = tokens[at]?.text ?? ''
    if ('([{'.includes(word)) depth++
    else if (')]}'.includes(word) && --depth === 0) return at + 1
  }
  return at
}

/** The last name of a typedef outside brackets. Those of function pointers are in brackets: not found, not needed. */
const typedefName = (tokens: readonly Token[], at: number): string | undefined => {
  let name: string | undefined
  for (at++; at < tokens.length; ) {
    const word = tokens[at]?.text ?? ''
    if (word === ';') return name
    if (word === '(' && !/^__(attribute|typeof)__$|^typeof$/.test(tokens[at - 1]?.text ?? '')) return undefined
    if ('([{'.includes(word)) at = skipGroup(tokens, at)
    else {
      if (/^[A-Za-z_]/.test(word) && !/^__attribute(__)?$/.test(word)) name = word
      at++
    }
  }
  return name
}

const enumerators = (tokens: readonly Token[], at: number): string[] => {
  const names: string[] = []
  let fresh = true
  while (at < tokens.length) {
    const word = tokens[at]?.text ?? ''
    if (word === '}') break
    if ('([{'.includes(word)) {
      at = skipGroup(tokens, at)
      continue
    }
    if (word === ',') fresh = true
    else if (fresh) {
      names.push(word)
      fresh = false
    }
    at++
  }
  return names
}

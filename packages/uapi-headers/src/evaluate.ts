import type { CompileError, CompilerRun } from './compiler.ts'
import { readElf } from './elf.ts'
import type { ConstantValue } from './layout.ts'

/** Results of __builtin_classify_type (gcc/typeclass.h) that can be a constant. */
const TypeClass = { integer: 1, char: 2, enumeral: 3, boolean: 4, pointer: 5 } as const

const integral: ReadonlySet<number> = new Set([
  TypeClass.integer,
  TypeClass.char,
  TypeClass.enumeral,
  TypeClass.boolean,
])

/**
 * Has the compiler evaluate C expressions: what is not a constant integer or a string literal is left out. Nothing is
 * run: values are read from the object file, so it works for any target.
 *
 * @param prelude - source that comes first, such as #include lines.
 * @param expressions - C text by a name of the caller's.
 * @returns values by the same names.
 */
export const evaluate = async (
  compiler: CompilerRun,
  prelude: string,
  expressions: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, ConstantValue>> => {
  const all = [...expressions].filter(([, text]) => isPlausible(text))
  if (all.length === 0) return new Map()

  const classes = new Map<string, number>()
  const classified = await compileWhatCompiles(compiler, prelude, all, entries =>
    table('int', entries, text => `__builtin_classify_type(${text})`),
  )
  const kinds = view(classified.object, '.kseries')
  for (const [index, [name]] of classified.kept.entries()) {
    classes.set(name, kinds.data.getInt32(index * 4, kinds.littleEndian))
  }

  const isInteger = ([name]: readonly [string, string]) => integral.has(classes.get(name) ?? -1)
  const isPointer = ([name]: readonly [string, string]) => classes.get(name) === TypeClass.pointer
  const values = new Map<string, ConstantValue>()

  const integers = await compileWhatCompiles(compiler, prelude, classified.kept.filter(isInteger), entries =>
    table(
      'struct { unsigned long long v, negative; }',
      entries,
      text => `{ (unsigned long long)(${text}), (${text}) < 0 }`,
    ),
  )
  const numbers = view(integers.object, '.kseries')
  for (const [index, [name]] of integers.kept.entries()) {
    const raw = numbers.data.getBigUint64(index * 16, numbers.littleEndian)
    const negative = numbers.data.getBigUint64(index * 16 + 8, numbers.littleEndian) !== 0n
    values.set(name, constantOf(negative ? BigInt.asIntN(64, raw) : raw))
  }

  const strings = await compileWhatCompiles(compiler, prelude, classified.kept.filter(isPointer), entries =>
    entries
      .map(
        ([, text], index) =>
          `#line ${index + 1} "kseries"\nconst char kseries_${index}[] __attribute__((section(".kseries.${index}"))) = ${text};`,
      )
      .join('\n'),
  )
  const { sections } = readElf(strings.object)
  for (const [index, [name]] of strings.kept.entries()) {
    const bytes = sections.get(`.kseries.${index}`) ?? new Uint8Array(1)
    values.set(name, Buffer.from(bytes.subarray(0, -1)).toString('utf8'))
  }
  return values
}

/** A number if a double holds it, else its digits. */
export const constantOf = (value: bigint): ConstantValue =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : { bigint: String(value) }

/** Keeps out what would change the meaning of the lines around it: unbalanced brackets, statements, directives. */
const isPlausible = (text: string): boolean => {
  const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '0')
  if (/[{};#\\"']|\b(typedef|_Pragma|__asm__|asm|return|goto|do|while|if|for)\b/.test(bare)) return false
  let depth = 0
  for (const char of bare) {
    if (char === '(' || char === '[') depth++
    if ((char === ')' || char === ']') && --depth < 0) return false
  }
  return depth === 0
}

/**
 * A declaration for each expression, so that the parser is itself again after a bad one. They follow each other in their
 * section as in the source (-fno-toplevel-reorder).
 */
const table = (type: string, entries: readonly (readonly [string, string])[], item: (text: string) => string) =>
  [
    `typedef ${type} kseries_item;`,
    ...entries.map(
      ([, text], index) =>
        `#line ${index + 1} "kseries"\nconst kseries_item kseries_${index} __attribute__((section(".kseries"))) = ${item(text)};`,
    ),
  ].join('\n')

/** Compiles, and again without the lines that have errors, until none has. */
const compileWhatCompiles = async (
  compiler: CompilerRun,
  prelude: string,
  entries: readonly (readonly [string, string])[],
  source: (entries: readonly (readonly [string, string])[]) => string,
) => {
  let kept = entries
  for (;;) {
    const result = await compiler.compile(`${prelude}\n${source(kept)}\n`, ['-fno-toplevel-reorder'])
    if (result instanceof Uint8Array) return { kept, object: result }
    const bad = linesOf(result)
    let remaining: readonly (readonly [string, string])[] = kept.filter((_entry, index) => !bad.has(index + 1))
    if (remaining.length === kept.length) {
      throw new TypeError(`The compiler rejects no single expression but all: ${JSON.stringify(result.slice(0, 3))}`)
    }
    if (result.some(isUndeclared)) remaining = await declaredOnly(compiler, prelude, remaining)
    kept = remaining
  }
}

const linesOf = (errors: readonly CompileError[]): ReadonlySet<number> =>
  new Set(errors.filter(({ file }) => file === 'kseries').map(({ line }) => line))

const isUndeclared = ({ message }: CompileError) => message.includes('undeclared')

/**
 * Without what has names that nothing declares. Outside of functions gcc names each of those once, so that of thirty macros for
 * members of one struct each would cost a run.
 */
const declaredOnly = async (
  compiler: CompilerRun,
  prelude: string,
  entries: readonly (readonly [string, string])[],
): Promise<readonly (readonly [string, string])[]> => {
  const functions = entries.map(
    ([, text], index) =>
      `#line ${index + 1} "kseries"\nvoid kseries_${index}(void) { (void)__builtin_classify_type(${text}); }`,
  )
  const result = await compiler.compile(`${prelude}\n${functions.join('\n')}\n`)
  if (result instanceof Uint8Array) return entries
  const bad = linesOf(result.filter(isUndeclared))
  return entries.filter((_entry, index) => !bad.has(index + 1))
}

const view = (object: Uint8Array, section: string) => {
  const { sections, littleEndian } = readElf(object)
  const bytes = sections.get(section) ?? new Uint8Array()
  return { data: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), littleEndian }
}

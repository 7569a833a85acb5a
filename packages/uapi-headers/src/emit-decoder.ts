import { isBytes } from './codec/compile.ts'
import { preamble, printers, program } from './decoder-program.ts'
import { UnknownStruct } from './errors.ts'
import { type AbiDescription, hoist, type InlineRecord, type TypeLayout } from './layout.ts'
import { includeLines } from './verify.ts'

/**
 * A C program that decodes structs with the compiler's own idea of them: proof that bytes made by our codecs mean in C
 * what was meant here. It reads records from the file named by its first argument, or from standard input, and prints a
 * line for each member that has a value:
 *
 *     #0 sockaddr_alg              record 0; arrays of bytes in hexadecimal, all else in decimal
 *     salg_family=38
 *     salg_name=x736f6674…
 *     params[1].a=18446744073709551615
 *
 * A record is two 32-bit numbers in the byte order of the machine it runs on, the struct's place in `structs` and the
 * number of bytes, then the bytes (`encodeRecords` makes them). It ends with status 0 and the line `#end`; a malformed
 * record: status 1 and a line that begins with `#error`.
 *
 * It is compiled twice and linked: with -DDECODER_STRUCTS, against the exported headers alone, and without, against nolibc
 * (`-include …/nolibc.h`) or any libc. Not at once, because nolibc has its own idea of some structs: its timespec is 64 bits
 * wide on every ABI (tools/include/nolibc/types.h:19).
 *
 * @param structs - names of records of the description, each with all it contains.
 * @throws UnknownStruct
 */
export const emitDecoderC = (description: AbiDescription, structs: readonly string[]): string => {
  const needed = new Set<string>()
  for (const name of structs) collect(description, name, needed)
  const functions = [...needed].map(name => recordFunction(description, name))
  return [
    preamble,
    '#ifdef DECODER_STRUCTS',
    includeLines(description),
    printers,
    ...functions,
    'const struct decoder decoders[] = {',
    ...structs.map(name => `\t{ ${JSON.stringify(name)}, sizeof(${description.records[name]?.c}), dump_${name} },`),
    '};',
    'const unsigned int decoder_count = sizeof(decoders) / sizeof(decoders[0]);',
    '#else',
    program,
    '#endif',
    '',
  ].join('\n')
}

/** Those that a record contains come first. */
const collect = (description: AbiDescription, name: string, into: Set<string>): void => {
  const record = description.records[name]
  if (!record) throw new UnknownStruct(description, name)
  if (into.has(name)) return
  const visit = (type: TypeLayout): void => {
    if (type.kind === 'record') collect(description, type.name, into)
    else if (type.kind === 'array') visit(type.of)
    else if (type.kind === 'struct' || type.kind === 'union') for (const member of type.members) visit(member.type)
  }
  for (const member of record.members) visit(member.type)
  into.add(name)
}

/** The function that prints a record; `end` is where its bytes end, flexible data included. */
const recordFunction = (description: AbiDescription, name: string): string => {
  const record = description.records[name]
  if (!record) throw new UnknownStruct(description, name)
  const body = membersOf(record, 'p->', '', 0, 'end')
  return [
    `static void dump_${name}(const unsigned char *start, const unsigned char *end)`,
    '{',
    `\tconst ${record.c} *p = (const void *)start;`,
    '\t(void)p, (void)end;',
    ...body.map(line => `\t${line}`),
    '}',
    '',
  ].join('\n')
}

/**
 * @param access - C text that comes before a member's name.
 * @param path - printed before a member's name.
 * @param depth - of loops around; names their counters.
 * @param end - C text for where flexible data at the end of the record ends.
 */
const membersOf = (record: InlineRecord, access: string, path: string, depth: number, end: string): string[] =>
  hoist(record).flatMap(member => {
    const name = path === '' ? member.name : `${path}.${member.name}`
    if (member.bits) return [`INTEGER(${JSON.stringify(name)}, ${access}${member.name});`]
    return valueOf(member.type, `${access}${member.name}`, name, depth, member.isLast ? end : undefined)
  })

/** @param end - nothing when other members follow. */
const valueOf = (
  type: TypeLayout,
  access: string,
  path: string,
  depth: number,
  end: string | undefined,
): readonly string[] => {
  const label = JSON.stringify(path)
  const ownEnd = end ?? `(const unsigned char *)(&${access} + 1)`
  switch (type.kind) {
    case 'int':
      return [type.size > 8 ? `WIDE(${label}, ${access});` : `INTEGER(${label}, ${access});`]
    case 'enum':
      return [`INTEGER(${label}, ${access});`]
    case 'pointer':
      return [`INTEGER(${label}, (unsigned long)(${access}));`]
    case 'float':
      return [`BYTES(${label}, &${access}, sizeof(${access}));`]
    case 'array': {
      const bytes = type.flexible ? (end === undefined ? '0ul' : `LEFT(${end}, ${access})`) : `sizeof(${access})`
      if (isBytes(type.of)) return [`BYTES(${label}, ${access}, ${bytes});`]
      const index = `i${depth}`
      const element = `${access}[${index}]`
      return [
        `for (unsigned long ${index} = 0; ${index} < COUNT(${bytes}, ${access}[0]); ${index}++) {`,
        `\tunsigned long mark${depth} = enter_index(${label}, ${index});`,
        ...valueOf(type.of, element, '', depth + 1, undefined).map(line => `\t${line}`),
        `\tleave(mark${depth});`,
        '}',
      ]
    }
    case 'record':
      return [
        '{',
        `\tunsigned long mark = enter(${label});`,
        `\tdump_${type.name}((const unsigned char *)&${access}, ${ownEnd});`,
        '\tleave(mark);',
        '}',
      ]
    case 'struct':
    case 'union':
      return membersOf(type, `${access}.`, path, depth, ownEnd)
  }
}

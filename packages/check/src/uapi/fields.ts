import { type AbiDescription, hoist, type InlineRecord, sizeOf, type TypeLayout } from '@kseries/uapi-headers'

/** A member of a struct, or of a struct without a tag in it, as user space reaches it. */
export interface Field {
  /** 'a', 'b.c', 'd[].e' */
  readonly path: string
  /** The first bit, from the start of the outermost struct. */
  readonly at: number
  /** In bits. */
  readonly width: number
  /** What memory has there. */
  readonly shape: string
  /** How the header spells the type. */
  readonly spelling: string
}

/** The fields of a record, those of structs without a tag among them; structs with one are described for themselves. */
export const fieldsOf = (description: AbiDescription, record: InlineRecord, prefix = '', base = 0): Field[] =>
  hoist(record).flatMap(({ name, offset, type, bits }) => {
    const path = `${prefix}${name}`
    const at = base + (bits?.at ?? offset * 8)
    const width = bits?.width ?? sizeOf(description, type) * 8
    const inner = inlineOf(type)
    return [
      { path, at, width, shape: `${shapeOf(type)}${bits ? `:${width}` : ''}`, spelling: spell(type) },
      ...(inner ? fieldsOf(description, inner, `${path}${type.kind === 'array' ? '[]' : ''}.`, at) : []),
    ]
  })

/** The struct without a tag that a type is, or is an array of. */
export const inlineOf = (type: TypeLayout): InlineRecord | undefined => {
  if (type.kind === 'array') return inlineOf(type.of)
  return type.kind === 'struct' || type.kind === 'union' ? type : undefined
}

/** There to be used one day: what comes of it is no change. */
export const isSpare = (path: string): boolean =>
  /(^|\.)_*(reserved|resv|rsvd|pad|padding|unused|spare)\w*$/i.test(path)

const spell = (type: TypeLayout): string => {
  switch (type.kind) {
    case 'array':
      return `${spell(type.of)}[${type.flexible ? '' : type.count}]`
    case 'record':
      return type.name
    case 'struct':
    case 'union':
      return `${type.kind} {…}`
    case 'int':
    case 'enum':
    case 'float':
    case 'pointer':
      return type.c
  }
}

const shapeOf = (type: TypeLayout): string => {
  switch (type.kind) {
    case 'array':
      return `${shapeOf(type.of)}[${type.count}]`
    case 'record':
      return type.name
    case 'struct':
    case 'union':
      return type.kind
    case 'int':
    case 'enum':
      return `${type.signed ? 's' : 'u'}${type.size * 8}`
    case 'float':
    case 'pointer':
      return `${type.kind}${type.size * 8}`
  }
}

/**
 * What a series says about files of the kernel, as plain data: edits.ts makes it with the builders of builders.ts, the
 * resolver applies it to a text. Every text is whole lines, exactly as the kernel will have them.
 */

/** A place in a file. Whitespace in `text` matches any whitespace; everything else matches literally. */
export type Anchor =
  | {
      /** The line, or lines, that hold `text`. */
      readonly kind: 'line'
      readonly text: string
      readonly in?: string
      readonly following?: string
    }
  | {
      /** The whole statement, or declaration, of a function that begins with `text`. */
      readonly kind: 'statement'
      readonly text: string
      readonly in: string
      readonly following?: string
    }
  /** A function's definition, with the comment that stands right above it. */
  | { readonly kind: 'function'; readonly name: string }
  /** Any other thing of the file's top level: `struct x`, `enum x`, a variable, a prototype, a typedef; with its comment. */
  | { readonly kind: 'declaration'; readonly name: string }
  /** A `#define`, with its continuation lines. */
  | { readonly kind: 'define'; readonly name: string }

/** Next to which sibling; neither: the end of the list. */
export interface Place {
  readonly after?: string
  readonly before?: string
}

export type Condition =
  | { readonly contains: string; readonly file?: string }
  | { readonly lacks: string; readonly file?: string }
  | { readonly exists: string }
  | { readonly missing: string }
  | { readonly base: string }

export type Operation =
  | { readonly op: 'insert'; readonly where: 'before' | 'after'; readonly anchor: Anchor; readonly text: string }
  | { readonly op: 'replace'; readonly anchor: Anchor; readonly text: string }
  | { readonly op: 'remove'; readonly anchor: Anchor }
  | { readonly op: 'replaceText'; readonly old: string; readonly new: string; readonly in?: string }
  | { readonly op: 'append'; readonly text: string }
  | { readonly op: 'include'; readonly header: string; readonly place: Place }
  | { readonly op: 'define'; readonly text: string; readonly place: Place }
  | { readonly op: 'member'; readonly of: string; readonly text: string; readonly place: Place }
  | { readonly op: 'enumerator'; readonly of: string; readonly text: string; readonly place: Place }
  | { readonly op: 'initializer'; readonly of: string; readonly text: string; readonly place: Place }
  | { readonly op: 'case'; readonly in: string; readonly text: string; readonly place: Place; readonly on?: string }
  | {
      readonly op: 'body'
      readonly in: string
      readonly at: 'start' | 'declarations' | 'end'
      readonly text: string
    }
  | { readonly op: 'kernelDoc'; readonly of: string; readonly text: string; readonly place: Place }
  | { readonly op: 'kconfigEntry'; readonly text: string; readonly place: Place }
  | { readonly op: 'kconfigSource'; readonly path: string; readonly place: Place }
  | { readonly op: 'kconfigAttribute'; readonly of: string; readonly text: string }
  | { readonly op: 'makefileObject'; readonly variable: string; readonly value: string; readonly place: Place }
  | { readonly op: 'maintainersRecord'; readonly text: string }
  | { readonly op: 'maintainersLine'; readonly of: string; readonly line: string }
  | { readonly op: 'indexEntry'; readonly entry: string; readonly place: Place; readonly toctree?: string }
  | {
      readonly op: 'when'
      readonly condition: Condition
      readonly edits: readonly Operation[]
      readonly otherwise: readonly Operation[]
    }

export type FileEdit =
  | { readonly kind: 'edit'; readonly path: string; readonly operations: readonly Operation[] }
  | { readonly kind: 'delete'; readonly path: string }
  | {
      readonly kind: 'when'
      readonly condition: Condition
      readonly edits: readonly FileEdit[]
      readonly otherwise: readonly FileEdit[]
    }

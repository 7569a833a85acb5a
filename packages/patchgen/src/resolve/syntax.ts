import { fileURLToPath } from 'node:url'
import type { Node, Parser } from 'web-tree-sitter'

/** A parsed C text. */
export type Syntax = Node

let parser: Promise<Parser> | undefined

/**
 * A parser of a language whose grammar npm brings. Loaded when first needed: generating what is known already must not wait
 * for two WebAssembly modules.
 * @param grammarPackage - 'tree-sitter-c', which has tree-sitter-c.wasm.
 */
export const loadParser = async (grammarPackage: string): Promise<Parser> => {
  const { Language, Parser } = await import('web-tree-sitter')
  await Parser.init()
  const grammar = new URL(`${grammarPackage}.wasm`, import.meta.resolve(`${grammarPackage}/package.json`))
  const made = new Parser()
  made.setLanguage(await Language.load(fileURLToPath(grammar)))
  return made
}

let latest: { readonly text: string; readonly root: Syntax; readonly free: () => void } | undefined

/**
 * Gives the syntax tree of a C text, with error nodes where the kernel's macros are not C, to `use`.
 * @param use - must not keep nodes: the tree's memory is reused.
 */
export const withSyntax = async <T>(text: string, use: (root: Syntax) => T): Promise<T> => {
  parser ??= loadParser('tree-sitter-c')
  const ready = await parser
  // From here on nothing waits, so nobody can free the tree under us.
  if (latest?.text !== text) {
    const tree = ready.parse(text)
    if (!tree) throw new Error('tree-sitter gave no tree')
    latest?.free()
    latest = { text, root: tree.rootNode, free: () => tree.delete() }
  }
  return use(latest.root)
}

import { dirname, posix } from 'node:path'

/** What a page of Documentation names: as far as its lines tell, which is not what Sphinx reads, but no less than it. */
export interface Page {
  /** Files of the tree of which it is made. */
  readonly files: readonly string[]
  /** Pages, without .rst and Documentation/, that it is above. */
  readonly toctree: readonly string[]
  /** The same, with :glob:. */
  readonly patterns: readonly RegExp[]
  /** Pages that it names by :doc:. */
  readonly docs: readonly string[]
  /** Labels that it refers to, and that it has. */
  readonly refs: readonly string[]
  readonly labels: readonly string[]
  /** Pages of whose sections it names one: sphinx.ext.autosectionlabel has `page:Section` as a label. */
  readonly sections: readonly string[]
}

export const isPage = (path: string): boolean => path.startsWith(docs) && path.endsWith('.rst')
/** What Sphinx calls a page. */
export const nameOf = (path: string): string => path.slice(docs.length).replace(/\.rst$/, '')
export const pathOf = (name: string): string => `${docs}${name}.rst`

const docs = 'Documentation/'

/** Directives by which a page takes in a file: named from the top of the tree, or from the page's folder. */
export const fromTop = ['kernel-doc', 'kernel-include'] as const
export const fromFolder = ['include', 'literalinclude', 'figure', 'image', 'kernel-figure', 'kernel-image'] as const

export const readPage = (path: string, text: string): Page => {
  const lines = text.split('\n')
  const files: string[] = []
  const toctree: string[] = []
  const patterns: RegExp[] = []
  for (const [at, line] of lines.entries()) {
    const [, indent = '', name, argument = ''] = /^(\s*)\.\. ([\w-]+)::\s*(.*?)\s*$/.exec(line) ?? []
    if (name === 'toctree') {
      const body = bodyOf(lines.slice(at + 1), indent.length)
      const isGlob = body.some(one => one.trim() === ':glob:')
      for (const entry of body) {
        const target = targetOf(path, entry)
        if (target === undefined) continue
        if (isGlob && /[*?[]/.test(target)) patterns.push(globOf(target))
        else toctree.push(target)
      }
    } else if (name !== undefined) files.push(...fileOf(path, name, argument))
    const [, exported = ''] = /^\s+:(?:export|internal|file):\s*(.*?)\s*$/.exec(line) ?? []
    files.push(...exported.split(/\s+/).filter(word => word.includes('/')))
  }
  const refs = rolesOf(text, 'ref|numref')
  return {
    files: [...new Set(files)],
    toctree,
    patterns,
    docs: rolesOf(text, 'doc').flatMap(target => targetOf(path, target) ?? []),
    refs: refs.map(labelOf),
    sections: refs.flatMap(ref => /^([^:]+):/.exec(ref)?.[1] ?? []),
    labels: [...text.matchAll(/^\s*\.\. _(?:`([^`]+)`|([^:\n]+)):\s*$/gm)].map(([, quoted, plain = '']) =>
      labelOf(quoted ?? plain),
    ),
  }
}

/** Whether a page is below another one. */
export const isBelow = (name: string, { toctree, patterns }: Page): boolean =>
  toctree.includes(name) || patterns.some(pattern => pattern.test(name))

/** The file that a directive takes in, if it is such a one. */
export const fileOf = (path: string, name: string, argument: string): string[] => {
  if (argument === '' || /[$<]|:\/\//.test(argument)) return []
  if (fromTop.some(one => one === name)) return [posix.normalize(argument)]
  if (!fromFolder.some(one => one === name)) return []
  const file = argument.startsWith('/') ? posix.join(docs, argument) : posix.join(dirname(path), argument)
  return file.startsWith('..') ? [] : [file]
}

/** The lines below a directive that stand further in. */
const bodyOf = (lines: readonly string[], indent: number): string[] => {
  const end = lines.findIndex(line => line.trim() !== '' && line.search(/\S/) <= indent)
  return end === -1 ? [...lines] : lines.slice(0, end)
}

/** 'a/b' of an entry `Title <b>` in a page of a/. */
const targetOf = (path: string, entry: string): string | undefined => {
  const target = (/<([^>]+)>\s*$/.exec(entry)?.[1] ?? entry).trim().replace(/\.rst$/, '')
  if (target === '' || target === 'self' || /^[:#.]|:\/\//.test(target)) return undefined
  return target.startsWith('/') ? target.slice(1) : posix.join(dirname(nameOf(path)), target)
}

/** What roles name: `title <target>`, or `target`. */
const rolesOf = (text: string, role: string): string[] =>
  [...text.matchAll(new RegExp(`:(?:${role}):\`([^\`]+)\``, 'g'))].map(
    ([, content = '']) => /<([^>]+)>\s*$/.exec(content)?.[1] ?? content,
  )

const labelOf = (text: string) => text.replaceAll(/\s+/g, ' ').trim().toLowerCase()

const globOf = (pattern: string): RegExp => {
  const parts = pattern
    .split(/(\*\*|\*|\?|\[[^\]]*\])/)
    .map((part, at) => (at % 2 === 0 ? RegExp.escape(part) : ({ '**': '.*', '*': '[^/]*', '?': '[^/]' }[part] ?? part)))
  return new RegExp(`^${parts.join('')}$`)
}

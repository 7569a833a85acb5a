import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KseriesError } from '@kseries/host'

/**
 * Numbers of the system call interface that `make headers` does not export, because libc has always had its own copy:
 * address families, socket levels and message flags are in include/linux/socket.h, socket types in include/linux/net.h.
 * They are taken from the tree and not from a libc, so that what a series adds is seen, and no libc for the target is
 * needed. Neither header can be included from user space, so the definitions are cut out of them.
 */
export const privateHeaders = ['include/linux/socket.h', 'include/linux/net.h'] as const

const wanted: Readonly<Record<(typeof privateHeaders)[number], { macros: RegExp; enums: RegExp }>> = {
  'include/linux/socket.h': { macros: /^(?:AF|PF|SOL|MSG|SCM)_[A-Z]\w*$|^SOMAXCONN$/, enums: /^$/ },
  'include/linux/net.h': {
    macros: /^SOCK_(?:MAX|TYPE_MASK|CLOEXEC|NONBLOCK)$/,
    enums: /^(?:sock_type|sock_shutdown_cmd)$/,
  },
}

/**
 * Stand-ins for the few libc headers that exported headers include (sys/socket.h, sys/time.h, string.h, …), kept in the
 * tree for its own test of them (usr/include/Makefile). Older trees lack the folder.
 */
export const libcStandIns = (tree: string | undefined): readonly string[] =>
  tree === undefined ? [] : [join(tree, 'usr/dummy-include')]

/**
 * The definitions as C source, each under a line marker naming its header.
 * @param tree - a kernel source tree.
 * @throws NotAKernelTree
 */
export const privateDefinitions = async (tree: string): Promise<string> => {
  const parts: string[] = []
  for (const header of privateHeaders) {
    const source = await readFile(join(tree, header), 'utf8').catch((error: unknown) => {
      throw new NotAKernelTree(tree, `it has no ${header}`, error)
    })
    const definitions = cut(source, wanted[header].macros, wanted[header].enums)
    if (definitions.length === 0) throw new NotAKernelTree(tree, `its ${header} defines nothing of that`)
    parts.push(`# 1 "${header}"`, ...definitions)
  }
  return `${parts.join('\n')}\n`
}

/**
 * Cuts #define lines and enums out of C source.
 * @param macros - names of object-like macros wanted. Of several definitions under #if/#else the last is kept, which for
 * MSG_CMSG_COMPAT is that of a kernel without compat: user space never passes it.
 */
export const cut = (source: string, macros: RegExp, enums: RegExp): readonly string[] => {
  const bare = source
    .replaceAll(/\\\n/g, ' ')
    .replaceAll(/\/\*[^]*?\*\//g, ' ')
    .replaceAll(/\/\/.*$/gm, '')
  const defines = [...bare.matchAll(/^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+(\S.*?)[ \t]*$/gm)]
    .filter(([, name = '']) => macros.test(name))
    .flatMap(([, name = '', body = '']) => [`#undef ${name}`, `#define ${name} ${body}`])
  const bodies = [...bare.matchAll(/\benum\s+(\w+)\s*\{([^}]*)\}/g)]
    .filter(([, tag = '']) => enums.test(tag))
    .map(([, tag = '', body = '']) => `enum ${tag} {${body.replaceAll(/\s+/g, ' ')}};`)
  return [...defines, ...bodies]
}

/** The folder given as a kernel tree lacks what every kernel has. */
export class NotAKernelTree extends KseriesError {
  constructor(tree: string, why: string, cause?: unknown) {
    super(`Cannot read socket constants as '${tree}' must be a kernel source tree: ${why}`, {
      hint: 'Give the root of the sources the headers were exported from.',
      cause,
    })
  }
}

import type { Problem } from '../model/finding.ts'

/**
 * Debian 12's sparse 0.6.4 does not know __typeof_unqual__, and scripts/checker-valid.sh refuses it for that alone. Read as
 * __typeof__ it keeps a qualifier too many, which may hide a warning and brings none that the parent had not.
 */
export const unqualified = '-D__typeof_unqual__=__typeof__'

export const sparseCommand = `sparse ${unqualified}`

/**
 * sparse does not compute __builtin_strlen(), so that the static_assert() behind MODULE_INFO() (include/linux/moduleparam.h) is no
 * constant to it: it says so of each MODULE_LICENSE() and the like.
 * @param source - the file that the problem is in.
 */
export const isFlawOfSparse = ({ tool, text, line = 0 }: Problem, source: string): boolean =>
  tool === 'sparse' && text === 'bad constant expression' && /^MODULE_\w+\(/.test(source.split('\n')[line - 1] ?? '')

/** A line of the console, taken apart. */
export interface PrintkLine {
  /** Without level, time and caller. */
  readonly message: string
  /** Whether printk's own prefix was there. */
  readonly prefixed: boolean
  /** Seconds since boot, CONFIG_PRINTK_TIME. */
  readonly kernelTime?: number
  /** "T1" for a task, "C0" for a processor, CONFIG_PRINTK_CALLER. */
  readonly caller?: string
}

// kernel/printk/printk.c: print_syslog() "<4>", print_time() "[%5lu.%06lu]", print_caller() "[%6s]", then a space.
const prefix = /(?:<\d+>)?(?:\[ *(\d+\.\d{6})\](?:\[ *([TC]\d+)\])?|\[ *([TC]\d+)\])(?: |$)/
const level = /^<\d+>/

/**
 * Takes a console line apart. The prefix may come in the middle: the kernel speaks when it must, also when a program has
 * begun a line.
 */
export const parsePrintkLine = (line: string): PrintkLine => {
  const first = line.charCodeAt(0)
  // '[' or '<' begin nearly all lines with a prefix; others are searched only if they hold a '['.
  if (first !== 91 && first !== 60 && !line.includes('[')) return { message: line, prefixed: false }
  const match = prefix.exec(line)
  if (match === null) return { message: first === 60 ? line.replace(level, '') : line, prefixed: false }
  const message = line.slice(match.index + match[0].length)
  const caller = match[2] ?? match[3]
  return {
    message,
    prefixed: true,
    ...(match[1] === undefined ? {} : { kernelTime: Number(match[1]) }),
    ...(caller === undefined ? {} : { caller }),
  }
}

/** Everything the kernel, or the firmware beside it, says about itself that no healthy one says. */
export type FindingKind =
  | 'panic'
  | 'oops'
  | 'bug'
  | 'warn'
  | 'kasan'
  | 'kcsan'
  | 'kmsan'
  | 'kfence'
  | 'ubsan'
  | 'slub'
  | 'lockdep'
  | 'kmemleak'
  | 'rcu-stall'
  | 'lockup'
  | 'hung-task'
  | 'dma-api'
  | 'refcount'
  | 'ref-tracker'
  | 'atomic-sleep'
  | 'out-of-memory'
  | 'allocation-failure'
  | 'no-root'
  /** Of the secure world: a trusted application. The core's own death is a panic. */
  | 'ta-panic'
  /** Nothing on the console: the machine ended by itself. */
  | 'silent-end'

/** One report on the console. */
export interface Finding {
  readonly kind: FindingKind
  /** The line that says what it is, without prefixes: "BUG: KASAN: slab-out-of-bounds in f+0x1/0x2". */
  readonly title: string
  /** Where, when the report says so: a file of the kernel and a line in it. */
  readonly file?: string
  readonly line?: number
  /** The function named by the title, without its offset. */
  readonly function?: string
  /** The report, a line each, without printk's prefixes. */
  readonly text: string
  /** Its first line as a number of the console's lines, from 1; 0 if it is on none. */
  readonly consoleLine: number
  /** The kernel's clock in seconds, when printk says it. */
  readonly kernelTime?: number
  /** Whether the report was seen to its end: not cut by the next report, a limit or the end of the console. */
  readonly complete: boolean
}

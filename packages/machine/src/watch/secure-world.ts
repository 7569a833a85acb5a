import type { PrintkLine } from './printk-line.ts'
import type { Rule } from './rules.ts'

/** What titles of reports of the secure world's own death begin with. */
export const secureWorld = 'secure world: '

// core/include/trace.h of OP-TEE: a level, who (TC the core, LD the loader, TA an application), of the core its processor and thread.
const corePrefix = /^[EIDFM]\/TC:(?:[\d?]+ [\d?]+)? ?/

/**
 * Takes a line of the secure console apart. Of lines of the core the prefix goes; others keep it, so that what a trusted application
 * prints is no report of the core's.
 */
export const parseSecureLine = (line: string): PrintkLine => ({ message: line.replace(corePrefix, ''), prefixed: true })

const all = { while: /^/ } as const
// Registers are indented; the loader then tells of the application's memory and stack (OP-TEE's ldelf/main.c:dump_ta_state).
const aboutTa = { while: /^(?:\s|$|E\/LD:)/ } as const

/** Lines that begin a report. The texts are those of OP-TEE 4.10 and TF-A 2.12 (file in the comment). */
export const secureRules: readonly Rule[] = [
  // core/arch/arm/kernel/abort.c:__print_abort_info; what follows is a panic
  { kind: 'panic', pattern: /^Core (?:data|prefetch|undef)-abort at address /, end: all, title: secureWorld },
  // core/kernel/panic.c:__do_panic: "Panic at", "Panic 'unhandled pageable abort' at", "Panic"
  { kind: 'panic', pattern: /^Panic(?:$| at \S+:\d+| '.*' at \S+:\d+)/, end: all, title: secureWorld },
  // core/kernel/assert.c, which panics
  { kind: 'panic', pattern: /^assertion (?:'.*' )?failed/, end: all, title: secureWorld },
  // TF-A, bl31/aarch64/crash_reporting.S, common/backtrace, lib/aarch64. Not "PANIC at PC": its power-off on QEMU runs into that while
  // QEMU has not yet ended (plat/qemu/common/qemu_pm.c); at other times the machine stands still after it.
  {
    kind: 'panic',
    pattern: /^(?:PANIC in EL3|Unhandled (?:Exception|Interrupt Exception) (?:in|from) EL3|ASSERT: )/,
    end: all,
    title: secureWorld,
  },
  // core/kernel/scall.c:scall_sys_return_helper; core/arch/arm/kernel/abort.c:abort_print_current_ts
  { kind: 'ta-panic', pattern: /^TA panicked with code /, end: aboutTa },
  { kind: 'ta-panic', pattern: /^User mode (?:data|prefetch|undef)-abort at address /, end: aboutTa },
]

/** The rule that a message begins a report by, if any. */
export const secureRuleFor = (message: string): Rule | undefined =>
  secureRules.find(({ pattern }) => pattern.test(message))

/** Which trusted application a report is about, as the loader says. */
export const taOf = (text: string): string | undefined => /Status of TA ([\da-f-]{36})/.exec(text)?.[1]

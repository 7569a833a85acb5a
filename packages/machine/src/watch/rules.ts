import type { FindingKind } from '../finding.ts'

/**
 * Where a report ends: after a line that matches `until`; before one that does not match `while`; with its first line; or with its
 * stack ("Call Trace:" and the frames after it).
 */
export type ReportEnd = { readonly until: RegExp } | { readonly while: RegExp } | 'line' | 'stack'

/** A line that begins a report. */
export interface Rule {
  readonly kind: FindingKind
  readonly pattern: RegExp
  readonly end: ReportEnd
  /** Put before its title. */
  readonly title?: string
}

/** kernel/panic.c:print_oops_end_marker */
export const endTrace: ReportEnd = { until: /^---\[ end trace/ }
const equals: ReportEnd = { until: /^={50,}$/ }

/**
 * Lines that begin a report, the more particular first. The texts are those of Linux 7.3 (file in the comment), with older
 * forms where they differ. All are anchored: a message that only quotes one is none.
 */
export const rules: readonly Rule[] = [
  // kernel/panic.c; with panic= it resets before "---[ end Kernel panic"
  { kind: 'panic', pattern: /^Kernel panic - not syncing: /, end: { until: /^---\[ end Kernel panic|^Rebooting in / } },
  // mm/kasan/report.c, kernel/kcsan/report.c, mm/kmsan/report.c, mm/kfence/report.c: between two lines of "="
  { kind: 'kasan', pattern: /^BUG: KASAN: /, end: equals },
  { kind: 'kcsan', pattern: /^BUG: KCSAN: /, end: equals },
  { kind: 'kmsan', pattern: /^BUG: KMSAN: /, end: equals },
  { kind: 'kfence', pattern: /^BUG: KFENCE: /, end: equals },
  // lib/ubsan.c, with and without CONFIG_UBSAN_TRAP
  { kind: 'ubsan', pattern: /^UBSAN: /, end: endTrace },
  { kind: 'ubsan', pattern: /^Internal error: UBSAN: /, end: endTrace },
  // kernel/locking/lockdep.c, include/linux/rtmutex.h, kernel/locking/lockdep.c:lockdep_rcu_suspicious
  {
    kind: 'lockdep',
    pattern:
      /^WARNING: (?:possible (?:circular locking|recursive locking|irq lock inversion)|inconsistent lock state|suspicious RCU usage|bad (?:unlock balance|contention) detected|held lock freed|lock held when returning|Nested lock was not taken|chain_key collision|\S+-safe -> \S+-unsafe lock order|.+ still has locks held!)/,
    end: 'stack',
  },
  { kind: 'lockdep', pattern: /^\[ BUG: /, end: 'stack' },
  { kind: 'lockdep', pattern: /^INFO: trying to register non-static key/, end: 'stack' },
  { kind: 'lockdep', pattern: /^BUG: (?:MAX_\w+ too low|key \S+ has not been registered)/, end: 'stack' },
  // kernel/rcu/tree_stall.h, tree_exp.h
  {
    kind: 'rcu-stall',
    pattern: /^rcu: INFO: .*(?:self-detected|detected (?:expedited )?) ?stalls? ?(?:on|\b)/,
    end: 'stack',
  },
  // kernel/watchdog.c, kernel/workqueue.c
  { kind: 'lockup', pattern: /^watchdog: (?:BUG: soft lockup - |CPU\d+: Watchdog detected hard LOCKUP)/, end: 'stack' },
  { kind: 'lockup', pattern: /^(?:NMI watchdog: )?Watchdog detected hard LOCKUP/, end: 'stack' },
  { kind: 'lockup', pattern: /^BUG: workqueue lockup - pool/, end: 'stack' },
  // kernel/hung_task.c
  { kind: 'hung-task', pattern: /^INFO: task .+ blocked\b.* for more than \d+ seconds/, end: 'stack' },
  // mm/kmemleak.c
  { kind: 'kmemleak', pattern: /^kmemleak: \d+ new suspected memory leaks/, end: 'line' },
  { kind: 'kmemleak', pattern: /^(?:kmemleak: )?unreferenced object\S* 0x/, end: 'stack' },
  // net/core/dev.c:netdev_wait_allrefs_any: again and again, a reference has leaked
  { kind: 'ref-tracker', pattern: /^unregister_netdevice: waiting for \S+ to become free/, end: 'line' },
  // lib/ref_tracker.c
  {
    kind: 'ref-tracker',
    pattern: /^ref_tracker: .*(?:has \d+\/\d+ users|leaked reference|already released)/,
    end: 'line',
  },
  // kernel/sched/core.c
  {
    kind: 'atomic-sleep',
    pattern:
      /^BUG: (?:sleeping function called from invalid context|scheduling while atomic|scheduling in a non-blocking)/,
    end: 'stack',
  },
  // mm/slub.c:slab_bug "BUG kmalloc-64 (Not tainted): Redzone overwritten"
  { kind: 'slub', pattern: /^BUG \S.* \((?:Not tainted|Tainted.*)\): /, end: 'stack' },
  // arch/x86/mm/fault.c, arch/x86/kernel/traps.c and dumpstack.c; arch/arm64/mm/fault.c and kernel/traps.c
  { kind: 'oops', pattern: /^BUG: (?:kernel NULL pointer dereference|unable to handle)/, end: endTrace },
  { kind: 'oops', pattern: /^(?:Oops\b|Internal error: |Unable to handle kernel )/, end: endTrace },
  {
    kind: 'oops',
    // before 6.15 without "Oops:"
    pattern: /^(?:general protection fault|invalid opcode|double fault|divide error|stack segment|int3)\b.*\[#\d+\]/,
    end: endTrace,
  },
  { kind: 'bug', pattern: /^kernel BUG at /, end: endTrace },
  { kind: 'bug', pattern: /^BUG: /, end: 'stack' },
  // fs/sysfs/dir.c:sysfs_warn_dup, which is a dump_stack() and no WARN
  { kind: 'warn', pattern: /^sysfs: cannot create duplicate filename /, end: 'stack' },
  // kernel/panic.c:__warn; before 6.18 with "CPU: n PID: n" first
  { kind: 'warn', pattern: /^WARNING: (?:CPU: \d+ PID: \d+ )?(?:\S+:\d+ )?at \S+/, end: endTrace },
  // mm/oom_kill.c, mm/page_alloc.c
  {
    kind: 'out-of-memory',
    pattern: /^\S.* invoked oom-killer: /,
    end: { until: /^(?:Out of memory|Memory cgroup out of memory)/ },
  },
  { kind: 'out-of-memory', pattern: /^(?:Out of memory|Memory cgroup out of memory)\b/, end: 'line' },
  { kind: 'allocation-failure', pattern: /^\S.*: page allocation (?:failure: order:|stall for )/, end: 'stack' },
  // init/do_mounts.c says so, and why, just before it panics
  { kind: 'no-root', pattern: /^VFS: (?:Cannot open root device|Unable to mount root fs via)/, end: 'line' },
]

// Every rule begins with one of these; the two that begin with a program's name are looked for by their middle.
const maybe =
  /^(?:Kernel p|BUG|UBSAN|Internal e|WARNING: |\[ BUG|INFO: t|rcu: INFO|watchdog: |NMI w|Watchdog d|kmemleak: |unref|ref_t|unregister_n|sysfs: c|Oops|Unable to h|general p|invalid o|double f|divide e|stack s|int3|kernel BUG|Out of m|Memory c|VFS: )/

/** The rule that a message begins a report by, if any. */
export const ruleFor = (message: string): Rule | undefined => {
  if (!maybe.test(message) && !message.includes(' invoked oom-') && !message.includes(': page allocation ')) return
  return rules.find(rule => rule.pattern.test(message))
}

/** lib/dump_stack.c and others: a stack, which is a report of its own if none was open. */
export const bareStack: Rule = { kind: 'warn', pattern: /^Call [Tt]race:/, end: 'stack' }

/** What stands between a message and its stack: lib/dump_stack.c:dump_stack_print_info, registers, an unfinished stack. */
export const stackHeading =
  /^(?:CPU: \d+ |Tainted: |Hardware name: |Workqueue: |Stopper: |Sched_ext: |Modules linked in:|\s|RIP:|Code:|[ER][A-Z0-9]{2}:|CR\d:|DR\d:|FS:|CS:|PKRU:|x\d+ *:|pc :|lr :|sp :|pstate:)/

/**
 * Stacks that somebody asked for, or that go with a report before them: lib/nmi_backtrace.c, kernel/sched/core.c:
 * sched_show_task, drivers/tty/sysrq.c, lib/fault-inject.c:fail_dump.
 */
export const askedFor = /^(?:NMI backtrace for cpu |task:|CPU\d+:$|sysrq: |FAULT_INJECTION: |name .*, interval \d+, )/

/** include/asm-generic/bug.h: what opens WARN, BUG and UBSAN reports; their kind is said by a later line. */
export const cutHere = /^-+\[ cut here \]-+/

/** A line of "=": opens, or closes, reports of the sanitizers and of lockdep. */
export const banner = /^={50,}$/

// Inside a "cut here" block: what makes it more than a WARN. DMA-API and refcount_t print these as WARN()'s message.
const upgrades: readonly { readonly kind: FindingKind; readonly pattern: RegExp }[] = [
  { kind: 'dma-api', pattern: /^DMA-API: / },
  { kind: 'refcount', pattern: /^refcount_t: / },
  { kind: 'ubsan', pattern: /^UBSAN: / },
  { kind: 'bug', pattern: /^kernel BUG at / },
  { kind: 'warn', pattern: /^WARNING: / },
]

/** What a line inside a "cut here" block says about the kind of the report, with a rank: the lowest of them decides. */
export const kindInBlock = (message: string): { readonly kind: FindingKind; readonly rank: number } | undefined => {
  const rank = upgrades.findIndex(({ pattern }) => pattern.test(message))
  const kind = upgrades[rank]?.kind
  return kind === undefined ? undefined : { kind, rank }
}

import type { FindingKind } from '../../src/index.ts'

/** Console texts as Linux 7.3 words them, without prefixes, each with what must be found in it. */
export interface Sample {
  readonly name: string
  readonly text: string
  readonly finds: readonly {
    readonly kind: FindingKind
    readonly title: RegExp
    readonly file?: string
    readonly line?: number
    readonly function?: string
    /** The report's last line. */
    readonly last: RegExp
    readonly complete?: boolean
  }[]
}

const stack = `CPU: 0 UID: 0 PID: 61 Comm: agent Not tainted 7.3.4 #1 PREEMPT
Hardware name: QEMU Standard PC (Q35 + ICH9, 2009)
Call Trace:
 <TASK>
 dump_stack_lvl+0x47/0x60
 securekey_release+0x3a/0x90
 __fput+0xd2/0x280
 ? srso_return_thunk+0x5/0x5f
 do_syscall_64+0x5a/0x190
 entry_SYSCALL_64_after_hwframe+0x76/0x7e
RIP: 0033:0x401d2a
Code: 0f 05 48 3d 00 f0 ff ff 77 01 c3
RSP: 002b:00007ffd2f3c1e48 EFLAGS: 00000246 ORIG_RAX: 0000000000000003
RAX: ffffffffffffffda RBX: 0000000000000004 RCX: 0000000000401d2a
 </TASK>`

const registers = `RIP: 0010:securekey_unload+0x1c/0x70
Code: 48 89 fb 48 8b 07 <48> 8b 40 18 48 85 c0 74 0b
RSP: 0018:ffffc9000015be10 EFLAGS: 00010246
RAX: 0000000000000000 RBX: ffff888003c41800 RCX: 0000000000000001
CR2: 0000000000000018 CR3: 0000000003cc2000 CR4: 00000000000006b0
Call Trace:
 <TASK>
 securekey_key_release+0x22/0x40
 do_syscall_64+0x5a/0x190
 </TASK>
Modules linked in:
CR2: 0000000000000018`

const trace = '---[ end trace 0000000000000000 ]---'
const double = '='.repeat(66)

export const corpus: readonly Sample[] = [
  {
    name: 'a WARN_ON',
    text: `------------[ cut here ]------------
WARNING: drivers/securekey/key.c:211 at securekey_put+0x3a/0x90, CPU#0: agent/61
${stack}
${trace}`,
    finds: [
      {
        kind: 'warn',
        title: /^WARNING: drivers\/securekey\/key\.c:211 at securekey_put/,
        file: 'drivers/securekey/key.c',
        line: 211,
        function: 'securekey_put',
        last: /^---\[ end trace/,
      },
    ],
  },
  {
    name: 'a WARN with a message, as before 6.18',
    text: `------------[ cut here ]------------
securekey: the count is -1
WARNING: CPU: 1 PID: 61 at ../drivers/securekey/key.c:98 securekey_get+0x11/0x20
Modules linked in:
${stack}
${trace}`,
    finds: [
      {
        kind: 'warn',
        title: /^WARNING: CPU: 1/,
        file: 'drivers/securekey/key.c',
        line: 98,
        function: 'securekey_get',
        last: /end trace/,
      },
    ],
  },
  {
    name: 'refcount_t',
    text: `------------[ cut here ]------------
refcount_t: underflow; use-after-free.
WARNING: lib/refcount.c:28 at refcount_warn_saturate+0xba/0x110, CPU#0: agent/61
${stack}
${trace}`,
    finds: [{ kind: 'refcount', title: /^refcount_t: underflow/, file: 'lib/refcount.c', line: 28, last: /end trace/ }],
  },
  {
    name: 'the DMA-API debug code, with its second stack',
    text: `DMA-API: preallocated 65536 debug entries
DMA-API: debugging enabled by kernel config
------------[ cut here ]------------
DMA-API: qce 1dfa000.crypto: device driver frees DMA memory with different size [device address=0x0000000102b3c000] [map size=4096 bytes] [unmap size=64 bytes]
WARNING: kernel/dma/debug.c:1005 at check_unmap+0x6b0/0xa20, CPU#1: agent/61
${stack}
${trace}
DMA-API: Mapped at:
 debug_dma_map_phys+0x82/0x120
 dma_map_sg_attrs+0x1d/0x40`,
    finds: [
      { kind: 'dma-api', title: /^DMA-API: qce 1dfa000/, file: 'kernel/dma/debug.c', line: 1005, last: /end trace/ },
    ],
  },
  {
    name: 'UBSAN',
    text: `------------[ cut here ]------------
UBSAN: shift-out-of-bounds in ../drivers/securekey/blob.c:77:14
shift exponent 64 is too large for 32-bit type 'int'
${stack}
---[ end trace ]---`,
    finds: [
      { kind: 'ubsan', title: /^UBSAN: shift-out/, file: 'drivers/securekey/blob.c', line: 77, last: /end trace/ },
    ],
  },
  {
    name: 'BUG()',
    text: `------------[ cut here ]------------
kernel BUG at drivers/securekey/request.c:130!
Oops: invalid opcode: 0000 [#1] SMP
CPU: 0 UID: 0 PID: 61 Comm: agent Not tainted 7.3.4 #1 PREEMPT
${registers}
${trace}`,
    finds: [
      {
        kind: 'bug',
        title: /^kernel BUG at/,
        file: 'drivers/securekey/request.c',
        line: 130,
        function: 'securekey_unload',
        last: /end trace/,
      },
    ],
  },
  {
    name: 'an oops and the panic after it',
    text: `BUG: kernel NULL pointer dereference, address: 0000000000000018
#PF: supervisor read access in kernel mode
#PF: error_code(0x0000) - not-present page
PGD 0 P4D 0
Oops: Oops: 0000 [#1] SMP
CPU: 0 UID: 0 PID: 61 Comm: agent Tainted: G        W           7.3.4 #1 PREEMPT
${registers}
${trace}
${registers.split('\n')[0]}
Kernel panic - not syncing: Fatal exception
Kernel Offset: disabled
---[ end Kernel panic - not syncing: Fatal exception ]---`,
    finds: [
      { kind: 'oops', title: /^BUG: kernel NULL/, function: 'securekey_unload', last: /end trace/ },
      { kind: 'panic', title: /not syncing: Fatal exception$/, last: /end Kernel panic/ },
    ],
  },
  {
    name: 'an oops of arm64',
    text: `Unable to handle kernel NULL pointer dereference at virtual address 0000000000000018
Mem abort info:
  ESR = 0x0000000096000004
Data abort info:
  ISV = 0, ISS = 0x00000004, ISS2 = 0x00000000
[0000000000000018] user address but active_mm is swapper
Internal error: Oops: 0000000096000004 [#1] SMP
pstate: 60000005 (nZCv daif -PAN -UAO -TCO -DIT -SSBS BTYPE=--)
pc : securekey_unload+0x1c/0x70
lr : securekey_key_release+0x20/0x48
x29: ffff800080b3bc80 x28: ffff0000030c8000 x27: 0000000000000000
Call trace:
 securekey_unload+0x1c/0x70 (P)
 el0_svc+0x34/0x100
Code: aa0003f3 f9400000 (f9400c00) b4000060
${trace}`,
    finds: [{ kind: 'oops', title: /^Unable to handle kernel NULL/, function: 'securekey_unload', last: /end trace/ }],
  },
  {
    name: 'a general protection fault',
    text: `Oops: general protection fault, probably for non-canonical address 0xdead000000000110: 0000 [#1] SMP
CPU: 0 UID: 0 PID: 61 Comm: agent Not tainted 7.3.4 #1 PREEMPT
${registers}
${trace}`,
    finds: [{ kind: 'oops', title: /^Oops: general protection fault/, last: /end trace/ }],
  },
  {
    name: 'a killed init, panic=-1: it resets before the end marker',
    text: `Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b
${stack}
Kernel Offset: disabled`,
    finds: [{ kind: 'panic', title: /Attempted to kill init!/, last: /Kernel Offset/ }],
  },
  {
    name: 'no root',
    text: `List of all partitions:
No filesystem could mount root, tried:
VFS: Cannot open root device "" or unknown-block(0,0): error -6
Please append a correct "root=" boot option; here are the available partitions:
Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)
${stack}
---[ end Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0) ]---`,
    finds: [
      { kind: 'no-root', title: /^VFS: Cannot open root device/, last: /^VFS/ },
      { kind: 'panic', title: /Unable to mount root fs/, last: /end Kernel panic/ },
    ],
  },
  {
    name: 'KASAN',
    text: `${double}
BUG: KASAN: slab-use-after-free in securekey_put+0x3a/0x90
Read of size 8 at addr ffff888003c41818 by task agent/61

${stack}

Allocated by task 61:
 kasan_save_stack+0x30/0x50

The buggy address belongs to the object at ffff888003c41800
 which belongs to the cache kmalloc-96 of size 96
Memory state around the buggy address:
>ffff888003c41800: fa fb fb fb fb fb fb fb
                         ^
${double}
Disabling lock debugging due to kernel taint`,
    finds: [
      {
        kind: 'kasan',
        title: /^BUG: KASAN: slab-use-after-free in securekey_put/,
        function: 'securekey_put',
        last: /^=+$/,
      },
    ],
  },
  {
    name: 'KCSAN',
    text: `${double}
BUG: KCSAN: data-race in securekey_put / securekey_get

write to 0xffff888003c41818 of 8 bytes by task 61 on cpu 0:
 securekey_put+0x3a/0x90

read to 0xffff888003c41818 of 8 bytes by task 62 on cpu 1:
 securekey_get+0x1a/0x50

Reported by Kernel Concurrency Sanitizer on:
${double}`,
    finds: [{ kind: 'kcsan', title: /^BUG: KCSAN: data-race/, function: 'securekey_put', last: /^=+$/ }],
  },
  {
    name: 'KFENCE',
    text: `${double}
BUG: KFENCE: out-of-bounds read in securekey_blob_parse+0x5f/0x120

Out-of-bounds read at 0x00000000c0ffee00 (32B right of kfence-#23):
 securekey_blob_parse+0x5f/0x120

${stack.split('\n')[0]}
${double}`,
    finds: [{ kind: 'kfence', title: /^BUG: KFENCE: out-of-bounds/, function: 'securekey_blob_parse', last: /^=+$/ }],
  },
  {
    name: 'KMSAN',
    text: `=====================================================
BUG: KMSAN: uninit-value in securekey_query+0x5f/0x120
 securekey_query+0x5f/0x120
 do_syscall_64+0x5a/0x190

Uninit was created at:
 __alloc_pages_noprof+0x11/0x22
=====================================================`,
    finds: [{ kind: 'kmsan', title: /^BUG: KMSAN: uninit-value/, function: 'securekey_query', last: /^=+$/ }],
  },
  {
    name: 'lockdep, a cycle',
    text: `
======================================================
WARNING: possible circular locking dependency detected
7.3.4 #1 Not tainted
------------------------------------------------------
agent/61 is trying to acquire lock:
ffff888003c41870 (&key->lock){+.+.}-{4:4}, at: securekey_put+0x3a/0x90

but task is already holding lock:
ffff888003c42870 (&session->lock){+.+.}-{4:4}, at: securekey_release+0x20/0x60

which lock already depends on the new lock.

the existing dependency chain (in reverse order) is:

-> #1 (&session->lock){+.+.}-{4:4}:
       __mutex_lock+0xb4/0xe50
       securekey_release+0x20/0x60

other info that might help us debug this:
 *** DEADLOCK ***

1 lock held by agent/61:

stack backtrace:
${stack}
securekey: a healthy line after it`,
    finds: [{ kind: 'lockdep', title: /^WARNING: possible circular/, last: /<\/TASK>/ }],
  },
  ...[
    'WARNING: possible recursive locking detected',
    'WARNING: inconsistent lock state',
    'WARNING: suspicious RCU usage',
    'WARNING: possible irq lock inversion dependency detected',
    'WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected',
    'WARNING: bad unlock balance detected!',
    'WARNING: held lock freed!',
    'WARNING: lock held when returning to user space!',
    'WARNING: agent/61 still has locks held!',
    'WARNING: Nested lock was not taken',
    '[ BUG: Invalid wait context ]',
    'INFO: trying to register non-static key.',
    'BUG: MAX_LOCK_DEPTH too low!',
  ].map(
    (heading): Sample => ({
      name: `lockdep: ${heading}`,
      text: `============================================\n${heading}\n7.3.4 #1 Not tainted\n\nstack backtrace:\n${stack}\nsecurekey: on`,
      finds: [{ kind: 'lockdep', title: new RegExp(heading.slice(0, 20).replace('[', '\\[')), last: /<\/TASK>/ }],
    }),
  ),
  {
    name: 'kmemleak',
    text: 'kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)',
    finds: [{ kind: 'kmemleak', title: /2 new suspected/, last: /2 new/ }],
  },
  {
    name: 'kmemleak, verbose',
    text: `kmemleak: unreferenced object 0xffff888003c41800 (size 96):
kmemleak:   comm "agent", pid 61, jiffies 4294668293
securekey: on`,
    finds: [{ kind: 'kmemleak', title: /unreferenced object/, last: /unreferenced|comm/ }],
  },
  {
    name: 'an RCU stall',
    text: `rcu: INFO: rcu_preempt self-detected stall on CPU
rcu: 	0-....: (5249 ticks this GP) idle=0a1c/1/0x4000000000000000 softirq=112/112 fqs=2625
rcu: 	(t=5250 jiffies g=-759 q=14 ncpus=2)
${stack}
securekey: on`,
    finds: [{ kind: 'rcu-stall', title: /self-detected stall/, last: /<\/TASK>/ }],
  },
  {
    name: 'an RCU stall seen by another',
    text: `rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
rcu: 	1-...0: (1 GPs behind) idle=5a4c/1/0x4000000000000000 softirq=90/91 fqs=2450
${stack}`,
    finds: [{ kind: 'rcu-stall', title: /detected stalls on/, last: /<\/TASK>/ }],
  },
  {
    name: 'an expedited RCU stall',
    text: `rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-...D } 21 jiffies s: 61 root: 0x2/.
rcu: blocking rcu_node structures (internal RCU debug):
${stack}`,
    finds: [{ kind: 'rcu-stall', title: /expedited stalls/, last: /<\/TASK>/ }],
  },
  {
    name: 'a soft lockup',
    text: `watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [agent:61]
Modules linked in:
${stack}`,
    finds: [{ kind: 'lockup', title: /soft lockup - CPU#0/, last: /<\/TASK>/ }],
  },
  {
    name: 'a hard lockup',
    text: `watchdog: CPU1: Watchdog detected hard LOCKUP on cpu 0\n${stack}`,
    finds: [{ kind: 'lockup', title: /hard LOCKUP on cpu 0/, last: /<\/TASK>/ }],
  },
  {
    name: 'a hung task',
    text: `INFO: task agent:61 blocked for more than 122 seconds.
      Not tainted 7.3.4 #1
"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.
task:agent           state:D stack:0     pid:61    tgid:61    ppid:1      task_flags:0x400000 flags:0x00004000
Call Trace:
 <TASK>
 __schedule+0x4b3/0x1400
 </TASK>
securekey: on`,
    finds: [{ kind: 'hung-task', title: /task agent:61 blocked/, last: /<\/TASK>/ }],
  },
  {
    name: 'sleeping in atomic context',
    text: `BUG: sleeping function called from invalid context at kernel/locking/mutex.c:591
in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 61, name: agent
preempt_count: 1, expected: 0
${stack}`,
    finds: [
      { kind: 'atomic-sleep', title: /sleeping function/, file: 'kernel/locking/mutex.c', line: 591, last: /<\/TASK>/ },
    ],
  },
  {
    name: 'scheduling while atomic',
    text: `BUG: scheduling while atomic: agent/61/0x00000002\n${stack}`,
    finds: [{ kind: 'atomic-sleep', title: /scheduling while atomic/, last: /<\/TASK>/ }],
  },
  {
    name: 'SLUB',
    text: `=============================================================================
BUG kmalloc-96 (Not tainted): Right Redzone overwritten
-----------------------------------------------------------------------------

0xffff888003c41860-0xffff888003c41867 @offset=2144. First byte 0x41 instead of 0xcc
${stack}
FIX kmalloc-96: Restoring Right Redzone 0xffff888003c41860-0xffff888003c41867=0xcc`,
    finds: [{ kind: 'slub', title: /Right Redzone overwritten/, last: /<\/TASK>/ }],
  },
  {
    name: 'a bad page',
    text: `BUG: Bad page state in process agent  pfn:03c41\n${stack}`,
    finds: [{ kind: 'bug', title: /Bad page state/, last: /<\/TASK>/ }],
  },
  {
    name: 'out of memory',
    text: `agent invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
${stack}
Mem-Info:
active_anon:12 inactive_anon:40122 isolated_anon:0
Out of memory: Killed process 61 (agent) total-vm:163840kB, anon-rss:160000kB, file-rss:4kB, shmem-rss:0kB, UID:0 pgtables:352kB oom_score_adj:0
oom_reaper: reaped process 61 (agent), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB`,
    finds: [{ kind: 'out-of-memory', title: /invoked oom-killer/, last: /Out of memory: Killed process 61/ }],
  },
  {
    name: 'a page allocation failure',
    text: `agent: page allocation failure: order:9, mode:0x40cc0(GFP_KERNEL|__GFP_COMP), nodemask=(null)\n${stack}\nMem-Info:`,
    finds: [{ kind: 'allocation-failure', title: /order:9/, last: /<\/TASK>/ }],
  },
  {
    name: 'two reports, the second in the middle of the first',
    text: `WARNING: suspicious RCU usage
7.3.4 #1 Not tainted
------------[ cut here ]------------
WARNING: kernel/rcu/tree.c:12 at rcu_check+0x3a/0x90, CPU#0: agent/61
${stack}
${trace}`,
    finds: [
      { kind: 'lockdep', title: /suspicious RCU/, last: /7\.3\.4/, complete: false },
      { kind: 'warn', title: /rcu_check/, file: 'kernel/rcu/tree.c', line: 12, last: /end trace/ },
    ],
  },
  {
    name: 'sysfs, a name given twice',
    text: `sysfs: cannot create duplicate filename '/class/securekey/soft'
${stack}
kobject: kobject_add_internal failed for soft with -EEXIST, don't try to register things with the same name in the same directory.`,
    finds: [{ kind: 'warn', title: /^sysfs: cannot create duplicate filename/, last: /<\/TASK>/ }],
  },
  {
    name: 'a bare dump_stack()',
    text: `securekey: this cannot be
${stack}
securekey: on`,
    finds: [{ kind: 'warn', title: /^Call Trace: after "securekey: this cannot be"$/, last: /<\/TASK>/ }],
  },
  {
    name: 'two bare stacks in a row, the second without a word, on arm64',
    text: `securekey: this cannot be
CPU: 0 UID: 0 PID: 61 Comm: agent Not tainted 7.3.4 #1 PREEMPT
Hardware name: linux,dummy-virt (DT)
Call trace:
 show_stack+0x18/0x24 (C)
 securekey_release+0x3c/0x90
securekey: on
Call trace:
 securekey_release+0x3c/0x90`,
    finds: [
      { kind: 'warn', title: /^Call trace: after "securekey: this cannot be"$/, last: /securekey_release/ },
      { kind: 'warn', title: /^Call trace: after "securekey: on"$/, last: /securekey_release/ },
    ],
  },
  {
    name: 'stacks that were asked for, or go with a report before them',
    text: `sysrq: Show Blocked State
task:agent           state:D stack:0     pid:61    tgid:61    ppid:1      task_flags:0x400000 flags:0x00004000
Call Trace:
 <TASK>
 __schedule+0x4b3/0x1400
 </TASK>
rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
${stack}
Sending NMI from CPU 0 to CPUs 1:
NMI backtrace for cpu 1
CPU: 1 UID: 0 PID: 62 Comm: agent Not tainted 7.3.4 #1 PREEMPT
${registers}
FAULT_INJECTION: forcing a failure.
name failslab, interval 1, probability 100, space 0, times 1
${stack}
agent[61]: unhandled exception: DABT (lower EL), ESR 0x0000000092000005
CPU: 0 UID: 0 PID: 61 Comm: agent Not tainted 7.3.4 #1 PREEMPT
pc : 0000000000400a2c
securekey: on`,
    finds: [{ kind: 'rcu-stall', title: /detected stalls on/, last: /<\/TASK>/ }],
  },
  {
    name: 'a network device that somebody holds on to',
    text: `unregister_netdevice: waiting for lo to become free. Usage count = 2
ref_tracker: lo@ffff888003c41818 has 1/1 users at
     securekey_attach+0x3a/0x90`,
    finds: [
      { kind: 'ref-tracker', title: /^unregister_netdevice: waiting for lo/, last: /Usage count = 2/ },
      { kind: 'ref-tracker', title: /has 1\/1 users/, last: /users at/ },
    ],
  },
  {
    name: 'an invalid opcode, as before 6.15',
    text: `invalid opcode: 0000 [#1] SMP
CPU: 0 PID: 61 Comm: agent Not tainted 6.1.0 #1
${registers}
${trace}`,
    finds: [{ kind: 'oops', title: /^invalid opcode: 0000/, function: 'securekey_unload', last: /end trace/ }],
  },
  {
    name: 'a healthy boot',
    text: `Linux version 7.3.4 (builder) (gcc 12.2.0) #1 SMP PREEMPT
Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on
securekey: loading out-of-tree module taints kernel.
DMA-API: preallocated 65536 debug entries
kmemleak: Kernel memory leak detector initialized
rcu: INFO: not really
WARNING: this is a sentence and names no place
KTAP version 1
# a test: expecting "BUG: KASAN: slab-out-of-bounds" in the log
ok 1 it says BUG: and Kernel panic - not syncing: in the middle
Disabling lock debugging due to kernel taint
Run /init as init process`,
    finds: [],
  },
]

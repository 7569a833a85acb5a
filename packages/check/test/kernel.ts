import type { Files } from './repo.ts'

/**
 * FAKE: a tree with what the checks look into. Its Makefile answers to make as a kernel's does for a handful of C files, which a
 * real compiler compiles and links: options that no Kconfig has are left out, and drivers/demo/Makefile says what is built in and
 * what is a module. Its checkpatch.pl knows one rule and says it in the words of the real one.
 */
export const fakeKernel: Files = {
  COPYING: 'GPL-2.0\n',
  CREDITS: '\n',
  Kbuild: 'obj-y += drivers/\n',
  README: '\n',
  Kconfig: 'source "drivers/demo/Kconfig"\n',
  Makefile: `VERSION = 7
PATCHLEVEL = 3
SUBLEVEL = 99
MAKEFLAGS += --no-print-directory --no-builtin-rules
-include $(O)/.config
-include drivers/demo/Makefile
builtin := $(patsubst %,$(O)/drivers/demo/%,$(filter-out %/,$(obj-y)))
modular := $(patsubst %,$(O)/drivers/demo/%,$(filter-out %/,$(obj-m)))
flags = -Iinclude $(if $(filter $(@:.i=.o),$(modular)),-DMODULE) $(patsubst %,-D%,$(subst =y,,$(filter CONFIG_%=y,$(shell cat $(O)/.config))))
$(shell mkdir -p $(O) && echo "$(MAKECMDGOALS)" >> $(O)/../make-calls)

allnoconfig:
	@grep -r -h -o -E '^config [A-Z_0-9]+' drivers | sed 's/config /^CONFIG_/; s/$$/=[ym]/' > $(O)/known
	@grep -E -f $(O)/known $(KCONFIG_ALLCONFIG) > $(O)/.config || true

allmodconfig:
	@grep -r -h -o -E '^config [A-Z_0-9]+' drivers | sed 's/config /CONFIG_/; s/$$/=m/' > $(O)/.config

drivers/demo/: $(builtin) $(modular)

vmlinux: $(builtin) $(O)/init/main.o
	@echo "  LD      vmlinux"
	@$(CC) -nostdlib -static -Wl,-e,start_kernel -o $(O)/vmlinux $(O)/init/main.o $(builtin)

modules: $(modular)

$(O)/%.o: %.c $(wildcard include/linux/*.h) $(O)/.config drivers/demo/Makefile
	@echo "  CC      $*.o"
	@mkdir -p $(@D)
	@$(CC) -MMD -MF $(@D)/.$(@F).cmd -Wall -fno-stack-protector $(flags) -c -o $@ $(CURDIR)/$<

$(O)/%.i: %.c $(O)/.config
	@echo "  CPP     $*.i"
	@$(CC) $(flags) -E -o $@ $(CURDIR)/$<

$(patsubst $(O)/%.o,%.i,$(builtin) $(modular)): %.i: $(O)/%.i
	@:

$(patsubst $(O)/%,%,$(builtin) $(modular)): %.o: $(O)/%.o
	@$(if $(C),echo "  CHECK   $(CURDIR)/$*.c" && $(CHECK) -Iinclude $(CURDIR)/$*.c,:)

headers:
	@rm -rf $(O)/usr/include && mkdir -p $(O)/usr/include
	@cp -r include/uapi/. arch/$(ARCH)/include/uapi/. $(O)/usr/include

.PHONY: allmodconfig allnoconfig drivers/demo/ headers modules vmlinux
`,
  MAINTAINERS: `Maintainers List
----------------

DEMO
M:	Demo Maintainer <demo@example.org>
S:	Maintained
F:	drivers/demo/
F:	include/linux/demo.h
F:	tools/testing/selftests/
X:	drivers/demo/orphan*

OLD DEMO
M:	Demo Maintainer <demo@example.org>
S:	Obsolete
F:	drivers/demo/old.txt

THE REST
L:	linux-kernel@vger.kernel.org
S:	Buried alive in reporters
F:	*
F:	*/
`,
  'Documentation/index.rst': 'Docs\n',
  'arch/x86/configs/tiny.config': '',
  'kernel/configs/tiny-base.config': '',
  'kernel/configs/tiny.config': '',
  'init/main.c': '#include <linux/demo.h>\n\nint start_kernel(void)\n{\n\treturn demo(1);\n}\n',
  'include/linux/demo.h': `#if defined(CONFIG_DEMO) || defined(MODULE)
int demo(int a);
#else
static inline int demo(int a) { return a; }
#endif
`,
  'drivers/demo/Kconfig': 'config DEMO\n\ttristate "Demo"\n',
  'drivers/Makefile': 'obj-y += demo/\n',
  'drivers/demo/Makefile': 'obj-$(CONFIG_DEMO) += demo.o\n',
  'drivers/demo/demo.c': `#include <linux/demo.h>
#include <linux/zoo.h>

static int old_and_unused;

/**
 * demo() - does it
 * @a: a number
 *
 * Return: a number
 */
int demo(int a)
{
	return a + 1;
}
`,
  'drivers/demo/old.txt': 'old\n',
  'include/linux/zoo.h': '',
  'include/linux/list.h': '',
  'tools/testing/selftests/Makefile': 'TARGETS = demo\n',
  'tools/testing/selftests/demo/Makefile': 'TEST_GEN_PROGS := one\n\ninclude ../lib.mk\n',
  'tools/testing/selftests/demo/.gitignore': 'one\n/many_*\n',
  'fs/x': '',
  'ipc/x': '',
  'lib/x': '',
  'scripts/min-tool-version.sh': '#!/bin/sh\n[ "$1 $SRCARCH" = "llvm x86" ] && echo 17.0.1\n',
  'scripts/spelling.txt': 'adn||and\nrecieve||receive\n',
  'scripts/checkpatch.pl': `#!/usr/bin/env perl
# FAKE
my ($mail) = grep { !/^--/ } @ARGV;
open(my $in, '<', $mail) or die;
my ($file, $line);
while (<$in>) {
	if (m{^\\+\\+\\+ b/(\\S+)}) { $file = $1; next }
	if (/^\\@\\@ -\\S+ \\+(\\d+)/) { $line = $1; next }
	next unless defined $line;
	print "$file:$line: ERROR:TRAILING_WHITESPACE: trailing whitespace\\n" if /^\\+.*[ \\t]$/;
	$line++ unless /^-/;
}
`,
}

/** The compiler's, checkpatch's and everybody's blessing. */
export const goodMessage = `demo: add one more

It is better so, for a reason that is told here.

Link: https://example.org/r/1
Signed-off-by: Test Person <test@example.org>
`

import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { contentKey } from '@kseries/host'

/** Runs a program of the tests' own; its output. */
export const sh = async (file: string, args: readonly string[], cwd?: string): Promise<string> =>
  (await promisify(execFile)(file, [...args], { ...(cwd && { cwd }), maxBuffer: 1 << 26 })).stdout.trim()

/** A cache folder of this test file alone. */
export const freshCache = async (): Promise<string> => {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'kseries-kernel-')))
  process.env['KSERIES_CACHE'] = join(dir, 'cache')
  return dir
}

export const removeCache = (dir: string): Promise<void> => rm(dir, { recursive: true, force: true })

/** Writes files; a value beginning with '->' is a symbolic link, one beginning with '#!' is executable. */
export const writeTree = async (dir: string, files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name)
    await mkdir(dirname(path), { recursive: true })
    if (content.startsWith('->')) await symlink(content.slice(2), path)
    else {
      await writeFile(path, content)
      if (content.startsWith('#!')) await chmod(path, 0o755)
    }
  }
}

/**
 * FAKE: a tree that answers to make as a kernel does, with a handful of C files. `allnoconfig` takes KCONFIG_ALLCONFIG and
 * leaves out the options that FAKE_LOST names. Objects are really compiled, so errors are a real compiler's. Every call
 * leaves a line in make-calls beside O=.
 */
export const fakeLinux: Readonly<Record<string, string>> = {
  Makefile: `VERSION = 7
PATCHLEVEL = 3
SUBLEVEL = 99
EXTRAVERSION =
NAME = Fake Of The Tests

sources := $(wildcard init/*.c crypto/*.c)
objects := $(sources:%.c=$(O)/%.o)
MAKEFLAGS += --no-print-directory
$(shell mkdir -p $(O) && echo "$(MAKECMDGOALS)" >> $(O)/../make-calls)

allnoconfig:
	@if [ -f FAKE_LOST ]; then grep -v -x -F -f FAKE_LOST $(KCONFIG_ALLCONFIG) > $(O)/.config; else cp $(KCONFIG_ALLCONFIG) $(O)/.config; fi

vmlinux: $(O)/vmlinux
bzImage: $(O)/arch/x86/boot/bzImage
Image: $(O)/arch/arm64/boot/Image

$(O)/vmlinux $(O)/arch/x86/boot/bzImage $(O)/arch/arm64/boot/Image: $(objects)
	@echo "  LD      vmlinux.o"
	@echo "  LD      vmlinux"
	@mkdir -p $(@D) $(O)/include/config
	@cat $(objects) > $@
	@echo 'ffffffff81000000 T _text' > $(O)/System.map
	@echo '7.3.99' > $(O)/include/config/kernel.release

$(O)/%.o: %.c
	@echo "  CC      $*.o"
	@mkdir -p $(@D)
	@$(CC) $(FAKE_CFLAGS) $(if $(GCOV_PROFILE_$(notdir $*).o),--coverage) -c -o $@ $(CURDIR)/$<

modules:
	@echo "  LD [M]  crypto/fake.ko"
	@echo module > $(O)/fake.ko

modules_install:
	@mkdir -p $(INSTALL_MOD_PATH)/lib/modules/7.3.99
	@cp $(O)/fake.ko $(INSTALL_MOD_PATH)/lib/modules/7.3.99/
	@ln -s $(CURDIR) $(INSTALL_MOD_PATH)/lib/modules/7.3.99/build

headers:
	@mkdir -p $(O)/usr/include
	@cp -r include/uapi/. $(O)/usr/include/

.PHONY: allnoconfig vmlinux bzImage Image modules modules_install headers
`,
  Kconfig: `mainmenu "Fake"

source "init/Kconfig"

if NET
source "crypto/Kconfig"
endif
`,
  'init/Kconfig': `config EXPERT
	bool "Expert"

config NET
	bool "Networking"
	help
	  Says nothing about
	    if
	  or menus.

menu "Choice of sizes"
	depends on EXPERT

config SLUB_TINY
	bool "Small"

endmenu
`,
  'crypto/Kconfig': `config CRYPTO
	bool "Crypto"

config CRYPTO_HIDDEN
	bool

config CRYPTO_FAKE
	tristate "Fake cipher" if !EXPERT
	depends on CRYPTO && \\
		(CRYPTO_HIDDEN || CRYPTO_OTHER)
	depends on !SLUB_TINY
	select CRYPTO_SELECTED
`,
  Kbuild: 'obj-y += init/\n',
  'init/main.c': 'int start_kernel(void) { return 1; }\n',
  'crypto/fake.c': 'int fake(void) { return 2; }\n',
  'crypto/other.c': 'int other(void) { return 3; }\n',
  'include/uapi/linux/fake.h': '#define FAKE 1\n',
  'tools/include/nolibc/nolibc.h': '/* fake */\n',
  'include/linux/socket.h': '/* fake */\n',
  'include/linux/net.h': '/* fake */\n',
  'usr/dummy-include/stdint.h': '/* fake */\n',
  'scripts/kconfig/conf.c': '/* fake */\n',
  'scripts/run.sh': '#!/bin/sh\nexit 0\n',
  'Documentation/link': '->../Makefile',
  '.gitignore': '/*\n*.o\n',
  'kernel/configs/tiny-base.config': 'CONFIG_EXPERT=y\n',
}

/** Makes a fake tree as a folder. */
export const makeFakeLinux = async (dir: string, changes: Readonly<Record<string, string>> = {}): Promise<string> => {
  await writeTree(dir, { ...fakeLinux, ...changes })
  return dir
}

/** The files of a folder as Debian packs them: linux-source-7.3.tar.xz with one top folder, all of one date. */
export const packSources = async (folder: string, archive: string, top = 'linux-source-7.3'): Promise<void> => {
  await mkdir(dirname(archive), { recursive: true })
  await sh('tar', [
    '--create',
    '--use-compress-program=xz -0',
    `--file=${archive}`,
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--mtime=@1700000000',
    `--transform=flags=rSH;s,^[.],${top},`,
    `--directory=${folder}`,
    '.',
  ])
}

/**
 * Makes an xz that unpacks all and then never ends: what reads from it is killed in the middle, however busy the machine.
 * @param dir - for the program.
 * @returns the environment in which it is found.
 */
export const stallingXz = async (dir: string): Promise<NodeJS.ProcessEnv> => {
  const xz = await sh('sh', ['-c', 'command -v xz'])
  const script = `#!/bin/sh\n${xz} "$@" || exit\ncase "$*" in *--decompress*) exec sleep 600 ;; esac\n`
  await writeTree(dir, { xz: script })
  return { ...process.env, PATH: `${dir}:${process.env['PATH']}` }
}

/**
 * A Debian archive in a folder, with one suite and one source package, unsigned ("Trusted: yes"), and an /etc/apt
 * that names it.
 */
export const makeAptArchive = async (
  dir: string,
  tree: string,
  {
    suite = 'trixie-backports',
    version = '7.3.99-1',
    name = 'linux-source-7.3',
    keep = [] as readonly string[],
    validUntil = '',
  } = {},
): Promise<{ etc: string; deb: string }> => {
  const staging = join(dir, `staging-${contentKey([name, version])}`)
  await packSources(tree, join(staging, 'usr/src', `${name}.tar.xz`))
  await writeTree(staging, {
    'DEBIAN/control': `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: nobody\nDescription: fake\n`,
  })
  const deb = join(dir, 'pool', `${name}_${version}_all.deb`)
  await mkdir(dirname(deb), { recursive: true })
  await sh('dpkg-deb', ['--build', '--root-owner-group', '-Znone', staging, deb])
  const [sum = ''] = (await sh('sha256sum', [deb])).split(' ')
  const size = await sh('stat', ['--format=%s', deb])
  const entry = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nFilename: pool/${name}_${version}_all.deb\nSize: ${size}\nSHA256: ${sum}\nDescription: fake\n`
  const packages = `${[...keep, entry].join('\n')}\n`
  const architecture = await sh('dpkg', ['--print-architecture'])
  const index = join(dir, 'dists', suite)
  await writeTree(index, { [`main/binary-${architecture}/Packages`]: packages })
  const [indexSum = ''] = (await sh('sha256sum', [join(index, `main/binary-${architecture}/Packages`)])).split(' ')
  await writeFile(
    join(index, 'Release'),
    `Suite: ${suite}\nCodename: ${suite}\nDate: Sat, 01 Jan 2022 00:00:00 UTC\n${validUntil && `Valid-Until: ${validUntil}\n`}Architectures: ${architecture}\nComponents: main\nSHA256:\n ${indexSum} ${Buffer.byteLength(packages)} main/binary-${architecture}/Packages\n`,
  )
  const etc = join(dir, 'etc')
  await writeTree(etc, {
    'sources.list.d/test.sources': `# the tests' own\nTypes: deb\nURIs: file:${dir}\nSuites: bookworm bookworm-updates\nComponents: main\nTrusted: yes\n`,
  })
  return { etc, deb }
}

/** What `kseries --help` says behind its commands. */
export const manual = `
Examples:
  kseries run                              build, boot and test the default series on x86_64
  kseries run --arch arm64                 the same on arm64
  kseries run --test 'negative*' --fresh   only these tests, even if nothing changed
  kseries run --machine qemu-arm64-optee   with a trusted execution environment beside Linux
  kseries firmware --ta ./my-ta            its firmware alone, with a trusted application of yours
  kseries watch                            the same at each save
  kseries generate --base 7.2 --out DIR    patch files for Linux 7.2, for \`git am DIR/*.patch\`
  kseries mail securekey --out DIR         mails for git send-email and b4, with the evidence of the run
  kseries fold                             your changes in the generated tree go into the series' patches
  kseries check thread.mbox                what a maintainer would ask of each commit
  kseries doctor                           what is missing on this machine

Exit status:
  0  every test passed, the work was done
  1  the verdict is bad: a test failed, the kernel panicked, splatted or hung; a finding blocks
  2  the input must change: an unknown option, a malformed series, an anchor that matches nothing
  3  something does not compile
  4  the machine is at fault: a missing tool, no network, a full disk
  130  ended by Ctrl-C

Environment:
  KSERIES_CACHE   where trees, objects and results are kept (default: $XDG_CACHE_HOME/kseries, ~/.cache/kseries)
`

import { KseriesError } from '@kseries/host'

/** There is no sandbox to be had on this machine; nothing was run without one. */
export class SandboxUnavailable extends KseriesError {
  constructor(why: string, cause: unknown) {
    super(`Cannot run programs of a series that is not trusted: ${why}`, {
      hint:
        'Install bubblewrap, and allow user namespaces (kernel.apparmor_restrict_unprivileged_userns=0, a container with ' +
        'CAP_SYS_ADMIN); or read the patches, and trust them with --no-sandbox.',
      cause,
    })
  }
}

import { CommandFailed, explainDiskErrors, KseriesError, type Report, step } from '@kseries/host'
import { theirGit } from './git.ts'
import { isLocalUrl, sourceLabel, type TreeSource } from './source.ts'

/**
 * Fetches one commit into a repository, without its history, with the person's own git configuration.
 * @param target - `ref` of the repository is set to it.
 * @throws GitSourceFailed, DiskFull, Interrupted
 */
export const fetchRef = async (
  source: TreeSource & { kind: 'git' },
  { gitDir, ref }: { readonly gitDir: string; readonly ref: string },
  { signal, report }: { readonly signal?: AbortSignal | undefined; readonly report: Report },
): Promise<void> => {
  const label = sourceLabel(source)
  await step(report, `fetch ${label}`, async update => {
    const onLine = (line: string) => {
      const match = /(\w+ objects): +(\d+)%/.exec(line)
      if (match) update(`${match[1]}`, Number(match[2]) / 100)
    }
    const local = isLocalUrl(source.url)
    const url = local && !source.url.startsWith('file://') ? `file://${source.url}` : source.url
    // `file://` goes through upload-pack, so --depth holds; a clone of the same machine may be asked for any commit.
    const pack = local
      ? ['--upload-pack', 'git -c safe.directory=* -c uploadpack.allowAnySHA1InWant=true upload-pack']
      : []
    try {
      await explainDiskErrors(gitDir, () =>
        theirGit(
          gitDir,
          [
            '-c',
            'protocol.file.allow=always',
            'fetch',
            '--depth=1',
            '--no-tags',
            '--force',
            '--progress',
            ...pack,
            url,
            `${source.ref}:${ref}`,
          ],
          { signal, onLine, env: { GIT_DIR: gitDir } },
        ),
      )
    } catch (error) {
      if (error instanceof CommandFailed) throw new GitSourceFailed(label, error)
      throw error
    }
  })
}

/** The repository or the ref cannot be fetched. */
export class GitSourceFailed extends KseriesError {
  constructor(label: string, cause: CommandFailed) {
    const words = cause.stderr.split('\n').filter(line => /^(fatal|error|remote: error|ssh):/i.test(line))
    super(`Cannot fetch ${label}: ${words.join('; ') || cause.message}`, {
      hint: /resolve host|Connection|timed out|unable to access/i.test(cause.stderr)
        ? 'Check the network and the address, then run the same command again.'
        : 'Check the address and the ref. A server may refuse a bare commit hash: name a branch or a tag then.',
      cause,
    })
  }
}

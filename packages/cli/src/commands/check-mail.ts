import { buffer } from 'node:stream/consumers'
import { b4Json, b4Lines, proveSandbox, sandboxed, subjectOfMail, textChecks } from '@kseries/check'
import { ExitCode, silent } from '@kseries/host'
import { gitDirOf } from '../check/subject.ts'

/** Which of b4's commands asks: `b4 prep --check` takes lines, `b4 review` JSON. */
export type B4Form = 'prep' | 'review'

/**
 * `kseries check --b4`: one mail on standard input, judged by what needs no compiler. Findings are no failure of the command: b4
 * takes them from the output, and another exit code for a command that broke down.
 */
export const checkMail = async (
  form: B4Form,
  { repo, sandbox }: { readonly repo: string; readonly sandbox?: boolean },
  signal: AbortSignal,
): Promise<ExitCode> => {
  const mail = await buffer(process.stdin)
  const subject = await subjectOfMail(mail, await gitDirOf(repo, 'the mail', signal), signal)
  const isSandboxed = sandbox ?? subject.kind === 'mail'
  if (isSandboxed) await proveSandbox(signal)
  const { findings, tools } = await textChecks(subject, {
    signal,
    report: silent,
    ...(isSandboxed && { runOn: (readable: readonly string[]) => sandboxed({ readable, writable: [] }) }),
  })
  process.stdout.write(form === 'prep' ? b4Lines(findings) : b4Json(findings, tools))
  return ExitCode.ok
}

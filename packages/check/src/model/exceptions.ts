import type { CheckException } from '@kseries/patchgen'
import type { Finding } from './finding.ts'

/**
 * Marks the findings that the series argues about, and adds one for each exception that is of no use any more.
 * @param exceptions - `check` of series.ts.
 * @param ran - the tools that ran: an exception for another one may yet be of use.
 */
export const argue = (
  findings: readonly Finding[],
  exceptions: readonly CheckException[],
  ran: ReadonlySet<string>,
): Finding[] => {
  const used = new Set<CheckException>()
  const argued = findings.map((finding): Finding => {
    const exception = exceptions.find(one => covers(one, finding))
    if (!exception) return finding
    used.add(exception)
    return { ...finding, argued: exception.why }
  })
  const useless = exceptions.filter(one => !used.has(one) && ran.has(one.tool))
  return [
    ...argued,
    ...useless.map(
      ({ tool, text, patch }): Finding => ({
        tool: 'exceptions',
        file: 'series.ts',
        text: `check: nothing that ${tool} finds${patch === undefined ? '' : ` in ${patch}`} has the text '${text}': take the exception out`,
        blocks: true,
      }),
    ),
  ]
}

const covers = ({ tool, text, patch }: CheckException, finding: Finding): boolean =>
  tool === finding.tool && finding.text.includes(text) && (patch === undefined || patch === finding.commit?.patch)

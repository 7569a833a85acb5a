import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * Shows a file in the person's pager, on our terminal, from its end.
 * @returns when they have left it; a pager that is not there is said on standard error.
 */
export const showFile = async (path: string): Promise<void> => {
  const [pager = 'less', ...args] = (process.env['PAGER'] || 'less').split(' ').filter(Boolean)
  const child = spawn(pager, [...args, ...(pager.endsWith('less') ? ['-R', '+G'] : []), path], { stdio: 'inherit' })
  await once(child, 'exit').catch((error: Error) => {
    process.stderr.write(`kseries: cannot show ${path}: ${error.message}\n`)
  })
}

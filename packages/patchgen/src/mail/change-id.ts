import { contentKey } from '@kseries/host'
import type { Series } from '../series/load.ts'

/**
 * What tells the versions of a series from other series: the same in all of them (b4's format, YYYYMMDD-name-12 hex). From the
 * date and the folder's name, so those stay as they are.
 */
export const changeIdOf = ({ name, meta }: Series): string =>
  meta.changeId ?? `${meta.date.replaceAll('-', '')}-${name}-${contentKey(['change-id', meta.date, name]).slice(0, 12)}`

import type { Firmware } from '@kseries/firmware'

/** Firmware in a line: what of, and with which trusted applications. */
export const firmwareText = ({ origins, tas, wasBuilt }: Firmware & { readonly wasBuilt: boolean }): string => {
  const inside = tas.map(({ name }) => name).join(', ') || 'no trusted application'
  return `${origins.tfa}, ${origins.optee}, with ${inside}${wasBuilt ? ', built before' : ''}`
}

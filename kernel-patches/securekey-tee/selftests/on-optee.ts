/** Where there is OP-TEE with the trusted application. */

import type { Sys } from '@kseries/kselftest-ts'

/** Its name on the TEE bus. */
export const APPLICATION = 'optee-ta-9d9d3e0b-171e-459d-ae54-a69b9661e5e0'

/** Ends the test, with the reason, on a machine without OP-TEE or without the application. */
export const onOptee = async (context: {
  sys: Sys
  needs: (condition: boolean, why: string) => void
}): Promise<Sys> => {
  const devices = await context.sys.readDir('/sys/bus/tee/devices')
  context.needs(devices.includes(APPLICATION), 'no OP-TEE with the trusted application on this machine')
  return context.sys
}

import { fuzz } from '../../securekey/selftests/fuzz.ts'
import { few, type Reach } from '../../securekey/selftests/reach.ts'
import { letAllIn } from '../selftests/commands.ts'
import { programsOfNobody } from '../selftests/random-programs.ts'

export default {
  'an ordinary user': async (sys, watch) => void (await fuzz(sys, programsOfNobody(false), { ...few, watch })),
  'one who may open the device': async (sys, watch) => {
    await using _ = await letAllIn(sys)
    await fuzz(sys, programsOfNobody(false), { ...few, watch })
  },
  'one who is handed what decrypts': async (sys, watch) =>
    void (await fuzz(sys, programsOfNobody(true), { ...few, watch })),
} satisfies Reach

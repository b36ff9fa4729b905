// The files of Vidur's profiles in configurations.
import { z } from 'zod'
import { defined } from '../../config/defined.js'
import type { ReadText } from '../../config/read-text.js'
import type { VidurProfiles } from './profile-tables.js'

export const profileFields = {
  mlp: z.string(),
  attention: z.string(),
  allReduce: z.string().optional(),
  sendReceive: z.string().optional(),
  cpuOverhead: z.string().optional(),
  regressor: z.enum(['monotone', 'random_forest', 'linear_regression']).optional(),
}

/** Reads the files. */
export function readProfiles(
  paths: z.infer<z.ZodObject<typeof profileFields>>,
  readText: ReadText,
): VidurProfiles {
  const read = (source: string | undefined) =>
    source === undefined ? undefined : { source, text: readText(source) }
  return defined({
    mlp: read(paths.mlp)!,
    attention: read(paths.attention)!,
    allReduce: read(paths.allReduce),
    sendReceive: read(paths.sendReceive),
    cpuOverhead: read(paths.cpuOverhead),
  }) as VidurProfiles
}

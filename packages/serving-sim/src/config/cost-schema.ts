// The section `cost`: whose prices hold, and where the energy is from. It changes no simulation.
import { z } from 'zod'

const usd = z.number().nonnegative().max(1e6)

export const costSchema = z.strictObject({
  /** Kind of provider whose list prices hold: neocloud, hyperscaler, or one of a file of prices. */
  provider: z.string().optional(),
  /** Of every device, or by its name. */
  usdPerDeviceHour: z.union([usd, z.record(z.string(), usd)]).optional(),
  /** A country, or world. */
  grid: z.string().optional(),
  gCO2PerKWh: z.number().nonnegative().max(1e5).optional(),
  /** Watts of the host for each device. */
  hostW: z.number().nonnegative().max(1e6).optional(),
  /** Energy of the whole site over that of its machines. */
  pue: z.number().min(1).max(10).optional(),
})

/** Whose prices hold, and where the energy is from. */
export type CostSettings = z.infer<typeof costSchema>

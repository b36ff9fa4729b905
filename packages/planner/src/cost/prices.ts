// What an hour of a device costs: a table by device and kind of provider, each price with its source and date.
import { FlowsimError } from '@flowsim/trace-schema'
import { schemaFault, schemaFaultText } from '@flowsim/trace-schema/zod'
import { z } from 'zod'
import prices from './data/prices.json' with { type: 'json' }

const priceSchema = z.strictObject({
  /** Name in the catalogue of devices. */
  device: z.string(),
  /** Kind of provider: `neocloud`, `hyperscaler`, or any other name. */
  provider: z.string(),
  usdPerDeviceHour: z.number().nonnegative().max(1e6),
  date: z.string(),
  source: z.string(),
})

/** What an hour of a device costs somewhere. */
export type Price = z.infer<typeof priceSchema>

const pricesSchema = z.strictObject({
  schema: z.literal('flowsim.prices/1'),
  prices: z.array(priceSchema).min(1),
})

/** List prices that come with the package. */
export const PRICES: readonly Price[] = pricesSchema.parse(prices).prices

/** The kind of provider whose prices hold where none is named. */
export const DEFAULT_PROVIDER = 'neocloud'

export type CostErrorCode = 'invalid_prices' | 'unknown_grid'

/** Prices or grids that cannot be used. */
export class CostError extends FlowsimError<CostErrorCode> {
  override readonly name = 'CostError'
}

/**
 * Prices of a file, in the form of `prices.json`.
 * @throws CostError `invalid_prices`
 */
export function readPrices(document: unknown, { source }: { source: string }): Price[] {
  const parsed = pricesSchema.safeParse(document)
  if (parsed.success) return parsed.data.prices
  const { field } = schemaFault(parsed.error)
  throw new CostError('invalid_prices', `${source}: ${schemaFaultText(parsed.error)}`, {
    source,
    ...(field === '' ? {} : { at: { path: field } }),
  })
}

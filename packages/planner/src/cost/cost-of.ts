// What a run costs: devices by the hour, energy by what they did, carbon by the grid. What is not known is null.
import type { CostSettings, DeviceUse } from '@flowsim/serving-sim'
import type { ServingCost, ServingMetrics } from '@flowsim/trace-schema'
import grids from './data/grids.json' with { type: 'json' }
import { deviceW, hostW, loadOf, POWER } from './power.js'
import { CostError, DEFAULT_PROVIDER, PRICES, type Price } from './prices.js'

/** What a run did. */
export interface CostInput {
  report: Pick<ServingMetrics, 'durationS' | 'inputTokens' | 'outputTokens'>
  use?: readonly DeviceUse[] | undefined
}

/** Whose prices and which grid hold. */
export interface CostOptions {
  /** The section `cost` of a configuration. */
  settings?: CostSettings | undefined
  /** Instead of the prices of the package. */
  prices?: readonly Price[] | undefined
}

/** The grid whose intensity holds where none is named. */
const DEFAULT_GRID = 'world'

const JOULES_PER_KWH = 3.6e6

/**
 * Money, power, energy and carbon of a run.
 * @throws CostError `unknown_grid`
 */
export function costOf({ report, use }: CostInput, options: CostOptions = {}): ServingCost {
  const { settings = {} } = options
  const provider = settings.provider ?? DEFAULT_PROVIDER
  const { durationS, inputTokens, outputTokens } = report
  const tokens = inputTokens + outputTokens
  const fleet = fleetOf(use ?? [], { ...options, provider, durationS })
  const usdPerHour = sumOf(fleet, ({ usdPerDeviceHour, meanDevices }) =>
    usdPerDeviceHour === null ? null : usdPerDeviceHour * meanDevices,
  )
  const power = powerOf(use ?? [], durationS, settings)
  const perToken = (amount: number | null, count: number) =>
    amount === null || count === 0 ? null : amount / count
  const usd = usdPerHour === null ? null : (usdPerHour * durationS) / 3600
  const joules = power === null ? null : power.totalW * durationS
  const grid = gridOf(settings)
  const grams = joules === null ? null : (joules / JOULES_PER_KWH) * grid.gCO2PerKWh
  const perMillion = (amount: number | null, count: number) => {
    const each = perToken(amount, count)
    return each === null ? null : 1e6 * each
  }
  return {
    provider,
    devices: fleet,
    usdPerHour,
    usdPerMillionTokens: perMillion(usd, tokens),
    usdPerMillionOutputTokens: perMillion(usd, outputTokens),
    power,
    joulesPerToken: perToken(joules, tokens),
    joulesPerOutputToken: perToken(joules, outputTokens),
    deviceJoulesPerToken: perToken(power === null ? null : power.devicesW * durationS, tokens),
    grid,
    gCO2PerMillionTokens: perMillion(grams, tokens),
  }
}

/** Devices by kind, as many as were up in the mean, with their prices. */
function fleetOf(
  use: readonly DeviceUse[],
  {
    settings = {},
    prices = PRICES,
    provider,
    durationS,
  }: CostOptions & { provider: string; durationS: number },
): ServingCost['devices'] {
  const kinds = new Map<string | null, { count: number; meanDevices: number }>()
  for (const { hardware, devices, upS } of use) {
    const kind = kinds.get(hardware) ?? { count: 0, meanDevices: 0 }
    kinds.set(hardware, kind)
    kind.count += devices
    kind.meanDevices += durationS > 0 ? (devices * upS) / durationS : devices
  }
  return [...kinds].map(([hardware, kind]) => {
    const stated = statedPrice(settings, hardware)
    const listed =
      stated !== null
        ? null
        : prices.find((price) => price.device === hardware && price.provider === provider)
    return {
      hardware,
      ...kind,
      usdPerDeviceHour: stated ?? listed?.usdPerDeviceHour ?? null,
      source: stated === null ? (listed?.source ?? null) : 'cost.usdPerDeviceHour',
      date: listed?.date ?? null,
    }
  })
}

function statedPrice({ usdPerDeviceHour }: CostSettings, hardware: string | null): number | null {
  if (usdPerDeviceHour === undefined) return null
  if (typeof usdPerDeviceHour === 'number') return usdPerDeviceHour
  if (hardware === null || !Object.hasOwn(usdPerDeviceHour, hardware)) return null
  return usdPerDeviceHour[hardware]!
}

/** Mean power of the deployment; null where what devices did, or what they take at most, is not known. */
function powerOf(
  use: readonly DeviceUse[],
  durationS: number,
  { hostW: statedHostW, pue = 1 }: CostSettings,
): ServingCost['power'] {
  if (use.length === 0 || durationS <= 0) return null
  let devicesW = 0
  let hostsW = 0
  let lowW = 0
  let highW = 0
  let meanDevices = 0
  for (const { devices, maximumW, upS, busyS, computeS, memoryS } of use) {
    if (maximumW === null || computeS === null || memoryS === null) return null
    if (upS === 0) continue
    const up = (devices * upS) / durationS
    const load = loadOf({ busy: busyS / upS, compute: computeS / upS, memory: memoryS / upS })
    meanDevices += up
    devicesW += up * deviceW(maximumW, load)
    hostsW += up * (statedHostW ?? hostW(load))
    lowW += up * deviceW(maximumW, 0)
    highW += up * maximumW
  }
  return {
    deviceW: meanDevices > 0 ? devicesW / meanDevices : 0,
    devicesW,
    lowDevicesW: lowW,
    highDevicesW: highW,
    hostsW,
    pue,
    totalW: pue * (devicesW + hostsW),
    isVerified: use.every(
      ({ hardware }) => hardware !== null && POWER.device.verified.includes(hardware),
    ),
    sources: [
      POWER.device.source,
      ...(statedHostW === undefined ? [POWER.host.source] : ['cost.hostW']),
    ],
  }
}

function gridOf({ grid, gCO2PerKWh }: CostSettings): ServingCost['grid'] {
  const name = grid ?? DEFAULT_GRID
  if (gCO2PerKWh !== undefined) {
    return { name: grid ?? null, gCO2PerKWh, source: 'cost.gCO2PerKWh' }
  }
  if (!Object.hasOwn(grids.gCO2PerKWh, name)) {
    const known = Object.keys(grids.gCO2PerKWh).join(', ')
    throw new CostError(
      'unknown_grid',
      `cost.grid "${name}" is not known; known are ${known}; or give cost.gCO2PerKWh`,
      'cost.grid',
    )
  }
  const known = grids.gCO2PerKWh[name as keyof typeof grids.gCO2PerKWh]
  return { name, gCO2PerKWh: known, source: grids.source }
}

/** A sum, null where a part of it is, or where there is none. */
function sumOf<T>(items: readonly T[], of: (item: T) => number | null): number | null {
  let sum = 0
  for (const item of items) {
    const part = of(item)
    if (part === null) return null
    sum += part
  }
  return items.length === 0 ? null : sum
}

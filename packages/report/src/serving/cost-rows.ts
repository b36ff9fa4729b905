// What a run cost, as rows of a table: only what is known.
import type { ServingCost } from '@flowsim/trace-schema'

const usd = (value: number) => `$${value.toLocaleString('en-US', { maximumSignificantDigits: 4 })}`
const digits = (value: number) => value.toLocaleString('en-US', { maximumSignificantDigits: 4 })

/** Name and value of each figure that is known. */
export function costRows(cost: ServingCost): [label: string, value: string][] {
  const { usdPerHour, power, grid } = cost
  const rows: [string, string | null][] = [
    ['devices', devicesText(cost)],
    ['cost an hour', usdPerHour === null ? null : usd(usdPerHour)],
    ['cost of 1M tokens', costText(cost)],
    [
      'power',
      power === null
        ? null
        : `${digits(power.totalW / 1000)} kW, ${digits(power.deviceW)} W a device${power.isVerified ? '' : ' (unverified)'}`,
    ],
    ['energy a token', energyText(cost)],
    [
      'CO2 of 1M tokens',
      cost.gCO2PerMillionTokens === null
        ? null
        : `${digits(cost.gCO2PerMillionTokens)} g at ${grid.gCO2PerKWh} g/kWh${grid.name === null ? '' : ` (${grid.name})`}`,
    ],
  ]
  return rows.flatMap(([label, value]) => (value === null ? [] : [[label, value]]))
}

function devicesText({ devices, provider }: ServingCost): string | null {
  const isKnown = devices.some((kind) => kind.hardware !== null || kind.usdPerDeviceHour !== null)
  if (!isKnown) return null
  return devices
    .map(({ hardware, count, usdPerDeviceHour, date }) => {
      const price =
        usdPerDeviceHour === null
          ? 'price unknown'
          : `${usd(usdPerDeviceHour)} an hour${date === null ? '' : `, ${provider} ${date}`}`
      return `${count} ${hardware ?? 'unknown'} (${price})`
    })
    .join(' + ')
}

function costText({ usdPerMillionTokens, usdPerMillionOutputTokens }: ServingCost): string | null {
  if (usdPerMillionTokens === null) return null
  const all = usd(usdPerMillionTokens)
  return usdPerMillionOutputTokens === null
    ? all
    : `${all}, of outputs alone ${usd(usdPerMillionOutputTokens)}`
}

function energyText({ joulesPerToken, joulesPerOutputToken }: ServingCost): string | null {
  if (joulesPerToken === null) return null
  const all = `${digits(joulesPerToken)} J`
  return joulesPerOutputToken === null
    ? all
    : `${all}, an output token ${digits(joulesPerOutputToken)} J`
}

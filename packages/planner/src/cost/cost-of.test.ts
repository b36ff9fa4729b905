import type { DeviceUse } from '@flowsim/serving-sim'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { costOf } from './cost-of.js'
import { POWER } from './power.js'
import { PRICES, readPrices } from './prices.js'

const report = { durationS: 100, inputTokens: 900_000, outputTokens: 100_000 }

const use = (changed: Partial<DeviceUse> = {}): DeviceUse => ({
  instance: 'instance',
  devices: 8,
  hardware: 'h200_sxm',
  maximumW: 700,
  upS: 100,
  busyS: 50,
  computeS: 5,
  memoryS: 20,
  ...changed,
})

describe('money', () => {
  it('is devices times the price of an hour, over the tokens of the run', () => {
    const cost = costOf({ report, use: [use()] }, { settings: { usdPerDeviceHour: 3.6 } })
    expect(cost.usdPerHour).toBeCloseTo(28.8, 12)
    expect(cost.usdPerMillionTokens).toBeCloseTo((28.8 * 100) / 3600, 12)
    expect(cost.usdPerMillionOutputTokens).toBeCloseTo((10 * 28.8 * 100) / 3600, 12)
  })

  it('counts an instance for as long as it was up', () => {
    const cost = costOf(
      { report, use: [use(), use({ upS: 25 })] },
      { settings: { usdPerDeviceHour: 1 } },
    )
    expect(cost.devices).toMatchObject([{ count: 16, meanDevices: 10 }])
    expect(cost.usdPerHour).toBeCloseTo(10, 12)
  })

  it('is the list price of the kind of provider that is named, with its day', () => {
    const of = (provider: string) => costOf({ report, use: [use()] }, { settings: { provider } })
    const listed = PRICES.find((p) => p.device === 'h200_sxm' && p.provider === 'hyperscaler')!
    expect(of('hyperscaler').devices[0]).toMatchObject({
      usdPerDeviceHour: listed.usdPerDeviceHour,
      date: listed.date,
    })
    expect(of('nobody').usdPerMillionTokens).toBeNull()
  })

  it('is unknown where the price of one kind of device is', () => {
    const cost = costOf({ report, use: [use(), use({ hardware: 'my-device' })] })
    expect(cost.usdPerHour).toBeNull()
    expect(cost.devices.map(({ usdPerDeviceHour }) => usdPerDeviceHour === null)).toEqual([
      false,
      true,
    ])
  })

  it('is unknown where an engine does not say what its devices did', () => {
    const cost = costOf({ report })
    expect(cost).toMatchObject({ usdPerHour: null, power: null, joulesPerToken: null })
  })
})

describe('power', () => {
  it('of an idle device is its idle power, and never above its limit', () => {
    const idle = costOf({ report, use: [use({ busyS: 0, computeS: 0, memoryS: 0 })] })
    expect(idle.power!.deviceW).toBeCloseTo(POWER.device.idleShare * 700, 10)
    const full = costOf({ report, use: [use({ busyS: 100, computeS: 100, memoryS: 100 })] })
    expect(full.power!.deviceW).toBe(700)
  })

  it('lies between idle and the limit, and grows with each use', () => {
    const share = fc.double({ min: 0, max: 100, noNaN: true })
    fc.assert(
      fc.property(share, share, share, share, (busyS, computeS, memoryS, more) => {
        const of = (changed: Partial<DeviceUse>) =>
          costOf({ report, use: [use({ busyS, computeS, memoryS, ...changed })] }).power!
        const { devicesW, lowDevicesW, highDevicesW } = of({})
        expect(devicesW).toBeGreaterThanOrEqual(lowDevicesW)
        expect(devicesW).toBeLessThanOrEqual(highDevicesW)
        expect(of({ computeS: computeS + more }).devicesW).toBeGreaterThanOrEqual(devicesW)
        expect(of({ memoryS: memoryS + more }).devicesW).toBeGreaterThanOrEqual(devicesW)
      }),
    )
  })

  it('gives joules a token, and carbon by the grid', () => {
    const settings = { hostW: 100, pue: 1.5, gCO2PerKWh: 360 }
    const cost = costOf({ report, use: [use({ busyS: 0, computeS: 0, memoryS: 0 })] }, { settings })
    const watts = 1.5 * 8 * (POWER.device.idleShare * 700 + 100)
    expect(cost.power!.totalW).toBeCloseTo(watts, 8)
    expect(cost.joulesPerToken).toBeCloseTo((watts * 100) / 1e6, 12)
    // 360 g a kilowatt-hour are 100 µg a joule.
    expect(cost.gCO2PerMillionTokens).toBeCloseTo(watts * 100 * 1e-4, 10)
  })

  it('is verified on the measured device alone', () => {
    const of = (hardware: string) => costOf({ report, use: [use({ hardware })] }).power!.isVerified
    expect(of('mi355x')).toBe(true)
    expect(of('h200_sxm')).toBe(false)
  })

  it('of a grid that nobody knows is refused, with those that are known', () => {
    expect(() => costOf({ report, use: [use()] }, { settings: { grid: 'atlantis' } })).toThrow(
      /cost\.grid "atlantis" is not known; known are world/,
    )
  })
})

describe('a file of prices', () => {
  const prices = [
    { device: 'mine', provider: 'own', usdPerDeviceHour: 1, date: '2026-01-01', source: 'a bill' },
  ]

  it('holds instead of the known prices', () => {
    const read = readPrices({ schema: 'flowsim.prices/1', prices }, { source: 'prices.yaml' })
    const input = { report, use: [use({ hardware: 'mine' })] }
    const cost = costOf(input, { prices: read, settings: { provider: 'own' } })
    expect(cost.usdPerHour).toBe(8)
  })

  it('is refused with the field at fault', () => {
    const wrong = [{ ...prices[0], usdPerDeviceHour: -1 }]
    expect(() =>
      readPrices({ schema: 'flowsim.prices/1', prices: wrong }, { source: 'p' }),
    ).toThrow(/^p: prices\[0\]\.usdPerDeviceHour: must be at least 0$/)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Candidate, devicesOf, type Family, type Group } from './family.js'
import { searchPlans } from './search.js'

const budget = { hardware: 'h', name: 'h', vendor: 'other' as const, nodeDevices: 8, devices: 64 }

function group(role: Group['role'], devices: number, requestsPerS: number): Group {
  const one = { pipelineParallel: 1, contextParallel: 1, dataParallel: 1, expertParallel: 1 }
  return {
    role,
    budget,
    layout: { tensorParallel: devices, ...one },
    devices,
    precision: undefined,
    kvPrecision: undefined,
    depth: 0,
    batchTokens: 8192,
    sequences: 256,
    capacity: { requestsPerS, sequences: 1, stepS: 1 },
  }
}

const deviceCount = (candidate: Candidate) => devicesOf(candidate).get('h')!

/** What truly meets the limits: instances with their true rates, which are at most their capacities. */
function search(families: readonly Family[], trueRate: (group: Group) => number, ratePerS: number) {
  const trial = ({ family, counts }: Candidate) => {
    const slow = family.groups.map((group, i) => trueRate(group) * counts[i]! < ratePerS)
    const isSlow = (role: Group['role']) =>
      family.groups.some((group, i) => slow[i] && (group.role === role || group.role === 'both'))
    const limit = (name: string, met: boolean) => ({
      limit: `${name}.p99S<=1`,
      valueS: met ? 0.5 : 2,
      mostS: 1,
      met,
    })
    const limits = [limit('ttft', !isSlow('prefill')), limit('tpot', !isSlow('decode'))]
    return { limits, met: limits.every(({ met }) => met), isDecodeFull: false, outcome: {} }
  }
  return searchPlans({
    families,
    ratePerS,
    pricePerDevice: new Map([['h', 1]]),
    budgets: [budget],
    most: 100_000,
    wanted: 1,
    dearer: 1,
    probe: () => null,
    simulate: trial,
  })
}

/** The fewest devices, by counting. */
function fewest(families: readonly Family[], trueRate: (group: Group) => number, ratePerS: number) {
  return Math.min(
    ...families.map(({ groups }) =>
      groups.reduce((sum, each) => sum + each.devices * Math.ceil(ratePerS / trueRate(each)), 0),
    ),
  )
}

describe('the search', () => {
  const made = fc.record({
    devices: fc.constantFrom(1, 2, 4, 8),
    capacity: fc.double({ min: 1, max: 20, noNaN: true }),
    share: fc.double({ min: 0.5, max: 1, noNaN: true }),
  })

  it('finds what counting finds, of instances that are slower than their capacity', () => {
    fc.assert(
      fc.property(
        fc.array(made, { minLength: 1, maxLength: 4 }),
        fc.array(made, { minLength: 1, maxLength: 3 }),
        fc.array(made, { minLength: 1, maxLength: 3 }),
        fc.double({ min: 1, max: 40, noNaN: true }),
        (both, prefills, decodes, ratePerS) => {
          const shares = new Map<string, number>()
          let sequences = 0
          const groupOf = (role: Group['role']) => (one: (typeof both)[number]) => {
            const each = { ...group(role, one.devices, one.capacity), sequences: sequences++ }
            shares.set(String(each.sequences), one.share)
            return each
          }
          const rate = (each: Group) =>
            each.capacity.requestsPerS * shares.get(String(each.sequences))!
          const pools = prefills.map(groupOf('prefill'))
          const others = decodes.map(groupOf('decode'))
          const families: Family[] = [
            ...both
              .map(groupOf('both'))
              .map((each): Family => ({ mode: 'aggregated', groups: [each] })),
            ...pools.flatMap((prefill) =>
              others.map(
                (decode): Family => ({ mode: 'disaggregated', groups: [prefill, decode] }),
              ),
            ),
          ]
          const best = fewest(families, rate, ratePerS)
          const { met } = search(families, rate, ratePerS)
          expect(met[0] === undefined ? null : deviceCount(met[0].candidate)).toBe(
            best <= budget.devices ? best : null,
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  it('says when it was stopped before everything cheaper was tried', () => {
    const families: Family[] = [{ mode: 'aggregated', groups: [group('both', 1, 100)] }]
    const options = {
      families,
      ratePerS: 10,
      pricePerDevice: new Map([['h', 1]]),
      budgets: [budget],
      most: 3,
      wanted: 1,
      dearer: 1,
      probe: () => null,
      simulate: () => ({ limits: [], met: false, isDecodeFull: false, outcome: {} }),
    }
    expect(searchPlans(options)).toMatchObject({ simulations: 3, isComplete: false, nextPrice: 4 })
    // Of one device up to 64.
    expect(searchPlans({ ...options, most: 1000 })).toMatchObject({
      isComplete: true,
      simulations: 64,
    })
  })
})

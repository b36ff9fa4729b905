import type { WorkloadRequest } from '@flowsim/trace-schema'
import { describe, expect, test } from 'vitest'
import { instance, options, request, tier } from '../../../../../test/cluster.js'
import { fault, prepare } from '../../../../../test/prepare.js'
import { randomSource } from '../../../../random/random.js'
import { simulateFlowsim } from '../../engine.js'
import { PrefixStream } from '../prefix-stream.js'
import { createTiers } from './create-tiers.js'
import type { TierOptions } from './options.js'
import { TierStore } from './tier-store.js'

/** Four blocks of a group's prefix and one of its own. */
const asks = (id: number, group: string, arrivalNs = 0): WorkloadRequest =>
  request(id, { prefixGroup: group, prefixTokens: 16, inputTokens: 20, outputTokens: 1, arrivalNs })

const run = (
  requests: WorkloadRequest[],
  tiers: readonly TierOptions[],
  { instances = 1, blocks = 400 } = {},
) =>
  simulateFlowsim(
    requests,
    options(
      Array.from({ length: instances }, (_, i) =>
        instance({
          name: `i${i}`,
          scheduler: { maxNumBatchedTokens: 512 },
          kv: { blocks, tiers, hostLatencyNs: 0 },
        }),
      ),
    ),
  )
const scheduled = ({ requests }: ReturnType<typeof run>) =>
  [...requests].map(({ scheduledNs }) => scheduledNs!)
const FOREVER = Number.POSITIVE_INFINITY

describe('a prefix below the host', () => {
  test('is there after latency + bytes / bandwidth, and then takes no step', () => {
    const remote = tier('remote', FOREVER, { latencyNs: 7e6, blockNs: 3e6, warm: 1 })
    const done = run([asks(0, 'a')], [remote])
    expect(scheduled(done)).toEqual([7e6 + 4 * 3e6])
    expect(done.requests.record(0).cachedTokens).toBe(16)
    expect(done.batches![0]!.prefillTokens).toBe(4)
    expect(done.report.features).toEqual({
      kvLookupTokens: 20,
      deviceHitTokens: 0,
      remoteHitTokens: 16,
    })
  })

  test('follows those that were asked for before on the same link: the k-th after k times', () => {
    const remote = tier('remote', FOREVER, { latencyNs: 5e6, blockNs: 10e6, warm: 1 })
    const starts = scheduled(
      run(
        ['a', 'b', 'c'].map((name, i) => asks(i, name)),
        [remote],
      ),
    )
    // A step of 1 ms that four tokens and 4 MB over PCIe lengthen is over long before the next one comes.
    expect(starts).toEqual([45e6, 85e6, 125e6])
  })

  test('comes over the link of each instance, and over what all of them share', () => {
    const remote = (totalBlockNs: number) =>
      tier('remote', FOREVER, { blockNs: 10e6, totalBlockNs, warm: 1 })
    const starts = (totalBlockNs: number) =>
      scheduled(
        run([asks(0, 'a'), asks(1, 'b')], [remote(totalBlockNs)], { instances: 2 }),
      ).toSorted((a, b) => a - b)
    expect(starts(0)).toEqual([40e6, 40e6])
    expect(starts(10e6)).toEqual([40e6, 80e6])
    expect(starts(20e6)).toEqual([80e6, 160e6])
  })

  test('delays who waits for it and nobody else', () => {
    const other = request(1, { outputTokens: 5 })
    const remote = tier('remote', FOREVER, { blockNs: 100e6, warm: 1 })
    const [alone, beside] = [
      run([other], [remote]).requests.record(0),
      run([asks(0, 'a'), other], [remote]).requests.record(1),
    ]
    expect(beside.finishedNs).toBe(alone.finishedNs)
  })

  test('that a request gives up on is counted so', () => {
    const remote = tier('remote', FOREVER, { blockNs: 100e6, warm: 1 })
    const done = run([{ ...asks(0, 'a'), deadlineNs: 1e6 }], [remote])
    expect(done.report.requests).toEqual({ timed_out: 1 })
  })

  test('is on the host from then on', () => {
    // Eight blocks: the second request takes the devices of the first one's prefix.
    const between = request(1, { inputTokens: 28, outputTokens: 1, arrivalNs: 50e6 })
    const tiers = [tier('host', 100), tier('remote', FOREVER, { warm: 1 })]
    const done = run([asks(0, 'a'), between, asks(2, 'a', 100e6)], tiers, { blocks: 8 })
    expect(scheduled(done)).toEqual([4e6, 50e6, 100e6])
    const { remoteHitTokens, hostHitTokens, deviceHitTokens } = done.report.features!
    expect([remoteHitTokens, hostHitTokens! + deviceHitTokens!]).toEqual([16, 16])
    expect(hostHitTokens).toBeGreaterThan(0)
  })
})

describe('a tier', () => {
  test('that holds nothing changes nothing', () => {
    const requests = Array.from({ length: 60 }, (_, i) => asks(i, `g${i % 7}`, i * 1e6))
    for (const write of ['back', 'through'] as const) {
      const none = [tier('host', 0, { write }), tier('remote', 0, { write, warm: 1 })]
      const [with_, without] = [
        run(requests, none, { blocks: 12 }),
        run(requests, [], { blocks: 12 }),
      ]
      expect([...with_.requests]).toEqual([...without.requests])
      const { features, ...report } = with_.report
      expect(report).toEqual(without.report)
      expect([features!.hostHitTokens, features!.remoteHitTokens]).toEqual([0, 0])
    }
  })

  // Independent references, all as often: the last C that were used of N are there, so C / N of the next are hits.
  test.each([0, 10, 25, 50])(
    'of %i blocks has its share of 50 that are asked for evenly',
    (blocks) => {
      const store = new TierStore(0, blocks)
      const stream = new PrefixStream()
      const random = randomSource(3)
      let hits = 0
      const draws = 20_000
      for (let i = -1000; i < draws; i++) {
        const block = { stream, position: Math.floor(random() * 50) }
        if (store.use(block) && i >= 0) hits++
        store.add(block)
      }
      const share = blocks / 50
      const deviation = Math.sqrt((share * (1 - share)) / draws)
      expect(Math.abs(hits / draws - share)).toBeLessThanOrEqual(4 * deviation)
    },
  )

  test('of one block less than goes around has nothing, and of all has everything', () => {
    const requests = Array.from({ length: 40 }, (_, i) => asks(i, `g${i % 4}`, i * 100e6))
    const hits = (blocks: number) =>
      run(requests, [tier('ssd', blocks, { write: 'through' })], { blocks: 5 }).report.features!
        .ssdHitTokens
    // The first block of a prefix is the first to go.
    expect(hits(15)).toBe(0)
    expect(hits(16)).toBe(36 * 16)
  })

  test('gets blocks when they are computed, or when the devices give them up', () => {
    const found = (write: TierOptions['write']) =>
      run(
        [asks(0, 'a'), asks(1, 'a', 100e6)],
        [tier('remote', FOREVER, { write })],
        // The second one goes to the other instance, while the first one still has the prefix.
        { instances: 2 },
      ).report.features!.remoteHitTokens
    expect(found('through')).toBe(16)
    expect(found('back')).toBe(0)
  })

  test('that is not shared gives others nothing', () => {
    const tiers = [tier('ssd', FOREVER, { write: 'through' })]
    const done = run([asks(0, 'a'), asks(1, 'a', 100e6)], tiers, { instances: 2 })
    expect(done.report.features!.ssdHitTokens).toBe(0)
  })

  test('hands what it has no room for to the one below', () => {
    const [chain] = createTiers([instance({ kv: { tiers: [tier('host', 1), tier('ssd', 1)] } })])
    const stream = new PrefixStream()
    const blocks = [0, 1, 2].map((position) => ({ stream, position }))
    for (const block of blocks) chain!.demote(block)
    expect(blocks.map((block) => chain!.find(block))).toEqual([-1, 1, 0])
  })

  test('outlives a failure where it is shared', () => {
    const tiers = [tier('host', 9, { write: 'through' }), tier('remote', 9, { write: 'through' })]
    const [chain] = createTiers([instance({ kv: { tiers } })])
    const block = { stream: new PrefixStream(), position: 0 }
    chain!.write(block)
    expect(chain!.find(block)).toBe(0)
    chain!.stop()
    chain!.write({ ...block, position: 1 })
    chain!.clear()
    expect(chain!.find(block)).toBe(1)
    expect(chain!.find({ ...block, position: 1 })).toBe(-1)
  })

  test('is shared by the instances of one model', () => {
    const tiers = [tier('remote', 9, { write: 'through' })]
    const serving = (serves: string) => ({ ...instance({ kv: { tiers } }), serves })
    const [small, alike, large] = createTiers([serving('s'), serving('s'), serving('l')])
    const block = { stream: new PrefixStream(), position: 0 }
    small!.write(block)
    expect([alike, large].map((chain) => chain!.find(block))).toEqual([0, -1])
  })
})

describe('a warm start', () => {
  const first = Array.from({ length: 10 }, (_, i) => asks(i, `g${i}`, i * 100e6))
  const hits = (requests: WorkloadRequest[], warm: number) =>
    run(requests, [tier('remote', FOREVER, { write: 'back', warm })]).report.features!
      .remoteHitTokens

  test('has a share of the prefixes, each with all that a request has of it', () => {
    expect([0, 0.3, 0.5, 1].map((warm) => hits(first, warm)! / 16)).toEqual([0, 3, 5, 10])
  })

  test('knows of hashed blocks those that two requests have', () => {
    const hashed = (id: number, blockHashes: number[]) =>
      request(id, { blockHashes, blockHashTokens: 8, inputTokens: 25, arrivalNs: id * 100e6 })
    const requests = [hashed(0, [1, 2, 3]), hashed(1, [1, 2, 4]), hashed(2, [7, 8, 9])]
    // Two hashes of the first request; the second finds them on the device, the third was never seen before.
    expect(hits(requests, 1)).toBe(16)
  })
})

describe('the list kv.tiers', () => {
  const config = (tiers: string, kv = 'bytesPerToken: 1000000') => `
workload:
  { type: synthetic, requests: 40, arrival: { process: poisson, ratePerS: 20 }, inputTokens: 64, outputTokens: 2,
    prefix: { tokens: 48, groups: 4 } }
stepTime: { type: linear, perStepUs: 1000 }
kv: { blocks: 100, ${kv}, tiers: ${tiers} }
`
  test('says its defaults, but for what is stated', () => {
    const { assumptions } = prepare(
      config('[{ type: host, capacityGB: 1 }, { type: ssd, bandwidthGBps: 3 }]'),
    )
    const said = assumptions.map(({ setting }) => setting)
    expect(said).toEqual(
      expect.arrayContaining(['kv.tiers.0.write', 'kv.tiers.1.latencyUs', 'kv.hostBandwidthGBps']),
    )
    expect(said).not.toContain('kv.tiers.1.bandwidthGBps')
  })

  test('counts capacity in bytes of all devices, and fetches at its bandwidth', () => {
    const features = (gb: number) =>
      prepare(config(`[{ type: remote, capacityGB: ${gb}, warm: 1 }]`)).run().report.features!
    // Twelve blocks of 16 MB are all that four groups have in common.
    expect(features(0.016 * 12).remoteHitTokens).toBe(4 * 48)
    expect(features(0.015).remoteHitTokens).toBe(0)
  })

  test.each([
    ['[{ type: ssd }, { type: ssd }]', undefined, /two of the type ssd/],
    ['[{ type: ssd }, { type: host }]', undefined, /put it first in kv.tiers/],
    ['[{ type: ssd }]', 'blockSize: 16', /say kv.bytesPerToken/],
    ['[{ type: ssd }]', 'bytesPerToken: 1, prefixCaching: false', /leave kv.tiers out/],
    ['[{ type: tape }]', undefined, /type/],
    ['[{ type: host, bandwidthGBps: 3 }]', undefined, /bandwidthGBps/],
  ])('%s with %s is refused', (tiers, kv, message) => {
    expect(fault(config(tiers, kv))).toMatch(message)
  })
})

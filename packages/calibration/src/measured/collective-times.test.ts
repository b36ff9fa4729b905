import { expect, it } from 'vitest'
import { collectiveTimes } from './collective-times.js'

const source = { source: 'net.csv' }
const row = (more: object = {}) => ({
  ...{ op: 'all_gather', num_gpus: '8', message_bytes: '4096', latency_us: '30', ...more },
})

it('reads rows of collectives; what stands there more than once has its median', () => {
  const thrice = ['30', '50', '32'].map((latency_us) => row({ latency_us }))
  expect(collectiveTimes([...thrice, row({ op: 'all_reduce', num_gpus: 4 })], source)).toEqual([
    { op: 'all_gather', devices: 8, bytes: 4096, latencyS: 32e-6 },
    { op: 'all_reduce', devices: 4, bytes: 4096, latencyS: 30e-6 },
  ])
})

it('names row and column of what it cannot read, and refuses rows of several devices', () => {
  expect(() => collectiveTimes([row(), row({ message_bytes: 'x' })], source)).toThrow(
    /net\.csv: row 2: .*message_bytes/,
  )
  expect(() => collectiveTimes([row({ op: 'gossip' })], source)).toThrow(/row 1: .*"gossip"/)
  const two = ['a', 'b'].map((gpu) => row({ gpu }))
  expect(() => collectiveTimes(two, source)).toThrow(
    'net.csv: holds rows of several devices (a, b)',
  )
})

import { expect, test } from 'vitest'
import { clientsOf } from './client.js'
import { SentPrefixes } from './sent-prefixes.js'

const prompt = (id: string, inputTokens: number, prefixTokens = 0) => ({
  id,
  arrivalUs: 0,
  inputTokens,
  outputTokens: 1,
  ...(prefixTokens > 0 ? { prefixGroup: 'g', prefixTokens } : {}),
})

test('counts full blocks of the shared prefix, from the start, over all of the prompt', () => {
  const [first, second, short, other] = clientsOf([
    prompt('a', 64, 40),
    prompt('b', 100, 40),
    prompt('c', 15, 15),
    prompt('d', 64),
  ])
  const sent = new SentPrefixes(16)
  sent.add(first!, 1)
  expect(sent.share(first!, 1)).toBe(1)
  // 40 tokens are two full blocks; the prompt has six.
  expect(sent.share(second!, 1)).toBe(2 / 6)
  expect(sent.share(second!, 0)).toBe(0)
  expect(sent.share(short!, 1)).toBe(0)
  expect(sent.share(other!, 1)).toBe(0)
})

test('forgets the block that was sent longest ago beyond 10,000', () => {
  const [shared, filler, more] = clientsOf([
    prompt('a', 32, 32),
    prompt('b', 9998 * 16),
    prompt('c', 16),
  ])
  const sent = new SentPrefixes(16)
  sent.add(shared!, 0)
  sent.add(filler!, 0)
  expect(sent.share(shared!, 0)).toBe(1)
  sent.add(more!, 0)
  // Its first block is gone, and a prefix counts from its start.
  expect(sent.share(shared!, 0)).toBe(0)
  sent.add(shared!, 0)
  expect(sent.share(shared!, 0)).toBe(1)
})

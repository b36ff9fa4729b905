import { describe, expect, test } from 'vitest'
import type { KvMemory } from '../../../step-time/deployment.js'
import { fittingBlocks, kvLayout, longestSequence } from './kv-layout.js'

const memory = (sequenceBytes: KvMemory['sequenceBytes'], stateBytes = 0): KvMemory => ({
  weightBytes: 0,
  sequenceBytes,
  stateBytes,
  roomBytes: () => 100_000,
})
const room = { memoryUtilization: 0.9, batchTokens: 1, sequences: 1 }

describe('blocks of a model', () => {
  test('that keeps everything: its tokens', () => {
    const even = memory((tokens) => 10 * tokens)
    const layout = kvLayout(even, 16, 0)
    expect(layout).toMatchObject({ blockSize: 16, bytesPerBlock: 160, extraBlocks: null })
    expect(fittingBlocks(even, layout, room)).toBe(625)
    expect(longestSequence(layout, 625)).toBe(10_000)
  })

  test('with windows: those of its tokens in the other layers, and what the windows hold', () => {
    // One layer keeps all, five keep 64 tokens.
    const windowed = memory((tokens) => 10 * tokens + 50 * Math.min(tokens, 64))
    const layout = kvLayout(windowed, 16, 0)
    expect(layout.bytesPerBlock).toBe(160)
    expect([16, 32, 64, 6400].map((tokens) => layout.extraBlocks!(tokens))).toEqual([5, 10, 20, 20])
    // Beside the windows' 20 blocks.
    expect(longestSequence(layout, 625)).toBe(605 * 16)
  })

  test('with states: a state is as good as so many tokens', () => {
    const hybrid = memory((tokens) => 10 * tokens + 800, 800)
    const layout = kvLayout(hybrid, 16, 0)
    expect([16, 6400].map((tokens) => layout.extraBlocks!(tokens))).toEqual([5, 5])
    // Kept every 64 tokens, a state makes each of the four blocks between larger.
    expect(kvLayout(hybrid, 16, 64).bytesPerBlock).toBe(160 + 200)
  })

  test('that forgets everything: one for each sequence', () => {
    const forgetful = memory(() => 800, 800)
    const layout = kvLayout(forgetful, 16, 0)
    expect(layout.bytesPerBlock).toBe(800)
    expect(fittingBlocks(forgetful, layout, room)).toBe(125)
  })
})

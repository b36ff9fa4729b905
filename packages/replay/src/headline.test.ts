import { describe, expect, it } from 'vitest'
import { isHeadline } from './headline.js'

describe('a total is shown', () => {
  const times = { measuredNs: [80, 20], predictedNs: [40, 10] }

  it('where four fifths of the measured time are predicted', () => {
    expect(isHeadline([{ ...times, unanswered: [0, 1] }])).toBe(true)
    expect(isHeadline([{ ...times, unanswered: [1, 0] }])).toBe(false)
  })

  it('not where the rest is doubtful', () => {
    expect(isHeadline([{ ...times, doubtful: [0, 1] }])).toBe(true)
    expect(isHeadline([{ ...times, doubtful: [1, 0] }])).toBe(false)
    const both = { measuredNs: [79, 20, 1], predictedNs: [79, 20, 1] }
    expect(isHeadline([{ ...both, unanswered: [0, 1, 0], doubtful: [0, 0, 1] }])).toBe(false)
  })

  it('not where the prediction is mostly of activities that measured next to nothing', () => {
    expect(isHeadline([{ measuredNs: [0, 9], predictedNs: [90, 9], doubtful: [1, 0] }])).toBe(false)
  })

  it('of all parts together', () => {
    const other = { measuredNs: [900], predictedNs: [900] }
    expect(isHeadline([{ ...times, doubtful: [1, 1] }, other])).toBe(true)
  })
})

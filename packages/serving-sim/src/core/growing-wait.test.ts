import { describe, expect, test } from 'vitest'
import { growingWait } from './growing-wait.js'
import { RequestTable } from './request-table.js'

/** 100 requests, one each `everyS` seconds; `waitS` tells how long each waits, null for ever. */
function table(everyS: number, waitS: (i: number) => number | null): RequestTable {
  const requests = Array.from({ length: 100 }, (_, i) => ({
    id: String(i),
    arrivalNs: i * everyS * 1e9,
    inputTokens: 1,
    outputTokens: 1,
  }))
  const made = new RequestTable(requests, ['a'])
  requests.forEach(({ arrivalNs }, i) => {
    const wait = waitS(i)
    if (wait !== null) made.firstTokenNs[i] = arrivalNs + wait * 1e9
  })
  return made
}

describe('waiting grows', () => {
  test('where half of what arrives is served: each second adds half a second', () => {
    const found = growingWait(
      table(1, (i) => 0.5 * i),
      200e9,
    )
    expect(found!.lateS - found!.earlyS).toBeCloseTo(0.5 * 60, 6)
    expect(found!.arrivalsPerS).toBeCloseTo(100 / 99, 6)
  })

  test('where the last ones are never served', () => {
    expect(
      growingWait(
        table(1, (i) => (i < 50 ? 0.1 : null)),
        120e9,
      )!.lateS,
    ).toBeCloseTo(30.5, 6)
  })
})

describe('waiting does not grow', () => {
  test.each<[string, number, (i: number) => number]>([
    ['where a burst is over', 1, (i) => (i < 20 ? 9 : 2)],
    ['where all wait long, and as long', 1, () => 30],
    ['where all arrive at once', 0, (i) => i],
    ['where it stays below a second', 0.01, (i) => i / 200],
  ])('%s', (_, everyS, waitS) => {
    expect(growingWait(table(everyS, waitS), 200e9)).toBeNull()
  })
})

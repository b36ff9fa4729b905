import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HostColumns } from '../collect/trace-store.js'
import { EnclosingStack, rowsByThread } from './sweep.js'

it('frames that each overhang the one before take linear time', () => {
  const columns = new HostColumns()
  const count = 500
  let reads = 0
  for (let i = 0; i < count; i++) {
    columns.start.push(10 * i)
    columns.duration.push(12)
  }
  columns.duration.data = new Proxy(columns.duration.data, {
    get: (data, key) => {
      reads++
      return data[key as unknown as number]
    },
  })
  const enclosing = new EnclosingStack(
    columns,
    Int32Array.from({ length: count }, (_, i) => i),
  )
  const into: number[] = []
  for (let i = 1; i < count; i++) {
    enclosing.at(10 * i + 1, into)
    expect(into).toEqual([i - 1, i])
    enclosing.at(10 * i + 5, into)
    expect(into).toEqual([i])
  }
  expect(reads).toBeLessThan(10 * count)
})

it('rows of a thread are in order of start, longer ones first, then as in the file', () => {
  const event = fc.record({
    thread: fc.nat(3),
    start: fc.nat(5),
    duration: fc.nat(3),
    kept: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), fc.boolean(), (events, all) => {
      const columns = new HostColumns()
      for (const { thread, start, duration } of events) {
        columns.thread.push(thread)
        columns.start.push(start)
        columns.duration.push(duration)
      }
      const found = rowsByThread(columns, all ? undefined : (row) => events[row]!.kept)
      for (const id of [0, 1, 2, 3]) {
        const expected = events
          .map((each, row) => ({ ...each, row }))
          .filter(({ thread, kept }) => thread === id && (all || kept))
          .sort((a, b) => a.start - b.start || b.duration - a.duration || a.row - b.row)
          .map(({ row }) => row)
        expect([...(found.get(id) ?? [])]).toEqual(expected)
      }
    }),
  )
})

it('an event is under way from its start on, and no longer at its end', () => {
  const columns = new HostColumns()
  for (const [start, duration] of [
    [10, 20],
    [15, 5],
  ] as const) {
    columns.start.push(start)
    columns.duration.push(duration)
  }
  const enclosing = new EnclosingStack(columns, Int32Array.of(0, 1))
  const at = (time: number) => {
    const into: number[] = []
    enclosing.at(time, into)
    return into
  }
  expect([9, 10, 15, 19, 20, 29, 30].map(at)).toEqual([[], [0], [0, 1], [0, 1], [0], [0], []])
})

import { expect, it } from 'vitest'
import { HostColumns } from '../collect/trace-store.js'
import { EnclosingStack } from './sweep.js'

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

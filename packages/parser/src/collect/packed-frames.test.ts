import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PackedFrames } from './packed-frames.js'

it('gives frames back as they came, in less than half of the memory of columns', () => {
  const micros = fc.oneof(fc.nat(2000), fc.integer({ min: -(2 ** 30), max: 2 ** 41 }))
  const frame = fc.record({
    micros,
    nanos: fc.nat(999),
    durationNs: fc.oneof(fc.nat(200_000), fc.integer({ min: 0, max: 2 ** 51 })),
    name: fc.nat(5000),
    thread: fc.nat(300),
  })
  fc.assert(
    fc.property(fc.array(frame), micros, (frames, base) => {
      const packed = new PackedFrames()
      for (const each of frames) {
        packed.add(each.micros, each.nanos, each.durationNs, each.name, each.thread)
      }
      expect(packed.count).toBe(frames.length)
      expect([...packed.frames(base)].length).toBe(frames.length)
      let i = 0
      for (const { startNs, durationNs, name, thread } of packed.frames(base)) {
        const each = frames[i++]!
        expect({ startNs, durationNs, name, thread }).toEqual({
          startNs: (each.micros - base) * 1000 + each.nanos,
          durationNs: each.durationNs,
          name: each.name,
          thread: each.thread,
        })
      }
    }),
  )
})

it('takes ten bytes for a frame at most where they lie as in a trace, over any number of pieces', () => {
  const packed = new PackedFrames()
  const count = 300_000
  for (let i = 0; i < count; i++) packed.add(i * 3, i % 1000, 45_000 + (i % 7), i % 9000, 1)
  expect(packed.bytes / count).toBeLessThan(10)
  let i = 0
  for (const { startNs, name } of packed.frames(0)) {
    if (startNs !== i * 3000 + (i % 1000) || name !== i % 9000) expect.fail(`frame ${i}`)
    i++
  }
  expect(i).toBe(count)
})

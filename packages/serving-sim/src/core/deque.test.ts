import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Deque } from './deque.js'
import { EventQueue } from './event-queue.js'

describe('Deque', () => {
  test('does what an array does', () => {
    const action = fc.record({
      name: fc.constantFrom('push', 'unshift', 'shift', 'insert', 'remove', 'sort'),
      value: fc.integer({ min: 0, max: 20 }),
    })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 100 }), (actions) => {
        const deque = new Deque<number>()
        const array: number[] = []
        for (const { name, value } of actions) {
          if (name === 'push') {
            deque.push(value)
            array.push(value)
          } else if (name === 'unshift') {
            deque.unshift(value)
            array.unshift(value)
          } else if (name === 'shift') {
            expect(deque.shift()).toBe(array.shift())
          } else if (name === 'insert') {
            const index = value % (array.length + 1)
            deque.insert(index, value)
            array.splice(index, 0, value)
          } else if (name === 'remove') {
            const index = array.indexOf(value)
            expect(deque.remove(value)).toBe(index >= 0)
            if (index >= 0) array.splice(index, 1)
          } else {
            deque.sort((a, b) => a - b)
            array.sort((a, b) => a - b)
          }
          expect([...deque]).toEqual(array)
          expect(deque.first).toBe(array[0])
        }
      }),
    )
  })
})

describe('EventQueue', () => {
  test('gives events by time, then priority, then order of scheduling', () => {
    const event = fc.record({
      time: fc.integer({ min: 0, max: 10 }),
      priority: fc.integer({ min: 0, max: 3 }),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 200 }), (events) => {
        const queue = new EventQueue<'event'>()
        for (const [i, { time, priority }] of events.entries())
          queue.push(time, priority, 'event', i)
        const expected = events
          .map((e, i) => ({ ...e, i }))
          .sort((a, b) => a.time - b.time || a.priority - b.priority || a.i - b.i)
        const got: number[] = []
        while (queue.pop()) got.push(queue.payload)
        expect(got).toEqual(expected.map(({ i }) => i))
      }),
    )
  })
})

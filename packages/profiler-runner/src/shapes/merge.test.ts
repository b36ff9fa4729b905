import type { KernelEvent, KernelTrace } from '@flowsim/trace-schema'
import { describe, expect, it } from 'vitest'
import { mergeShapes } from './merge.js'

/** `a` is a kernel without shapes; `a:4x8` one with. */
function trace(...kernels: string[]): KernelTrace {
  return {
    schema: 'flowsim.kernel-trace/1',
    source: 'test',
    format: 'kineto',
    producer: {},
    devices: [],
    rank: 0,
    worldSize: 1,
    processGroups: [],
    baseTimeNs: '0',
    window: null,
    eventCount: kernels.length,
    repairs: [],
    annotations: [],
    kernels: kernels.map((text, index): KernelEvent => {
      const [name = '', shape] = text.split(':')
      return {
        kind: 'kernel',
        name,
        device: 0,
        stream: 7,
        startNs: index * 100,
        durationNs: 10,
        shapesFrom: shape === undefined ? 'none' : 'profiler',
        ...(shape === undefined
          ? {}
          : {
              op: {
                name: 'aten::mm',
                args: [{ kind: 'tensor', shape: shape.split('x').map(Number) }],
                parents: [],
              },
            }),
      }
    }),
  }
}

function merged(timing: KernelTrace, shapes: KernelTrace): string[] {
  return mergeShapes(timing, shapes).trace.kernels.map(({ name, op, shapesFrom }) => {
    const [arg] = op?.args ?? []
    return arg?.kind === 'tensor' ? `${name}:${arg.shape.join('x')} ${shapesFrom}` : name
  })
}

describe('mergeShapes', () => {
  it('gives the n-th kernel of a name the shapes of the n-th', () => {
    const timing = trace('a', 'b', 'a', 'a')
    expect(merged(timing, trace('a:1x2', 'a:3x4', 'b:9', 'a:5x6'))).toEqual([
      'a:1x2 capture',
      'b:9 capture',
      'a:3x4 capture',
      'a:5x6 capture',
    ])
  })

  it('keeps shapes that are there, and counts their kernels on', () => {
    expect(merged(trace('a', 'a:7', 'a'), trace('a:1', 'a:2', 'a:3'))).toEqual([
      'a:1 capture',
      'a:7 profiler',
      'a:3 capture',
    ])
  })

  it('repeats the steps of a shorter shape pass', () => {
    const result = mergeShapes(trace('a', 'a', 'a', 'a'), trace('a:1', 'a:2'))
    expect(result.trace.kernels.map((k) => JSON.stringify(k.op!.args[0]))).toEqual(
      [1, 2, 1, 2].map((size) => `{"kind":"tensor","shape":[${size}]}`),
    )
    expect(result.report).toMatchObject({ repeated: 4, missing: 0, timeShare: 1 })
  })

  it('goes on with shapes that come back, where the passes recorded other numbers of steps', () => {
    const shapes = trace('a:1', 'a:2', 'a:3', 'a:1', 'a:2', 'a:3', 'a:1')
    const timing = trace(...Array.from({ length: 11 }, () => 'a'))
    expect(merged(timing, shapes)).toEqual(
      [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2].map((size) => `a:${size} capture`),
    )
    // Seen once, an order is not a rule.
    const { report } = mergeShapes(trace('a', 'a', 'a', 'a'), trace('a:1', 'a:2', 'a:1'))
    expect(report).toMatchObject({ repeated: 0, missing: 4 })
  })

  it('needs no order where all kernels of a name have the same shapes', () => {
    const { report } = mergeShapes(trace('a', 'a', 'a'), trace('a:4', 'a:4'))
    expect(report).toMatchObject({ uniform: 3, mismatches: [] })
  })

  it('reports the kernels that do not match, most first, and leaves them alone', () => {
    const timing = trace('a', 'a', 'a', 'graph_only', 'c', 'd:1')
    const { trace: result, report } = mergeShapes(timing, trace('a:1', 'a:2', 'c', 'eager_only:1'))
    expect(result.kernels).toEqual(timing.kernels)
    expect(report.mismatches).toEqual([
      { name: 'a', timing: 3, missing: 3, shapes: 2, known: 2, reason: 'counts_differ' },
      { name: 'c', timing: 1, missing: 1, shapes: 1, known: 0, reason: 'no_shapes_there' },
      {
        name: 'graph_only',
        timing: 1,
        missing: 1,
        shapes: 0,
        known: 0,
        reason: 'not_in_shape_pass',
      },
    ])
    expect(report).toMatchObject({ kernels: 6, kept: 1, missing: 5, timeShare: 1 / 6 })
  })
})

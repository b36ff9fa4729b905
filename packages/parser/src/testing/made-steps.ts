// Made steps whose events a test changes.
import { host, kernel, type MadeEvent } from './make-trace.js'

/** Operators, launches and kernels, 1 ms apart; the kernels take 200 µs each. */
export function steps(count: number, baseUs = 1_754_000_000_000_000): MadeEvent[] {
  return Array.from({ length: count }, (_, i): MadeEvent[] => {
    const at = (us: number) => baseUs + 1000 * i + us
    return [
      host('cpu_op', 'aten::mm', at(0), 20, { 'External id': i + 1 }),
      host('cuda_runtime', 'cudaLaunchKernel', at(5), 5, { correlation: i + 1 }),
      kernel(`k${i}`, at(30), 200, {
        correlation: i + 1,
        grid: [132, 1, 1],
        block: [256, 1, 1],
        'External id': i + 1,
      }),
    ]
  }).flat()
}

/** Kinds of repairs. */
export const named = (repairs: { kind: string }[]) => repairs.map(({ kind }) => kind)

/** The args of a made event. */
export const argsOf = (event: MadeEvent) => event.args as MadeEvent

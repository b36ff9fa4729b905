// The roofs of a roofline plot: what a device can do at most, for the types that a trace uses.
import type { Dtype, HardwareSpec, KernelOperation, PageCeiling } from '@flowsim/trace-schema'

const MATRIX_FAMILIES: ReadonlySet<string> = new Set(['gemm', 'attention', 'moe', 'convolution'])

/**
 * Type that the arithmetic of an operation is done in: for matrix work the wider operand, for the rest
 * fp32, which vector units compute in; null where it does none.
 */
export function arithmeticType({ family, call }: KernelOperation): Dtype | null {
  if (!call || !('dtype' in call) || call.dtype === undefined) return null
  if (!MATRIX_FAMILIES.has(family)) return 'fp32'
  return call.dtype
}

/** Memory roofs from slow to fast, then compute roofs of the used types from low to high. */
export function ceilings(device: HardwareSpec, used: ReadonlySet<string>): PageCeiling[] {
  const names: Record<string, string> = { dram: 'HBM', llc: 'LLC', l2: 'L2' }
  const memory = device.device.memory
    .filter(({ name, bandwidthBytesPerS }) => names[name] && bandwidthBytesPerS)
    .map(
      ({ name, bandwidthBytesPerS }): PageCeiling => ({
        kind: 'memory',
        label: `${names[name]} ${tera(bandwidthBytesPerS!)}B/s`,
        perS: bandwidthBytesPerS!,
        of: name,
      }),
    )
  const compute: PageCeiling[] = []
  for (const [dtype, flops] of Object.entries(device.device.matrixFlopsPerS)) {
    if (flops && used.has(`matrix ${dtype}`)) {
      compute.push({
        kind: 'compute',
        label: `${dtype} matrix ${tera(flops)}FLOP/s`,
        perS: flops,
        of: `matrix ${dtype}`,
      })
    }
  }
  const vector = device.device.vectorFlopsPerS.fp32
  if (vector && used.has('vector')) {
    compute.push({
      kind: 'compute',
      label: `fp32 vector ${tera(vector)}FLOP/s`,
      perS: vector,
      of: 'vector',
    })
  }
  const byRate = (a: PageCeiling, b: PageCeiling) => a.perS - b.perS
  return [...memory.sort(byRate), ...compute.sort(byRate)]
}

/** Key of the roof that limits an operation's arithmetic, as {@link ceilings} takes it. */
export function roofOf(operation: KernelOperation): string | null {
  const dtype = arithmeticType(operation)
  if (dtype === null) return null
  return MATRIX_FAMILIES.has(operation.family) ? `matrix ${dtype}` : 'vector'
}

function tera(value: number): string {
  return value >= 1e15
    ? `${(value / 1e15).toPrecision(3)} P`
    : value >= 1e12
      ? `${(value / 1e12).toPrecision(3)} T`
      : `${(value / 1e9).toPrecision(3)} G`
}

// Small models for tests of what is computed from them.
import type { ReportPage } from '@flowsim/trace-schema'
import { decode, type Model } from './model.js'

/** A kernel: start, duration, place of its stream, place of its kind. */
export type TestKernel = [start: number, duration: number, stream: number, kind?: number]

/** A model of kernels in order of start; `page` replaces parts of its data. */
export function testModel(
  kernels: readonly TestKernel[],
  page: Omit<Partial<ReportPage>, 'kernels'> & { kernels?: Partial<ReportPage['kernels']> } = {},
): Model {
  return decode({
    kinds: [{ family: 0, bytes: null, flops: null }],
    streams: [
      { device: 0, stream: 7 },
      { device: 0, stream: 3 },
    ],
    ...page,
    kernels: {
      startDelta: kernels.map(([start], i) => start - (kernels[i - 1]?.[0] ?? 0)),
      duration: kernels.map(([, duration]) => duration),
      kind: kernels.map(([, , , kind]) => kind ?? 0),
      stream: kernels.map(([, , stream]) => stream),
      launch: [],
      launchLead: [],
      ...page.kernels,
    },
  } as unknown as ReportPage)
}

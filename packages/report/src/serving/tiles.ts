// The figures of a simulation that people look for first.
import type { LatencySummary, ServingCost, ServingReport } from '@flowsim/trace-schema'
import type { ResultTile } from '../page/result-page.js'
import { seconds } from './metric-rows.js'

/** Latencies, throughput, KV cache and cost; what is not known is left out. */
export function tiles(
  report: ServingReport,
  { devices, cost }: { devices: number | null; cost: ServingCost },
): ResultTile[] {
  const { ttft, tpot, e2e, outputTokensPerS, requestsPerS, kvBlocks } = report
  const found: (ResultTile | null)[] = [
    latency('TTFT', ttft),
    latency('TPOT', tpot),
    latency('E2E', e2e),
    {
      label: 'Output',
      value: `${digits(outputTokensPerS)} tokens/s`,
      note: [
        ...(devices === null || devices < 2
          ? []
          : [`${digits(outputTokensPerS / devices)} a device`]),
        `${digits(requestsPerS)} requests/s`,
      ].join(', '),
    },
    kvBlocks === null || kvBlocks.total === 0
      ? null
      : {
          label: 'KV cache',
          value: `${percent(kvBlocks.peak / kvBlocks.total)} at most`,
          note: `${percent(kvBlocks.meanUsed / kvBlocks.total)} on average`,
        },
    cost.usdPerMillionTokens === null
      ? null
      : {
          label: 'Cost of 1M tokens',
          value: `$${digits(cost.usdPerMillionTokens)}`,
          note: cost.usdPerHour === null ? '' : `$${digits(cost.usdPerHour)} an hour`,
        },
  ]
  return found.filter((tile) => tile !== null)
}

function latency(label: string, summary: LatencySummary | null): ResultTile | null {
  if (summary === null) return null
  return {
    label: `${label}, median`,
    value: seconds(summary.p50S),
    note: `p90 ${seconds(summary.p90S)}, p99 ${seconds(summary.p99S)}`,
  }
}

const digits = (value: number) => value.toLocaleString('en-US', { maximumSignificantDigits: 4 })
const percent = (value: number) => `${(100 * value).toFixed(0)} %`

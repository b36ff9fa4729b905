// Cost of the silicon and the memory of a device. LLMCompass leaves the cost of dies to ttm-cas (Ning, Tziantzioulis,
// Wentzlaff, "Supply Chain Aware Computer Architecture", ISCA 2023), whose equations these are. With die area A in mm²,
// wafers of 300 mm and defect density D:
//
//   dies of a wafer  pi 150² / A - pi 300 / sqrt(2 A)
//   yield            (1 + A D / 3)^-3
//
// A device of one compute chiplet whose IO is made in the same node is one die; else each chiplet is one, and the IO.
import { PerfModelError } from '../errors.js'
import type { LlmcompassTemplate } from '../hardware/llmcompass-template.js'
import { chipArea, memoryCostUsd } from './chip-area.js'
import { FOUNDRY_NODES, type FoundryNode } from './constants.js'

/** US dollars of one device; `null` where a price is not published. Package, test and design are not in it. */
export interface DesignCost {
  /** Dies as they come from the wafer, each of which works: spare cores make up for defects. */
  diesUsd: number | null
  /** Dies without a defect, which pay for those with one. */
  flawlessDiesUsd: number | null
  memoryUsd: number | null
  /** Dies as they come, and memory. */
  totalUsd: number | null
}

const WAFER_MM = 300
const CLUSTERING = 3

/**
 * What a device of a template costs to make.
 * @throws PerfModelError `invalid_hardware` as {@link chipArea} does
 */
export function designCost(template: LlmcompassTemplate): DesignCost {
  const dies = diesOf(template).map(({ mm2, node, count }) => {
    const known = FOUNDRY_NODES[node]
    return known === undefined ? null : { count, ...dieCost(mm2, known) }
  })
  const sum = (cost: 'usd' | 'flawlessUsd') =>
    dies.reduce<number | null>(
      (total, die) => (total === null || die === null ? null : total + die.count * die[cost]),
      0,
    )
  const diesUsd = sum('usd')
  const memoryUsd = priced(template)
  return {
    diesUsd,
    flawlessDiesUsd: sum('flawlessUsd'),
    memoryUsd,
    totalUsd: diesUsd === null || memoryUsd === null ? null : diesUsd + memoryUsd,
  }
}

interface Die {
  mm2: number
  node: string
  count: number
}

function diesOf(template: LlmcompassTemplate): Die[] {
  const { compute_chiplet: chiplet, compute_chiplet_count: count, io } = template.device
  const area = chipArea(template)
  const [node, ioNode] = [chiplet.process_node!, io.process_node!]
  if (count === 1 && node === ioNode) return [{ mm2: area.totalMm2, node, count: 1 }]
  return [
    { mm2: area.compute.totalMm2, node, count },
    { mm2: area.io.totalMm2, node: ioNode, count: 1 },
  ]
}

/** Infinite where no whole die comes from a wafer. */
function dieCost(mm2: number, { waferUsd, defectsPerMm2 }: FoundryNode) {
  const dies = (Math.PI * (WAFER_MM / 2) ** 2) / mm2 - (Math.PI * WAFER_MM) / Math.sqrt(2 * mm2)
  const usd = dies >= 1 ? waferUsd / dies : Infinity
  return { usd, flawlessUsd: usd * (1 + (mm2 * defectsPerMm2) / CLUSTERING) ** CLUSTERING }
}

function priced(template: LlmcompassTemplate): number | null {
  try {
    return memoryCostUsd(template)
  } catch (error) {
    if (error instanceof PerfModelError && error.at?.path === 'device.memory_protocol') return null
    throw error
  }
}

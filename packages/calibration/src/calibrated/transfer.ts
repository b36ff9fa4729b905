// How calibration carries over to a device without rows: which device is most like it, and what changes.

import { dramBandwidth, vectorPeak } from '@flowsim/perf-model/parts'
import { dtypeBytes, type HardwareSpec, matrixDtypes } from '@flowsim/trace-schema'
import facts from './choice.json' with { type: 'json' }
import { isOlder, olderRatio } from './older-instructions.js'
import { pullRatio, sustainedRatio } from './rates.js'
import type { Section, Transfer } from './section.js'

/** How unlike two devices are: 0 for the same, about 1 for a generation of the same class. */
export function deviceDistance(a: HardwareSpec, b: HardwareSpec): number {
  if (a.name === b.name) return 0
  const worth = facts.distance.value
  const ratio = (x: number, y: number) => Math.abs(Math.log(x / y))
  return (
    worth.memoryBandwidth * ratio(dramBandwidth(a), dramBandwidth(b)) +
    worth.densePeak * ratio(densePeak(a), densePeak(b)) +
    worth.computeUnits * ratio(a.device.computeUnits, b.device.computeUnits) +
    (sameGeneration(a, b) ? 0 : worth.generation) +
    (isDataCentre(a) === isDataCentre(b) ? 0 : worth.dataCentre) +
    (a.vendor === b.vendor ? 0 : worth.vendor)
  )
}

/**
 * What a donor's collectives lack for another device: those over the buses of a host say nothing of links between
 * devices. Buses differ so much among hosts that links may stand in for them.
 */
export function linkDistance(to: HardwareSpec, donor: HardwareSpec): number {
  return isHostBus(donor) && !isHostBus(to) ? facts.distance.value.hostBus : 0
}

function isHostBus({ system: { link } }: HardwareSpec): boolean {
  return link?.name === undefined || link.name.startsWith('PCIe')
}

/** How much longer the same takes on a device than on a donor, at most; not less than 1. */
export function slowdown(device: HardwareSpec, donor: HardwareSpec): number {
  const linkOf = ({ system: { link } }: HardwareSpec) =>
    link === undefined ? 0 : link.countPerDevice * link.bandwidthPerDirectionBytesPerS
  const links = linkOf(device) > 0 ? linkOf(donor) / linkOf(device) : 1
  const rates = dramBandwidth(donor) / dramBandwidth(device)
  return Math.max(1, rates, densePeak(donor) / densePeak(device), links)
}

/** Fastest 16-bit rate of the matrix units, or of the vector units without any. */
function densePeak(spec: HardwareSpec): number {
  const rates = matrixDtypes(spec)
    .filter((dtype) => dtypeBytes(dtype) === 2)
    .map((dtype) => spec.device.matrixFlopsPerS[dtype] ?? 0)
  return Math.max(vectorPeak(spec), ...rates)
}

function sameGeneration(a: HardwareSpec, b: HardwareSpec): boolean {
  return a.vendor === b.vendor && generation(a) === generation(b)
}

// NVIDIA's chips of 6.0, 7.0, 8.0, 9.0 and 10 have the memory and the matrix units of a data centre; those of
// 6.1, 7.5, 8.6, 8.9 and 12 are of workstations. AMD's numbers, 9.0 and 9.4, are of data centres too.
const DATA_CENTRE = /^(?:[6-8]\.0|9\.|10\.)/

function isDataCentre({ computeCapability = '' }: HardwareSpec): boolean {
  return DATA_CENTRE.test(computeCapability)
}

// One generation's kernels run on its workstation chips too, but for Blackwell's, whose matrix units differ
// between 10 and 12.
function generation({ computeCapability, architecture, name }: HardwareSpec): string {
  if (architecture === 'blackwell') return `${architecture} ${computeCapability?.split('.')[0]}`
  return architecture ?? computeCapability ?? name
}

/** How a section of a donor's rows answers for a device. */
export function transferOf(
  section: Section,
  device: number,
  kind: string,
  hardware: HardwareSpec,
  donor: HardwareSpec,
  asked: string | undefined,
): Transfer {
  const own = section.stored.devices[device]!.parameters
  const parameters: Record<string, number> = { ...own }
  const { family, source } = section.stored
  if (own.computeShare !== undefined)
    parameters.computeShare =
      own.computeShare *
      (isOlder(family, source, hardware)
        ? olderRatio(hardware, donor, 'bf16')
        : sustainedRatio(hardware, donor, kind.replace(/-grouped$/, '')))
  if (own.unitLoadShare !== undefined)
    parameters.unitLoadShare = own.unitLoadShare * pullRatio(hardware, donor)
  // Collectors launch kernels one by one where there are no graphs to capture, on Intel's devices.
  if (own.floorUs !== undefined && asked !== undefined && hardware.vendor === 'intel') {
    parameters.floorUs = own.floorUs + hardware.device.launchLatencyS * 1e6
  }
  const sameVendor = hardware.vendor === donor.vendor
  if (own.throttleLoss !== undefined && !sameVendor)
    parameters.throttleLoss = facts.throttleLoss.value
  const kin = sameGeneration(hardware, donor)
  const sameDie = kin && hardware.device.computeUnits === donor.device.computeUnits
  const { transfer } = facts
  const { share, doubt } = sameDie
    ? transfer.sameDie
    : kin
      ? transfer.sameGeneration
      : sameVendor
        ? transfer.sameVendor
        : transfer.otherVendor
  return { parameters, share, sameUnits: sameDie, doubt: Math.log(doubt) }
}

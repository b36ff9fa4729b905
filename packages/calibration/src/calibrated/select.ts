// Chooses who answers: a section that was measured on the device, else the section of the device that is
// most like it, its core re-parameterised by the description. What is weighed against what stands in choice.json.

import { PerfModelError } from '@flowsim/perf-model'
import type { HardwareSpec } from '@flowsim/trace-schema'
import type { Donors } from '../donors.js'
import { blended, donorCost } from './blend.js'
import facts from './choice.json' with { type: 'json' }
import eagerGemm from './eager-gemm.json' with { type: 'json' }
import type { NearRows } from './near.js'
import { isOlder } from './older-instructions.js'
import { isPooled } from './queries/streamed-kinds.js'
import { type Section, SectionOn } from './section.js'
import { linkDistance, transferOf } from './transfer.js'
import { UNTUNED } from './untuned-experts.js'

/** A section on the device that was asked about, and what to say about it. */
export interface Choice {
  answerer: SectionOn
  profile: string
  notes: string[]
  /** Rows near which alone this answers. */
  near?: NearRows | undefined
}

/** Kinds of rows that may answer, best first, and the element types that are computed with. */
interface Wanted {
  kinds: readonly string[]
  types: string
}

/**
 * The best section for a device.
 * @throws PerfModelError `unsupported_op` when no section speaks about any of the kinds
 */
export function choose(
  sections: readonly Section[],
  kinds: readonly string[],
  hardware: HardwareSpec,
  source: string | undefined,
  donors: Donors,
): Choice {
  const wanted = unitsFor(kinds, hardware)
  // What a user measured comes first, whoever's kernels are asked for.
  const near = sections.filter(
    ({ near, stored }) => near[0] !== undefined && wanted.kinds[0] === stored.kind,
  )
  const users = measured(near, wanted, hardware, source)
  if (users !== undefined) return users
  const all = sections.filter(
    ({ stored }) =>
      wanted.kinds.includes(stored.kind) && (stored.source !== UNTUNED || stored.source === source),
  )
  // Who asks for rows with launches in them, or for a kernel unlike the others, is not served by other rows.
  const apart =
    source !== undefined &&
    (APART.test(source) || isOlder(sections[0]?.stored.family ?? '', source, hardware))
  const asked = apart ? all.filter(({ stored }) => matches(stored.source, source)) : []
  // Streams are alike on all devices, and so are convolutions' libraries: rows of the right kind elsewhere say more
  // than rows of another here.
  const alike = all.filter(({ stored }) => ALIKE.has(stored.family))
  // The same chip first, then its generation, then the framework: another chip's rows of the same framework
  // are further off than another framework's of the same chip.
  const found =
    measured(asked, wanted, hardware, source) ??
    transferred(asked, wanted, hardware, donors, source) ??
    transferred(alike, wanted, hardware, donors, source) ??
    measured(all, wanted, hardware, source) ??
    transferred(all, wanted, hardware, donors, source)
  if (found !== undefined) return found
  throw new PerfModelError(
    'unsupported_op',
    `calibrated: no profile has rows of ${kinds.join(', ')}`,
    'op',
  )
}

/** Families whose kernels are alike on all devices. */
const ALIKE: ReadonlySet<string> = new Set(['pointwise', 'conv'])

const FP8: readonly string[] = ['fp8', 'fp8_block']

/** Devices without faster 8-bit units keep such weights and widen them for the 16-bit ones. */
function unitsFor(kinds: readonly string[], { device }: HardwareSpec): Wanted {
  const { bf16, fp16, fp8_e4m3: fp8 } = device.matrixFlopsPerS
  const types = kinds[0] ?? ''
  const wide = bf16 ?? fp16
  if (
    FP8.includes(types.replace(/-(?:bmm|grouped)$/, '')) &&
    wide !== undefined &&
    fp8 !== undefined &&
    fp8 <= wide
  ) {
    return { kinds: ['bf16', 'fp16'], types: 'w8a16' }
  }
  return { kinds, types }
}

/** `sglang/fa3` asks for that kernel, `sglang` for any of the framework. */
function matches(source: string, wanted: string): boolean {
  return source === wanted || source.startsWith(`${wanted}/`)
}

// Rows that include what the host takes to launch a kernel: of no use to who asks for a kernel's time.
const LAUNCHED = /^(?:neusight|kernelbench)\b|_eager$/

// Experts of Triton without a tuned configuration are only for who asks for them.
const APART = new RegExp(`${LAUNCHED.source}|^${UNTUNED}$`)

/** Microseconds of a section's rows that no kernel takes. */
function launchUs(
  { stored }: Section,
  floorUs: number | undefined,
  hardware: HardwareSpec,
): number {
  if (floorUs === undefined || !LAUNCHED.test(stored.source)) return 0
  // A product fills and empties its units beside what the shortest kernel takes.
  const product = stored.family === 'gemm' ? eagerGemm.addUs.value : 0
  return Math.max(0, floorUs - hardware.device.kernelLatencyS * 1e6 - product)
}

function doubtOf({ stored }: Section, asked: boolean): number {
  // The user's own rows are of what the user runs.
  return asked || stored.source === 'own'
    ? 0
    : Math.log1p(facts.betweenFrameworks.value[stored.family])
}

/** How far down a section stands in the order of preference. */
function rank({ stored }: Section, kinds: readonly string[], source: string | undefined): number {
  const asked = isAsked(stored.source, source)
  const second = !asked && isSecond(stored.source) ? facts.lessLikeProduction.value : 0
  const other = source === undefined || asked ? 0 : facts.otherFramework.value
  // The asked framework's own kernels, pooled, are nearer than another's of that name.
  const among = asked && isPooled(stored.kind) ? kinds.filter(isPooled) : kinds
  return among.indexOf(stored.kind) + second + other
}

function isSecond(source: string): boolean {
  return facts.lessLikeProduction.sources.some((name) => matches(source, name))
}

function isAsked(source: string, wanted: string | undefined): boolean {
  return wanted !== undefined && matches(source, wanted)
}

function ranked(
  sections: readonly Section[],
  kinds: readonly string[],
  source: string | undefined,
): Section[] {
  return [...sections].sort((a, b) => rank(a, kinds, source) - rank(b, kinds, source))
}

function measured(
  sections: readonly Section[],
  { kinds, types }: Wanted,
  hardware: HardwareSpec,
  wanted: string | undefined,
): Choice | undefined {
  for (const section of ranked(sections, kinds, wanted)) {
    const device = section.stored.devices.findIndex(({ name }) => name === hardware.name)
    if (device >= 0) return onOwnRows(section, device, types, hardware, wanted)
  }
  return undefined
}

function onOwnRows(
  section: Section,
  device: number,
  types: string,
  hardware: HardwareSpec,
  wanted: string | undefined,
): Choice {
  const { kind, source, devices } = section.stored
  const asked = isAsked(source, wanted)
  const launch = asked ? 0 : launchUs(section, devices[device]!.parameters.floorUs, hardware)
  const doubt = doubtOf(section, asked)
  return {
    answerer: new SectionOn(section, device, hardware, { types, launch, doubt }),
    profile: section.profile,
    near: section.near[device],
    notes: kind === types ? [] : [`from rows of ${kind} (${source})`],
  }
}

/** Whether all devices of a section speak for one without rows: pooled rows, without a correction. */
function isBlended({ kind, trees }: Section['stored']): boolean {
  return isPooled(kind) && trees === null
}

function transferred(
  sections: readonly Section[],
  { kinds, types }: Wanted,
  hardware: HardwareSpec,
  donors: Donors,
  wanted: string | undefined,
): Choice | undefined {
  let best: { section: Section; device: number; donor: HardwareSpec; cost: number } | undefined
  for (const section of ranked(sections, kinds, wanted)) {
    section.stored.devices.forEach(({ name, rows }, device) => {
      const donor = donors.get(name)
      if (donor === undefined) return
      const cost =
        donorCost(hardware, donor, rows) +
        (section.stored.family === 'collective' ? linkDistance(hardware, donor) : 0) +
        facts.wrongKind.value * rank(section, kinds, wanted)
      if (best === undefined || cost < best.cost - 1e-9) best = { section, device, donor, cost }
    })
  }
  if (best === undefined) return undefined
  const { section, device, donor } = best
  if (donor.name === hardware.name) return onOwnRows(section, device, types, hardware, wanted)
  const { kind, source } = section.stored
  const asked = isAsked(source, wanted)
  const transfer = transferOf(section, device, types, hardware, donor, wanted)
  const others = isBlended(section.stored) ? section.stored.devices.length - 1 : 0
  if (others > 0) transfer.parameters = blended(section, types, hardware, donors, wanted)
  const launch = asked ? 0 : launchUs(section, transfer.parameters.floorUs, hardware)
  const doubt = doubtOf(section, asked)
  return {
    answerer: new SectionOn(section, device, hardware, { types, launch, doubt, transfer, donor }),
    profile: section.profile,
    notes: [
      `no rows of ${hardware.name}: rows of ${donor.name}${others > 0 ? ` and ${others} other devices` : ''} (${kind}, ${source}) scaled by its description`,
    ],
  }
}

// A section of a profile, ready to answer: core, learned correction, offsets of known places, spread.

import { PerfModelError } from '@flowsim/perf-model'
import type { HardwareSpec } from '@flowsim/trace-schema'
import facts from './choice.json' with { type: 'json' }
import { Envelope } from './envelope.js'
import { familyOf } from './families/index.js'
import { type Core, type CoreTime, type Family, noTime, type Parameters } from './family.js'
import { NearRows } from './near.js'
import type { ProfileSection } from './profile.js'
import { readSpots } from './spots.js'
import { placesOf, type Renumbered, renumberedOf } from './stored-names.js'
import { traitsOf } from './traits.js'
import { slowdown } from './transfer.js'
import { fixAll, MAX_FEATURES, Trees } from './trees/ensemble.js'

/** Least share of a measured time that the kernel itself takes. */
const LEAST_KERNEL = facts.leastKernel.value
const BEYOND = facts.beyondRows

/** What a section says about a query. */
export interface Answer {
  us: number
  p10: number
  p90: number
  /** Microseconds of the longest row, where the answer is so much longer that nothing like it was measured; else 0. */
  beyondUs: number
  time: CoreTime
}

/** What was learned of a section's rows beyond its core. */
interface Learned {
  trees: Trees | null
  spread: Trees | null
  spots: ReadonlyMap<number, number>
  renumbered: readonly Renumbered[]
}

/** The read-only side of a section, shared by all devices that ask it. */
export class Section {
  readonly family: Family<unknown>
  /** Rows of each device, where the section speaks only near them. */
  readonly near: readonly (NearRows | undefined)[]
  private read: Learned | undefined

  /** @throws PerfModelError `invalid_profile` when parameters are missing or rows cannot be read */
  constructor(
    readonly stored: ProfileSection,
    readonly profile: string,
  ) {
    this.family = familyOf(stored.family)
    this.near = this.reading(() => stored.devices.map(({ near }) => near && new NearRows(near)))
    for (const { name, parameters } of stored.devices) {
      for (const { name: parameter } of this.family.parameters) {
        if (parameters[parameter] === undefined) {
          throw new PerfModelError(
            'invalid_profile',
            `${profile}: ${stored.family} ${stored.kind} ${name}: parameter ${parameter} is missing: calibrate again`,
            parameter,
          )
        }
      }
    }
  }

  /**
   * Trees and offsets, read when they are first asked for: a family has dozens of sections, of which few
   * answer.
   * @throws PerfModelError `invalid_profile` when they cannot be read
   */
  get learned(): Learned {
    const { family, stored } = this
    this.read ??= this.reading(() => {
      const places = placesOf(family, stored)
      return {
        trees: stored.trees && Trees.read(stored.trees, places),
        spread: stored.spread.trees && Trees.read(stored.spread.trees, places),
        spots: stored.spots === null ? new Map() : readSpots(stored.spots),
        renumbered: renumberedOf(family, stored),
      }
    })
    return this.read
  }

  private reading<T>(read: () => T): T {
    try {
      return read()
    } catch (cause) {
      const { family, kind, source } = this.stored
      throw new PerfModelError(
        'invalid_profile',
        `${this.profile}: ${family} ${kind} ${source}: ${(cause as Error).message}`,
        { at: { path: 'sections' }, cause },
      )
    }
  }
}

/** How a section is asked for a device that it has no rows of. */
export interface Transfer {
  parameters: Parameters
  /** Share of the learned correction that carries over. */
  share: number
  /** Whether the correction sees the shapes as on the section's own device. */
  sameUnits: boolean
  /** ln of what one run in ten is off by, beyond the section's own spread. */
  doubt: number
}

/** How a section answers for a device. */
export interface SectionUse {
  /** Kind that is asked for, where its types are not the section's own. */
  types: string
  /** Microseconds of the section's rows that no kernel takes. */
  launch: number
  /** ln of what one run in ten is off by because nobody said whose kernels run. */
  doubt: number
  /** For a device without rows, and the device whose rows stand in for its own. */
  transfer?: Transfer
  donor?: HardwareSpec
}

/** A section on one device. */
export class SectionOn {
  private readonly learned: Learned
  private readonly core: Core<unknown>
  private readonly donor: Core<unknown> | null
  private readonly x = new Float64Array(MAX_FEATURES)
  private readonly fixed = new Int32Array(MAX_FEATURES)
  private seen = false
  private readonly time: CoreTime = noTime()
  private readonly other: CoreTime = noTime()
  private readonly width: number
  private readonly envelope: Envelope<unknown> | null
  private readonly launch: number
  private readonly transfer: Transfer | null
  private readonly doubt: number
  /** Microseconds beyond which nothing was measured. */
  private readonly longest: number

  constructor(
    readonly section: Section,
    /** Which of the section's devices answers. */
    private readonly device: number,
    hardware: HardwareSpec,
    { types, launch, doubt, transfer, donor }: SectionUse,
  ) {
    const { family, stored } = section
    this.learned = section.learned
    const { parameters: own, longestUs = Infinity } = stored.devices[device]!
    this.longest = longestUs * (donor === undefined ? 1 : slowdown(hardware, donor))
    const kind = `${stored.kind}/${stored.source}`
    this.launch = launch
    this.transfer = transfer ?? null
    this.doubt = doubt + (transfer?.doubt ?? 0)
    const parameters = transfer?.parameters ?? own
    this.core = family.core(traitsOf(hardware), `${types}/${stored.source}`, parameters)
    this.donor =
      transfer?.sameUnits === true && donor !== undefined
        ? family.core(traitsOf(donor), kind, own)
        : null
    this.width = family.features.length
    this.envelope =
      family.lattice === undefined ? null : new Envelope(family.lattice, (query) => this.log(query))
  }

  /**
   * Time of a query, in microseconds; `ordered` keeps it in order with other queries'. The answer is
   * overwritten by the next one.
   */
  answer(query: unknown, ordered: boolean, out: Answer): void {
    const { fixed, doubt } = this
    const learned = this.learned.spread
    const envelope = ordered && this.envelope?.find(query) === true ? this.envelope : null
    const free = this.log(query)
    const log = envelope === null ? free : envelope.bound(free)
    const scale = learned === null ? 1 : Math.exp(learned.sum(fixed))
    const { spread } = this.section.stored
    const [low, high] = this.seen ? spread.seen : spread.unseen
    out.us = Math.exp(log)
    const isBeyond = out.us > BEYOND.times * this.longest
    const wider = doubt + (isBeyond ? BEYOND.doubt * Math.log(out.us / this.longest) : 0)
    out.p10 = out.us * Math.exp(Math.min(0, low * scale) - wider)
    out.p90 = out.us * Math.exp(Math.max(0, high * scale) + wider)
    out.beyondUs = isBeyond ? this.longest : 0
    out.time = this.time
  }

  /** ln of a query's microseconds. Leaves its time, features and whether it was seen behind. */
  private log(query: unknown): number {
    const { x, fixed, time, core, transfer } = this
    const { trees, spread, spots, renumbered } = this.learned
    core.time(query, time)
    let log = Math.log(time.total)
    if (trees !== null || spread !== null) {
      if (this.donor === null) {
        core.features(query, time, x)
      } else {
        this.donor.time(query, this.other)
        this.donor.features(query, this.other, x)
      }
      for (const { place, numbers } of renumbered) x[place] = numbers[x[place]!] ?? -1
      x[this.width] = this.device
      fixAll(x, this.width + 1, fixed)
    }
    if (trees !== null) log += trees.sum(fixed) * (transfer?.share ?? 1)
    const offset =
      transfer === null
        ? spots.get(spotNumber(this.section.family.spot(query), this.device))
        : undefined
    this.seen = offset !== undefined
    log += offset ?? 0
    return this.launch > 0 ? this.withoutLaunch(log) : log
  }

  /** Takes the host's time away from the answer and its parts. */
  private withoutLaunch(log: number): number {
    const { time, launch } = this
    time.launch = Math.max(0, time.launch - launch)
    time.total = Math.max(time.total - launch, LEAST_KERNEL * time.total)
    const us = Math.exp(log)
    return Math.log(Math.max(us - launch, LEAST_KERNEL * us))
  }
}

/** Number of a place on one of a section's devices. */
export function spotNumber(spot: number, device: number): number {
  return (spot ^ Math.imul(device + 1, 0x9e3779b1)) >>> 0
}

// The `calibrated` model: an analytic core per family of operations whose few parameters were fitted to
// measured rows, times a learned correction. docs/calibrated-model.md describes it and what it reaches.

import {
  type EstimateOptions,
  type LatencyModel,
  PerfModelError,
  roofline,
} from '@flowsim/perf-model'
import { checkCall, isMatrixOp, toEstimate } from '@flowsim/perf-model/parts'
import type { Bound, CollectiveCall, Estimate, HardwareSpec, OpCall } from '@flowsim/trace-schema'
import { isCollective, opWork } from '@flowsim/trace-schema'
import { type Donors, donorsOf } from '../donors.js'
import { loadProfiles } from '../profiles/load.js'
import { betweenMeasured, measuredAround } from './between-measured.js'
import { beyondMeasured } from './beyond-measured.js'
import { Choices } from './choices.js'
import { eagerTimes } from './eager-gemm.js'
import type { FamilyName } from './families/index.js'
import { type CoreTime, noTime } from './family.js'
import { type CalibrationProfile, parseProfile } from './profile.js'
import { hostDevices, measuredDevices } from './queries/collective.js'
import { resolve } from './queries/resolve.js'
import type { Resolved } from './queries/resolved.js'
import { type Answer, Section } from './section.js'
import { type Choice, choose } from './select.js'
import { UNTUNED, untunedTimes } from './untuned-experts.js'

/** What {@link createCalibrated} takes. */
export interface CalibratedOptions {
  /** Profiles that come before the package's own, such as one made by `calibrate`. */
  profiles?: readonly CalibrationProfile[]
  /** Whether the package's own profiles answer what those do not. Default `true`. */
  builtIn?: boolean
  /** Descriptions of the devices that the profiles name. Default: the hardware catalogue. */
  devices?: readonly HardwareSpec[]
}

/**
 * A model that answers from calibration profiles: from rows of the device where there are any, else from
 * the device most like it, its analytic core scaled by the description.
 * @throws PerfModelError `invalid_profile`
 */
export function createCalibrated(options: CalibratedOptions = {}): LatencyModel {
  return new Calibrated(options)
}

/** Note of an estimate for a shape that its profile was fitted to. */
export const FITTED = 'a row that the profile was fitted to'

/** Source of rows of nobody's in particular. */
const OWN = 'own'

/** Source of rows of PyTorch in eager mode. */
const EAGER = 'pytorch'

/** What is left of a profile's answer away from its rows. */
interface Mixture {
  share: number
  profile: string
  notes: string[]
}

class Calibrated implements LatencyModel {
  readonly name = 'calibrated'
  private readonly users: Section[]
  private readonly builtIn: boolean
  private readonly donors: Donors
  private readonly sections = new Map<FamilyName, Section[]>()
  private readonly choices = new Choices()
  /** Who would answer without the users' profiles that speak near their rows alone. */
  private readonly choicesBeyondRows = new Choices()
  private readonly answer: Answer = { us: 0, p10: 0, p90: 0, beyondUs: 0, time: noTime() }
  private readonly own: Answer = { us: 0, p10: 0, p90: 0, beyondUs: 0, time: noTime() }

  constructor({ profiles = [], builtIn = true, devices }: CalibratedOptions) {
    this.users = profiles.flatMap((profile) => sectionsOf(parseProfile(profile)))
    // A fault in a user's profile is told here rather than by an estimate.
    for (const section of this.users) section.learned
    this.builtIn = builtIn
    this.donors = donorsOf(devices)
  }

  supports(call: OpCall, hardware: HardwareSpec, options?: EstimateOptions): boolean {
    try {
      this.estimate(call, hardware, options)
      return true
    } catch (error) {
      if (error instanceof PerfModelError) return false
      throw error
    }
  }

  estimate(call: OpCall, hardware: HardwareSpec, options: EstimateOptions = {}): Estimate {
    checkCall(call)
    const resolved = resolve(call, options)
    // Copies over the host's bus, and matrix products of unknown shape, have nothing to be calibrated by.
    if (resolved === undefined) {
      return { ...roofline.estimate(call, hardware, options), model: this.name }
    }
    const work = opWork(call)
    const waits = call.op === 'barrier' && call.devices > 1
    if (work.flops + work.readBytes + work.writeBytes + work.networkBytes === 0 && !waits) {
      const launchS = hardware.device.kernelLatencyS
      return toEstimate(this.name, call, hardware, {
        parts: { computeS: 0, memoryS: 0, launchS, networkS: 0 },
        bound: 'launch',
        work,
        spread: [0.5, 3],
        notes: ['no work: the shortest time of any kernel'],
      })
    }
    const choice = this.choiceFor(resolved, hardware, options.source)
    const isAsked = options.source !== undefined || choice.near !== undefined
    if (isCollective(call) && !isAsked) {
      const devices = measuredDevices(hardware, options)
      if (call.devices > devices) {
        const fewer =
          devices > 1 ? this.estimate({ ...call, devices }, hardware, options) : undefined
        return beyondMeasured(this.name, call, hardware, options, fewer?.latencyS)
      }
    }
    const around =
      isCollective(call) && choice.near === undefined
        ? measuredAround(call, measuredDevices(hardware, options))
        : undefined
    if (around !== undefined) {
      const at = (devices: number) =>
        this.estimate({ ...call, devices } as OpCall, hardware, options)
      const own = opWork(call)
      const between = betweenMeasured(
        call as CollectiveCall,
        [at(around[0]), at(around[1])],
        around,
      )
      return { ...between, flops: own.flops, bytes: own.readBytes + own.writeBytes }
    }
    const longer = this.timesOf(resolved, call, hardware, options)
    const { answer } = this
    this.ask(choice, resolved, hardware, call, options, answer)
    const other = choice.near && this.awayFromRows(choice, resolved, call, hardware, options)
    if (longer !== undefined) scaleAnswer(answer, longer)
    const { source } = choice.answerer.section.stored
    if (options.source === EAGER && source !== EAGER && choice.near === undefined) {
      scaleAnswer(answer, eagerTimes(call, hardware, answer.us))
    }
    if (options.source === UNTUNED && source !== UNTUNED && resolved.family === 'gemm') {
      scaleAnswer(answer, untunedTimes(call, resolved.query, hardware, answer.us))
    }
    const { time, us } = answer
    const scale = us / time.total / 1e6
    const launch = Math.min(time.launch, time.total)
    const body = time.total - launch
    const parts = { computeS: 0, memoryS: 0, launchS: launch * scale, networkS: 0 }
    let bound: Bound
    if (time.network > 0) {
      parts.networkS = body * scale
      bound = time.launch > body ? 'launch' : 'network'
    } else {
      // The longer of the two hides the other; what it does not hide is the other's.
      const compute = time.compute >= time.memory
      const long = Math.min(compute ? time.compute : time.memory, body)
      parts.computeS = (compute ? long : body - long) * scale
      parts.memoryS = (compute ? body - long : long) * scale
      bound = launch > long ? 'launch' : compute && isMatrixOp(call) ? 'compute' : 'memory'
    }
    return toEstimate(this.name, call, hardware, {
      parts,
      bound,
      work,
      latencyS: us / 1e6,
      spread: [answer.p10 / us, answer.p90 / us],
      notes: [
        ...(other?.notes ?? choice.notes),
        ...(longer === undefined
          ? []
          : [`no rows of ${'dtype' in call ? call.dtype : ''}: scaled by the roofline`]),
        ...(answer.beyondUs === 0
          ? []
          : [`far beyond what was measured: the longest row takes ${told(answer.beyondUs)}`]),
      ],
      profile: other === undefined || other.share >= 0.5 ? choice.profile : other.profile,
    })
  }

  /**
   * Moves the answer of a profile that speaks near its rows alone towards the one that there is without it:
   * the further off, the more.
   */
  private awayFromRows(
    choice: Choice,
    resolved: Resolved,
    call: OpCall,
    hardware: HardwareSpec,
    options: EstimateOptions,
  ): Mixture | undefined {
    const { source } = choice.answerer.section.stored
    const elsewhere = source !== OWN && options.source !== undefined && options.source !== source
    const { share, isRow } = choice.near!.shareOf(resolved.query, elsewhere)
    const { answer, own } = this
    copyAnswer(answer, own)
    let base: Choice
    try {
      base = this.choiceFor(resolved, hardware, options.source, true)
      this.ask(base, resolved, hardware, call, options, answer)
    } catch (error) {
      if (!(error instanceof PerfModelError)) throw error
      copyAnswer(own, answer)
      return undefined
    }
    const apart = Math.log(own.us / answer.us)
    // Where both have a say, the truth may be on either side.
    const doubt = Math.exp(2 * share * (1 - share) * Math.abs(apart))
    const mixed = (a: number, b: number) =>
      Math.exp(share * Math.log(a) + (1 - share) * Math.log(b))
    const us = mixed(own.us, answer.us)
    scaleTime(answer.time, us / answer.us)
    answer.p10 = mixed(own.p10, answer.p10) / doubt
    answer.p90 = mixed(own.p90, answer.p90) * doubt
    answer.us = us
    return {
      share,
      profile: base.profile,
      notes: isRow
        ? [FITTED]
        : share > 0.95
          ? choice.notes
          : [
              `${Math.round(100 * share)} % ${choice.profile}, the rest ${base.profile}`,
              ...base.notes,
            ],
    }
  }

  /** How much longer a call takes than the one of another type whose rows answer it, by the roofline. */
  private timesOf(
    resolved: Resolved,
    call: OpCall,
    hardware: HardwareSpec,
    options: EstimateOptions,
  ): number | undefined {
    if (!('like' in resolved) || resolved.like === undefined) return undefined
    const asked = roofline.estimate(call, hardware, options).latencyS
    return asked / roofline.estimate(resolved.like, hardware, options).latencyS
  }

  private ask(
    { answerer }: Choice,
    resolved: Resolved,
    hardware: HardwareSpec,
    call: OpCall,
    options: EstimateOptions,
    answer: Answer,
  ): void {
    if (resolved.family === 'collective' && resolved.query.devicesPerNode === 0) {
      resolved.query.devicesPerNode = Math.max(resolved.query.devices, hostDevices(hardware))
    }
    answerer.answer(resolved.query, options.l2 !== 'warm', answer)
    if ('times' in resolved && resolved.times !== 1) scaleAnswer(answer, resolved.times)
    if (!(answer.us > 0 && answer.p90 < Infinity)) {
      throw new PerfModelError(
        'invalid_dimension',
        `${call.op}: its dimensions make more work than can be counted`,
        'op',
      )
    }
  }

  private choiceFor(
    { family, kinds }: Resolved,
    hardware: HardwareSpec,
    source = '',
    beyondRows = false,
  ): Choice {
    const known = (beyondRows ? this.choicesBeyondRows : this.choices).of(hardware, family, source)
    let choice = known.get(kinds)
    if (choice === undefined) {
      const all = this.sectionsFor(family)
      choice = choose(
        beyondRows ? all.filter(({ near }) => near[0] === undefined) : all,
        kinds,
        hardware,
        source === '' ? undefined : source,
        this.donors,
      )
      known.set(kinds, choice)
    }
    return choice
  }

  private sectionsFor(family: FamilyName): Section[] {
    let sections = this.sections.get(family)
    if (sections === undefined) {
      sections = this.users.filter(({ stored }) => stored.family === family)
      if (this.builtIn) {
        const all = loadProfiles(family).flatMap(sectionsOf)
        sections.push(...all.filter(({ stored }) => stored.family === family))
      }
      this.sections.set(family, sections)
    }
    return sections
  }
}

function sectionsOf(profile: CalibrationProfile): Section[] {
  const title = `${profile.name} ${profile.version}`
  return profile.sections.map((stored) => new Section(stored, title))
}

function told(us: number): string {
  return us < 1e3 ? `${us.toPrecision(3)} µs` : `${(us / 1e3).toPrecision(3)} ms`
}

function copyAnswer(from: Answer, to: Answer): void {
  to.us = from.us
  to.p10 = from.p10
  to.p90 = from.p90
  to.beyondUs = from.beyondUs
  to.time = from.time
}

function scaleAnswer(answer: Answer, times: number): void {
  answer.us *= times
  answer.p10 *= times
  answer.p90 *= times
  scaleTime(answer.time, times)
}

function scaleTime(time: CoreTime, times: number): void {
  time.total *= times
  time.compute *= times
  time.memory *= times
  time.launch *= times
}

/**
 * The `calibrated` model with the package's own profiles: as near to hardware as the calibration data
 * allows. Every estimate says which profile spoke, and in its notes when no rows of the device exist.
 */
export const calibrated: LatencyModel = createCalibrated()

// Plans for a small model on few devices: quick, and each answer is checked against simulations.
import { prepareServing } from '@flowsim/serving-sim'
import { STEP_TIMES } from '@flowsim/step-time'
import { describe, expect, it } from 'vitest'
import { planPage } from '../page/plan-page.js'
import { parseBudget } from './budgets.js'
import { engineCommands, shellLine } from './commands.js'
import { type Candidate, candidateText, configOf, devicesOf } from './family.js'
import { judge, parseLimit } from './limits.js'
import { manifestOf } from './manifest.js'
import { frontOf } from './pareto.js'
import { planDeployment } from './plan.js'
import type { PlanQuestion } from './question.js'

const readText = () => {
  throw new Error('no file is read')
}

function question(changed: Partial<PlanQuestion> = {}): PlanQuestion {
  const workload = {
    type: 'synthetic',
    requests: 300,
    arrival: { process: 'poisson', ratePerS: 30 },
    inputTokens: 1000,
    outputTokens: 60,
  }
  const { requests } = prepareServing(
    JSON.stringify({
      seed: 7,
      workload,
      stepTime: { type: 'linear', perStepUs: 1 },
      kv: { blocks: 1 },
    }),
    { source: 'test', readText },
  )
  return {
    model: 'llama-3.1-8b',
    workload,
    requests,
    limits: ['ttft.p99S<=0.5', 'tpot.p99S<=0.03'].map(parseLimit),
    budgets: [parseBudget('l40s:8', readText)],
    engine: 'vllm',
    modes: ['aggregated', 'disaggregated'],
    precisions: [undefined],
    kvPrecisions: [undefined],
    cost: {},
    seed: 7,
    readText,
    ...changed,
  }
}

/** A run of a configuration as `serving run` makes it. */
const run = (config: unknown) =>
  prepareServing(JSON.stringify(config), {
    source: 'winner',
    readText,
    stepTimes: STEP_TIMES,
  }).run()

describe('a plan', () => {
  const asked = question()
  const plan = planDeployment(asked)
  const [winner] = plan.met

  it('the configuration of each answer gives its figures exactly, and they meet the limits', () => {
    expect(plan.met.length).toBeGreaterThan(0)
    for (const { candidate, limits, outcome } of plan.met) {
      const result = run(configOf(asked, candidate))
      expect(judge(asked.limits, result)).toEqual(limits)
      expect(result.report).toEqual(outcome!.report)
      expect(limits.every(({ met }) => met)).toBe(true)
    }
  })

  it('its page says the cheapest first, with its price and its commands', () => {
    const commands = engineCommands(asked, winner!.candidate)
    const page = planPage(asked, plan, { commands, generator: 'test' })
    expect(page.verdict![0]).toContain(candidateText(winner!.candidate))
    expect(page.tiles!.map(({ label }) => label)).toEqual([
      'Cost of 1M tokens',
      'Devices',
      'ttft.p99S',
      'tpot.p99S',
      'Output of a device',
    ])
    const starts = page.tables.find(({ title }) => title === 'How the first is started')!
    expect(starts.rows).toHaveLength(commands.length)
    const none = planPage(asked, { ...plan, met: [] }, { commands: [], generator: 'test' })
    expect(none.verdict![0]).toBe('No deployment within these devices meets the limits.')
    expect(none.tiles).toEqual([])
  })

  it('no grid of replicas and tensor parallelism is cheaper', () => {
    const devices = devicesOf(winner!.candidate).get('l40s')!
    for (const tensorParallel of [1, 2, 4, 8]) {
      for (let count = 1; count * tensorParallel < devices; count++) {
        const stepTime = { type: 'model', model: asked.model, hardware: 'l40s', tensorParallel }
        const result = run({ seed: 7, workload: asked.workload, instances: [{ count, stepTime }] })
        expect(judge(asked.limits, result).every(({ met }) => met)).toBe(false)
      }
    }
  })

  it('answers stand in order of price, cheapest first, and the price is that of their devices', () => {
    const prices = plan.met.map(({ price }) => price)
    expect(prices).toEqual(prices.toSorted((a, b) => a - b))
    for (const { candidate, price, outcome } of plan.met) {
      expect(price).toBeCloseTo(plan.prices!.l40s! * devicesOf(candidate).get('l40s')!, 10)
      expect(outcome!.cost.usdPerHour).toBeCloseTo(price, 10)
    }
  })

  it('the same question has the same answer', () => {
    const again = planDeployment(question())
    expect(again.met.map(({ candidate }) => candidateText(candidate))).toEqual(
      plan.met.map(({ candidate }) => candidateText(candidate)),
    )
  })

  it('of the front no point beats another', () => {
    const front = frontOf([...plan.met, ...plan.missed])
    expect(front.length).toBeGreaterThan(0)
    for (const [i, point] of front.entries()) {
      if (i > 0) expect(point.tokensPerSUser).toBeGreaterThan(front[i - 1]!.tokensPerSUser)
    }
  })

  it('what was simulated before is not simulated again', () => {
    const known = new Map<string, ReturnType<Parameters<NonNullable<Remember>>[1]>>()
    type Remember = NonNullable<Parameters<typeof planDeployment>[1]>['remember']
    let simulated = 0
    const remember: NonNullable<Remember> = (key, simulate) => {
      if (!known.has(key)) {
        simulated++
        known.set(key, simulate())
      }
      return known.get(key)!
    }
    const first = planDeployment(asked, { remember })
    const before = simulated
    const second = planDeployment(asked, { remember })
    expect([before > 0, simulated]).toEqual([true, before])
    expect(second.met).toEqual(first.met)
  })

  it('commands start what was simulated, and the manifest asks for its devices', () => {
    const commands = engineCommands(asked, winner!.candidate)
    expect(new Set(commands.map(({ engine }) => engine))).toEqual(
      new Set(['vllm', 'sglang', 'trtllm']),
    )
    for (const { command, notes } of commands)
      expect(command === null && notes.length === 0).toBe(false)
    const vllm = commands.filter(({ engine }) => engine === 'vllm')
    const documents = manifestOf(winner!.candidate, vllm)
    const workloads = documents.filter(({ kind }) => kind === 'Deployment')
    const devices = workloads.reduce((sum, { spec }) => {
      const { replicas, template } = spec as {
        replicas: number
        template: { spec: { containers: { resources: { limits: Record<string, number> } }[] } }
      }
      return sum + replicas * template.spec.containers[0]!.resources.limits['nvidia.com/gpu']!
    }, 0)
    expect(devices).toBe(devicesOf(winner!.candidate).get('l40s'))
  })
})

describe('a question', () => {
  it('without a layout that fits is refused, with the reasons', () => {
    const budgets = [parseBudget('l40s:1', readText)]
    expect(() => planDeployment(question({ model: 'llama-3.1-70b', budgets }))).toThrow(
      /none of 1 layouts can serve this: 1 model_does_not_fit/,
    )
  })

  it('with limits that no step meets is refused', () => {
    const limits = [parseLimit('tpot.p50S<=0.00001')]
    expect(() => planDeployment(question({ limits }))).toThrow(
      /cannot serve one request within the limits/,
    )
  })

  it('that the devices cannot serve has no answer, but what came near', () => {
    const budgets = [parseBudget('l40s:1', readText)]
    const { met, missed, isComplete } = planDeployment(question({ budgets }))
    expect([met.length, isComplete]).toEqual([0, true])
    expect(missed.every(({ limits }) => limits.some((limit) => !limit.met))).toBe(true)
  })

  it('names devices by kind and number, or nodes of them', () => {
    expect(parseBudget('h200_sxm:64', readText)).toMatchObject({ devices: 64, nodeDevices: 8 })
    expect(parseBudget('h200_sxm:3x4', readText)).toMatchObject({ devices: 12, nodeDevices: 4 })
    expect(() => parseBudget('h200_sxm', readText)).toThrow(/does not name devices, such as/)
  })
})

describe('prompts that share their beginning', () => {
  it('ask for fewer devices than prompts that do not', () => {
    const asked = question({ modes: ['aggregated'] })
    const shared = { prefixGroup: 'a', prefixTokens: 960 }
    const requests = asked.requests.map((request) => ({ ...request, ...shared }))
    const least = (changed: Partial<PlanQuestion>) =>
      planDeployment({ ...asked, ...changed }, { simulations: 1 }).least!
    const devices = (candidate: Candidate) => devicesOf(candidate).get('l40s')!
    expect(devices(least({ requests }))).toBeLessThan(devices(least({})))
  })
})

describe('a device', () => {
  it('that has no 8-bit floats is planned for with what it has', () => {
    const budgets = [parseBudget('mi250x:8', readText)]
    const limits = ['ttft.p99S<=2', 'tpot.p99S<=0.1'].map(parseLimit)
    const asked = question({
      budgets,
      limits,
      modes: ['aggregated'],
      kvPrecisions: [undefined, 'fp8'],
    })
    const { met, screened } = planDeployment(asked)
    const precisions = met.map(({ candidate }) => candidate.family.groups[0]!.kvPrecision)
    expect(new Set(precisions)).toEqual(new Set([undefined]))
    expect(screened.refused.some(({ example }) => /does not compute fp8/.test(example))).toBe(true)
    const commands = engineCommands(asked, met[0]!.candidate)
    const manifest = JSON.stringify(manifestOf(met[0]!.candidate, commands))
    expect(manifest).toContain('amd.com/gpu')
  })
})

describe('commands', () => {
  it('take as many devices as the layout has', () => {
    const budget = parseBudget('l40s:8', readText)
    const group = {
      role: 'both' as const,
      ...{ budget, devices: 4, precision: undefined, kvPrecision: undefined },
      ...{ depth: 0, batchTokens: 8192, sequences: 256 },
      layout: {
        ...{ tensorParallel: 2, pipelineParallel: 1, contextParallel: 2 },
        ...{ dataParallel: 1, expertParallel: 1 },
      },
      capacity: { requestsPerS: 1, sequences: 1, stepS: 1 },
    }
    const family = { mode: 'aggregated' as const, groups: [group] }
    const candidate = { family, counts: [1] }
    const [vllm, ...others] = engineCommands({ model: 'm' }, candidate)
    expect(shellLine(vllm!.command!)).toContain(
      '--tensor-parallel-size 2 --prefill-context-parallel-size 2',
    )
    expect(others.map(({ command }) => command)).toEqual([null, null])
  })

  it('words that a shell would change are quoted', () => {
    expect(shellLine(['a', '{"b": 1}', "it's"])).toBe(`a '{"b": 1}' 'it'\\''s'`)
  })
})

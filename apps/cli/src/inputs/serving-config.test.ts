// Models of hubs in serving configurations, against a hub on this machine.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { flowsim } from '../testing/flowsim.js'
import { testFolder } from '../testing/folder.js'
import { testHub } from '../testing/hub.js'

const folder = testFolder()

const LLAMA = {
  model_type: 'llama',
  hidden_size: 1024,
  intermediate_size: 2048,
  num_hidden_layers: 2,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  vocab_size: 1000,
  max_position_embeddings: 4096,
  torch_dtype: 'bfloat16',
}

/** Each repository has as many layers as its name says. */
const hub = testHub(folder, (repository, name) => {
  if (name !== 'config.json') return undefined
  const layers = Number(/layers-(\d+)/.exec(repository)?.[1] ?? 2)
  const family = repository.includes('strange') ? 'never-heard-of' : 'llama'
  return JSON.stringify({ ...LLAMA, model_type: family, num_hidden_layers: layers })
})

function configOf(model: string, more = ''): string {
  const path = join(folder, 'hub.yaml')
  writeFileSync(
    path,
    `
workload: { type: synthetic, requests: 4, users: 2, inputTokens: 64, outputTokens: 8 }
stepTime: { type: model, model: ${model}, hardware: h100_sxm, latencyModel: roofline }
${more}`,
  )
  return path
}

async function tpotOf(...args: string[]): Promise<number> {
  const { code, out, err } = await flowsim('serving', 'run', ...args, '--json')
  expect(err).toBe('')
  expect(code).toBe(0)
  return JSON.parse(out).tpot.p50S
}

describe('a model of a hub in a serving configuration', () => {
  test('is fetched, kept, and had offline afterwards', async () => {
    const config = configOf('org/layers-2')
    const first = await tpotOf('--config', config)
    expect(hub.asked).toContain(`/org/layers-2/resolve/${'b'.repeat(40)}/config.json`)
    hub.asked.length = 0
    expect(await tpotOf('--config', config, '--offline')).toBe(first)
    expect(hub.asked).toEqual([])
  })

  test('of a hub has the sizes that its repository gives', async () => {
    const small = await tpotOf('--config', configOf('org/layers-2'))
    const large = await tpotOf('--config', configOf('org/layers-40'))
    expect(large).toBeGreaterThan(3 * small)
  })

  test('may be what drafts for another one', async () => {
    const draft = 'type: model, model: org/layers-1, hardware: h100_sxm, latencyModel: roofline'
    const plain = await tpotOf('--config', configOf('org/layers-40'))
    const drafted = configOf(
      'org/layers-40',
      `speculation: { method: draft-model, depth: 2, acceptance: 0.9, hostUs: 0, draft: { ${draft} } }`,
    )
    expect(await tpotOf('--config', drafted)).toBeLessThan(0.7 * plain)
    expect(hub.asked.some((path) => path.includes('layers-1/'))).toBe(true)
  })

  test('of an unknown family is read generically where the configuration says so', async () => {
    const config = configOf('org/strange')
    const refused = await flowsim('serving', 'run', '--config', config)
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(/hub\.yaml:3:\d+: .*"never-heard-of" is not known/)
    configOf('org/strange, generic: true')
    expect(await tpotOf('--config', config)).toBeGreaterThan(0)
  })

  test('is fetched for each model of a sweep', async () => {
    const { code, out } = await flowsim(
      ...['serving', 'sweep', '--config', configOf('org/layers-2')],
      ...['--grid', 'stepTime.model=org/layers-2,org/layers-20', '-o', join(folder, 'sweep')],
      '--json',
    )
    expect(code).toBe(0)
    const [small, large] = JSON.parse(out).rows.map(
      ({ report }: { report: { tpot: { p50S: number } } }) => report.tpot.p50S,
    )
    expect(large).toBeGreaterThan(2 * small)
  })

  test.each([
    [401, /^flowsim: org\/layers-2: http:\S+ refuses it \(401\); /],
    [404, /^flowsim: org\/layers-2: http:\S+ has no such repository; /],
    [500, /^flowsim: org\/layers-2: http:\S+ answers with status 500; /],
  ])('that the hub answers with %i is told in one line', async (answer, line) => {
    hub.status = answer
    const { code, err, out } = await flowsim('serving', 'run', '--config', configOf('org/layers-2'))
    expect(code).toBe(1)
    expect(out).toBe('')
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(err).toMatch(line)
  })

  test('that is not kept is told in one line offline', async () => {
    const { code, err } = await flowsim(
      ...['serving', 'run', '--config', configOf('org/layers-2'), '--offline'],
    )
    expect(code).toBe(1)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(err).toMatch(/org\/layers-2: is not in the cache, and --offline fetches nothing/)
    expect(hub.asked).toEqual([])
  })

  test('whose quantisation is in its name is the built-in one while the hub is down, and that is said', async () => {
    hub.status = 500
    const config = configOf('nvidia/Llama-3.1-8B-Instruct-FP8')
    const { code, err } = await flowsim('serving', 'run', '--config', config, '--json')
    expect(code).toBe(0)
    expect(err).toMatch(/status 500.*is read as the built-in model that its name tells/)
  })
})

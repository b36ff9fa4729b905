import { readdirSync, readFileSync } from 'node:fs'
import { builtInModel } from '@flowsim/model-graph'
import { describe, expect, it } from 'vitest'
import { findEngine, listEngines } from './catalogue.js'
import { ENGINE_NAMES, readEngineFacts } from './engine-facts.js'
import { engineRules } from './engine-rules.js'
import { listFacts } from './list-facts.js'

const folder = new URL('../../engines/', import.meta.url)
const files = readdirSync(folder)
const read = (file: string) =>
  JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Record<string, unknown>

/** `0.14` as a number that grows with the version. */
const height = (version: string) =>
  version.split('.').reduce((sum, part, i) => sum + Number(part) / 1000 ** i, 0)

describe('the files of engine facts', () => {
  it.each(files)('%s is named for what it holds, and every value has a source', (file) => {
    const { engine, versions } = readEngineFacts(read(file), { source: file })
    expect(file).toBe(`${engine}-${versions.from}.json`)
  })

  it('are all in the list, each engine in order of its versions, without overlaps', () => {
    const listed = listEngines().map(({ engine, versions }) => `${engine}-${versions.from}.json`)
    expect([...listed].sort()).toEqual([...files].sort())
    for (const name of ENGINE_NAMES) {
      const bounds = listEngines()
        .filter(({ engine }) => engine === name)
        .flatMap(({ versions }) => [height(versions.from), height(versions.to)])
      expect(bounds.length).toBeGreaterThan(0)
      expect(bounds).toEqual([...bounds].sort((a, b) => a - b))
    }
  })

  it('leave out no version between the first and the last', () => {
    for (const name of ENGINE_NAMES) {
      const ranges = listEngines().filter(({ engine }) => engine === name)
      for (const [i, { versions }] of ranges.slice(1).entries()) {
        const [major, minor] = ranges[i]!.versions.to.split('.').map(Number)
        expect(versions.from).toBe(`${major}.${minor! + 1}`)
      }
    }
  })
})

describe('findEngine', () => {
  it('finds the range that a version is in, whatever its patch', () => {
    for (const { engine, versions } of listEngines()) {
      for (const version of [versions.from, versions.to, `v${versions.to}.7.post1`]) {
        expect(findEngine(engine, version).versions).toEqual(versions)
      }
    }
  })

  it('takes the newest where no version is asked for', () => {
    for (const name of ENGINE_NAMES) {
      const all = listEngines().filter(({ engine }) => engine === name)
      expect(findEngine(name)).toBe(all.at(-1))
    }
  })

  it('says which versions are known', () => {
    expect(() => findEngine('vllm', '0.1')).toThrow(/nothing is known of vllm 0\.1; known are 0\./)
  })
})

describe('readEngineFacts', () => {
  const good = read(files[0]!)

  it.each([
    [['1', 'abc'], /graphs\.decode\[1\]: .*first\.\.last\/step/],
    [['8..16/0'], /graphs\.decode\[0\]: a size/],
    [['1..999999999/1'], /graphs\.decode\[0\]: .*six digits/],
    [['512..8/8'], /graphs\.decode\[0\]: .*before the first/],
    [['0'], /graphs\.decode\[0\]: a size/],
    [['8', '4'], /graphs\.decode: .*ascending/],
  ])('refuses the graph sizes %j at once', (decode, message) => {
    const graphs = { ...(good.graphs as object), decode }
    expect(() => readEngineFacts({ ...good, graphs }, { source: 'x' })).toThrow(message)
  })

  it('refuses versions that end before they begin', () => {
    const versions = { from: '0.9', to: '0.1' }
    expect(() => readEngineFacts({ ...good, versions }, { source: 'x' })).toThrow(
      /versions: .*before the first/,
    )
  })

  it('names the field that is wrong, and the value without a source', () => {
    const kernels = { ...(good.kernels as object), gapUs: -1 }
    expect(() => readEngineFacts({ ...good, kernels }, { source: 'mine.json' })).toThrow(
      /^mine\.json: kernels\.gapUs: /,
    )
    const { 'host.opUs': _, ...sources } = good.sources as Record<string, string>
    expect(() => readEngineFacts({ ...good, sources }, { source: 'mine.json' })).toThrow(
      'mine.json: host.opUs has no source',
    )
  })

  it('takes one source for a whole section', () => {
    const sources = {
      kernels: 'a',
      attention: 'a',
      graphs: 'b',
      host: 'c',
      scheduler: 'c',
      precision: 'c',
      memory: 'd',
    }
    const parts = { model: builtInModel('llama-3.1-8b')!, devices: 1 }
    const facts = listFacts(readEngineFacts({ ...good, sources }, { source: 'mine.json' }), parts)
    expect(facts.find(({ name }) => name.endsWith('host.opUs'))).toMatchObject({
      source: 'c',
      setting: 'stepTime.hostOpUs',
    })
  })
})

describe('listFacts', () => {
  const named = (model: string, devices: number) =>
    listFacts(findEngine('vllm'), { model: builtInModel(model)!, devices }).map(
      ({ name }) => /: (.*)/.exec(name)![1]!,
    )

  it.each([
    ['a dense model on one device', 'llama-3.1-8b', 1, []],
    ['a dense model on two', 'llama-3.1-8b', 2, ['allReduce', 'normInAllReduce']],
    ['a model with experts', 'mixtral-8x7b', 1, ['unmeasuredExperts']],
    [
      'one with shared experts and latent attention, divided',
      'deepseek-v3',
      8,
      [
        'allReduce',
        'latentAttention',
        'normInAllReduce',
        'sharedBesideTokens',
        'unmeasuredExperts',
      ],
    ],
  ])('of %s names the kernels that it launches', (_, model, devices, kernels) => {
    const ofSome = /^kernels\.(allReduce|latentAttention|normInAllReduce|shared\w+|unmeasured\w+)/
    const found = named(model, devices).flatMap((name) => ofSome.exec(name)?.[1] ?? [])
    expect([...new Set(found)].sort()).toEqual(kernels)
    const memory = named(model, devices).filter((name) => name.startsWith('memory.runtimeBytes'))
    expect(memory).toEqual([`memory.runtimeBytes.${devices > 1 ? 'parallel' : 'alone'}`])
  })
})

describe('engineRules', () => {
  it('are those of the version: what it pads, schedules ahead and reserves', () => {
    const rules = (name: (typeof ENGINE_NAMES)[number], version?: string) =>
      engineRules(findEngine(name, version))
    expect(rules('vllm', '0.11')).toMatchObject({ asyncScheduling: false, padsToGraph: true })
    expect(rules('vllm', '0.14')).toMatchObject({ asyncScheduling: true, reservation: 'as-needed' })
    expect(rules('trtllm')).toMatchObject({ padsToGraph: false, reservation: 'whole-output' })
    expect(rules('sglang')).toMatchObject({ prefillGraphs: [], reservation: 'prompt' })
  })
})

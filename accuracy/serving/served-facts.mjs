// Engine facts of the measured servers, where the benchmark's options change what an engine's version does by itself.
//
// InferenceX publishes the options: SemiAnalysisAI/InferenceX, benchmarks/*.sh. One rule holds for all rows of an
// engine, a model and a device. What the images were before rows named them: its perf-changelog.yaml.
import { readFileSync } from 'node:fs'
import { findEngine } from '@flowsim/step-time'

/** Releases of the images of 2025, whose rows do not name them. */
const OF_2025 = { vllm: '0.11', sglang: '0.5', trtllm: '1.1' }

const BLACKWELL = /^g?b[23]00/

/** A change of the facts: the value of `kernels` that an option sets, and which one that is. */
const CHANGES = [
  {
    // 70b_fp8_b200_docker.sh: enable_fi_allreduce_fusion
    option: 'pass_config of InferenceX',
    holds: ({ backend, system, model_path: model }) =>
      backend === 'vllm' && BLACKWELL.test(system) && /Llama/.test(model),
    kernels: () => ({ normInAllReduce: findEngine('vllm').kernels.normInAllReduce }),
  },
  {
    // qwen3.5_fp8_b200.sh has no --enable-flashinfer-allreduce-fusion, and 0.5.9 does not set it for this model
    option: 'options of InferenceX',
    holds: ({ backend, system, model_path: model, precision }) =>
      backend === 'sglang' &&
      BLACKWELL.test(system) &&
      /Qwen3\.5/.test(model) &&
      precision === 'fp8',
    kernels: ({ normInAllReduce }) => ({ normInAllReduce: { ...normInAllReduce, on: [] } }),
  },
]

const texts = new Map()

/** The fields of `stepTime` that say which engine ran: a known version, or the name of facts that {@link readText} has. */
export function servedEngine(row) {
  const version = releaseOf(row)
  const changes = CHANGES.filter(({ holds }) => holds(row))
  if (changes.length === 0) {
    return { kernels: row.backend, ...(version === undefined ? {} : { engineVersion: version }) }
  }
  const base = findEngine(row.backend, version)
  const facts = changes.reduce((known, change) => changed(known, change), base)
  return { engineFacts: registered(facts, changes.map(({ option }) => option).join(', ')) }
}

/** The name of an engine's facts with other kernels, which an option chose: `kernels` of those that it has. */
export function withKernels(engine, kernels, option) {
  return { engineFacts: registered(changed(findEngine(engine), { kernels, option }), option) }
}

/** The engine that fields of `stepTime` name, with other times of its unmeasured experts. */
export function withUnmeasured(engine, times) {
  return withChangedKernels(engine, ({ unmeasuredExperts: known }) => ({
    unmeasuredExperts: { ...known, ...times },
  }))
}

/** The engine that fields of `stepTime` name, with other values of its `kernels`: those made of the ones that it has. */
export function withChangedKernels(engine, valuesOf) {
  const facts = factsOf(engine)
  const option = JSON.stringify(valuesOf(facts.kernels))
  const changedFacts = changed(facts, { kernels: valuesOf, option })
  return { engineFacts: registered(changedFacts, `${engine.engineFacts ?? ''} ${option}`) }
}

/** The facts of the engine that fields of `stepTime` name. */
export function factsOf({ kernels, engineVersion, engineFacts }) {
  return engineFacts === undefined
    ? findEngine(kernels, engineVersion)
    : JSON.parse(texts.get(engineFacts))
}

/** The text of a file, or of the facts of {@link servedEngine}. */
export function readText(path) {
  return texts.get(path) ?? readFileSync(path, 'utf8')
}

function changed(facts, { kernels, option }) {
  const values = kernels(facts.kernels)
  const sources = Object.fromEntries(Object.keys(values).map((name) => [`kernels.${name}`, option]))
  return {
    ...facts,
    kernels: { ...facts.kernels, ...values },
    sources: { ...facts.sources, ...sources },
  }
}

function registered(facts, option) {
  const name = `${facts.engine} ${facts.versions.from} with ${option}`
  texts.set(name, JSON.stringify(facts))
  return name
}

/** The release that a row states; undefined: the newest that is known. */
function releaseOf({ backend, backend_version: version, silicon_data_source: from = '' }) {
  if (version === '' && from.includes('measured=2025')) return OF_2025[backend]
  const release = /^\d+\.\d+/.exec(version)?.[0]
  if (release === undefined) return undefined
  try {
    findEngine(backend, release)
    return release
  } catch (error) {
    if (error.code === 'unknown_engine') return undefined
    throw error
  }
}

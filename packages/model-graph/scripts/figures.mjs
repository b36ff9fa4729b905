// Writes the tables of docs/models.md: what published configurations count to, beside published figures, and what
// tokens of built-in models cost.
// After a build: node packages/model-graph/scripts/figures.mjs FOLDER
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { opWork } from '@flowsim/trace-schema'
import {
  buildStep,
  countParameters,
  findModel,
  memoryUse,
  parseConfig,
  readModel,
} from '../dist/index.js'

const folder = process.argv[2]
const docs = 'docs/models.md'
const published = 'packages/model-graph/src/testing/published-figures.json'

const { figures } = JSON.parse(readFileSync(published, 'utf8'))
const rows = figures.map(rowOf)
const table = [
  '| configuration | parameters, 10⁹ | published | active | published | KV cache of a token, bytes | published | FLOPs of a token, 10⁹ |',
  '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ...rows.map((cells) => `| ${cells.join(' | ')} |`),
].join('\n')
const costs = JSON.parse(
  readFileSync('packages/model-graph/src/testing/published-costs.json', 'utf8'),
)
const costTable = [
  '| model | of a token | counted | published | source |',
  '| --- | --- | ---: | ---: | --- |',
  ...costs.kv.map((figure) => cost(figure, 'KV cache, bytes', kvOf(figure.model), figure.as)),
  ...costs.training.map((figure) =>
    cost(figure, 'training, 10⁹ FLOPs', trainingOf(figure.model).toFixed(0), figure.gflops),
  ),
].join('\n')
const text = readFileSync(docs, 'utf8')
writeFileSync(docs, within(within(text, 'figures', table), 'costs', costTable))

function within(text, name, table) {
  const between = new RegExp(`(<!-- ${name}: [^>]* -->).*(<!-- /${name} -->)`, 's')
  return text.replace(between, `$1\n\n${table}\n\n$2`)
}

function cost({ model, source }, what, counted, published) {
  return `| ${model} | ${what} | ${counted} | ${published} | ${source} |`
}

function kvOf(model) {
  return memoryUse(findModel(model), { dtypes: { kv: 'bf16' } }).kvBytesPerToken
}

/** As the test of these figures counts: logits of each token, backward twice the operations of forward. */
function trainingOf(name) {
  const model = findModel(name)
  const { ops } = buildStep(model, { batch: [{ newTokens: 4096 }] })
  const forward = ops.reduce((sum, { count, call }) => sum + count * opWork(call).flops, 0) / 4096
  return (3 * (forward + 2 * model.hidden * model.vocab)) / 1e9
}

function rowOf({ file, source, parameters, active, kvBytesPerToken }) {
  const name = `[${file.replace('--', '/')}](${source})`
  const published = [billions(parameters), active === undefined ? '' : billions(active)]
  let model
  try {
    const config = readFileSync(join(folder, `${file}.json`), 'utf8')
    model = readModel(parseConfig(config, { source: file }), { source: file })
  } catch (error) {
    // What is missing is said after the name of the file and the path in it.
    const [, , ...reason] = error.message.split(': ')
    return [
      name,
      `refused: ${error.at.path} ${reason.join(': ')}`,
      published[0],
      '',
      published[1],
      '',
      '',
      '',
    ]
  }
  const { ops } = buildStep(model, { batch: [{ newTokens: 1, phase: 'decode' }] })
  const flops = ops.reduce((sum, { count, call }) => sum + count * opWork(call).flops, 0)
  const kv = memoryUse(model, { dtypes: { kv: 'bf16' } }).kvBytesPerToken
  const counted = countParameters(model)
  return [
    name,
    billions(counted.total),
    published[0],
    billions(counted.active),
    published[1],
    String(kv),
    kvBytesPerToken === undefined ? '' : String(kvBytesPerToken),
    (flops / 1e9).toFixed(2),
  ]
}

function billions(count) {
  return (count / 1e9).toFixed(2)
}

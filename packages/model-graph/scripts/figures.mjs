// Writes the table of docs/models.md: what published configurations count to, beside published figures.
// After a build: node packages/model-graph/scripts/figures.mjs FOLDER
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { opWork } from '@flowsim/trace-schema'
import { buildStep, countParameters, memoryUse, parseConfig, readModel } from '../dist/index.js'

const folder = process.argv[2]
const docs = 'docs/models.md'
const published = 'packages/model-graph/src/testing/published-figures.json'

const { figures } = JSON.parse(readFileSync(published, 'utf8'))
const rows = figures.map(rowOf).filter((row) => row !== undefined)
const table = [
  '| configuration | parameters, 10⁹ | published | KV cache of a token, bytes | published | FLOPs of a token, 10⁹ |',
  '| --- | ---: | ---: | ---: | ---: | ---: |',
  ...rows.map((cells) => `| ${cells.join(' | ')} |`),
].join('\n')
const text = readFileSync(docs, 'utf8')
const between = /(<!-- figures: [^>]* -->).*(<!-- \/figures -->)/s
writeFileSync(docs, text.replace(between, `$1\n\n${table}\n\n$2`))

function rowOf({ file, source, parameters, kvBytesPerToken }) {
  let model
  try {
    const config = readFileSync(join(folder, `${file}.json`), 'utf8')
    model = readModel(parseConfig(config, { source: file }), { source: file })
  } catch (error) {
    console.error(`${file}: left out: ${error.message}`)
    return undefined
  }
  const { ops } = buildStep(model, { batch: [{ newTokens: 1, phase: 'decode' }] })
  const flops = ops.reduce((sum, { count, call }) => sum + count * opWork(call).flops, 0)
  const kv = memoryUse(model, { dtypes: { kv: 'bf16' } }).kvBytesPerToken
  return [
    `[${file.replace('--', '/')}](${source})`,
    (countParameters(model).total / 1e9).toFixed(2),
    (parameters / 1e9).toFixed(2),
    String(kv),
    kvBytesPerToken === undefined ? '' : String(kvBytesPerToken),
    (flops / 1e9).toFixed(2),
  ]
}

// Layer profiles in the folders that LLMServingSim 2.0's profiler writes (casys-kaist/LLMServingSim):
//
//   meta.yaml           versions, device, grid
//   tpN/dense.csv       layer, tokens, time_us
//   tpN/per_sequence.csv layer, sequences, time_us
//   tpN/attention.csv   prefill_chunk, kv_prefill, n_decode, kv_decode, time_us
//   tpN/skew.csv        decodes of unequal lengths: pc, kp, n, ratio, kvs, …, alpha
//   tpN/moe.csv         tokens, activated_experts, time_us; of tp1 alone
//
// Each table may be packed (.csv.gz). Other columns and files are ignored.
import { type ReadText, ServingError } from '@flowsim/serving-sim'
import { parse } from 'csv-parse/sync'
import { group } from 'd3-array'
import { parse as parseYaml } from 'yaml'
import type { AttentionProfile, LayerProfile } from './layer-profile.js'
import { NestedTable } from './nested-table.js'

type Row = Record<string, string>

/**
 * Reads the profile of one rank of a tensor-parallel group.
 * @param readText gives the text of a file, unpacked where its name ends in .gz
 * @throws ServingError `invalid_profile` with the file and the line
 */
export function readLayerProfile(
  folder: string,
  { tensorParallel, readText }: { tensorParallel: number; readText: ReadText },
): LayerProfile {
  const read = (file: string, columns: readonly string[]) => {
    const found = firstOf([`${folder}/${file}`, `${folder}/${file}.gz`], readText)
    return found === undefined ? null : rowsOf(found, columns)
  }
  const rank = `tp${tensorParallel}`
  const must = (file: string, columns: readonly string[]) => {
    const rows = read(`${rank}/${file}`, columns)
    if (rows !== null) return rows
    throw new ServingError(
      'invalid_profile',
      `has no ${rank}/${file}; profile the model with tensor parallelism ${tensorParallel}`,
      { source: folder },
    )
  }
  const dense = must('dense.csv', ['layer', 'tokens', 'time_us'])
  const sequences = must('per_sequence.csv', ['layer', 'sequences', 'time_us'])
  const attention = must('attention.csv', ATTENTION)
  const skew = read(`${rank}/skew.csv`, SKEW)
  const experts = read('tp1/moe.csv', EXPERTS)
  return {
    source: sourceOf(folder, readText),
    byTokens: byLayer(dense, 'tokens'),
    bySequences: byLayer(sequences, 'sequences'),
    attention: attentionOf(attention, skew, folder),
    experts: experts === null ? null : tableOf(experts, EXPERTS),
  }
}

const ATTENTION = ['prefill_chunk', 'kv_prefill', 'n_decode', 'kv_decode', 'time_us']
const SKEW = ['pc', 'kp', 'n', 'ratio', 'kvs', 'alpha']
const EXPERTS = ['tokens', 'activated_experts', 'time_us']

/** The first file that can be read; undefined: none. */
function firstOf(files: readonly string[], readText: ReadText) {
  for (const file of files) {
    try {
      return { file, text: readText(file) }
    } catch {}
  }
  return undefined
}

function rowsOf({ file, text }: { file: string; text: string }, columns: readonly string[]): Row[] {
  let rows: Row[]
  try {
    rows = parse(text, { columns: true, skip_empty_lines: true, trim: true }) as Row[]
  } catch (error) {
    throw new ServingError('invalid_profile', (error as Error).message, { source: file })
  }
  const missing = columns.filter((name) => rows[0]?.[name] === undefined)
  if (missing.length > 0) {
    throw new ServingError('invalid_profile', `no column ${missing.join(', ')}`, { source: file })
  }
  // A cell that was not measured is empty.
  const kept = rows.filter((row) => columns.every((name) => row[name] !== ''))
  for (const [i, row] of kept.entries()) {
    const bad = columns.find((name) => name !== 'layer' && !Number.isFinite(Number(row[name])))
    if (bad === undefined) continue
    throw new ServingError('invalid_profile', `${bad} is not a number: ${row[bad]}`, {
      source: file,
      line: i + 2,
    })
  }
  return kept
}

const tableOf = (rows: readonly Row[], columns: readonly string[]) =>
  new NestedTable(rows.map((row) => columns.map((name) => Number(row[name]))))

function byLayer(rows: readonly Row[], axis: string): Map<string, NestedTable> {
  const layers = group(rows, ({ layer }) => layer!)
  return new Map([...layers].map(([layer, own]) => [layer, tableOf(own, [axis, 'time_us'])]))
}

function attentionOf(
  rows: readonly Row[],
  skew: readonly Row[] | null,
  folder: string,
): AttentionProfile {
  const isZero = (row: Row, name: string) => Number(row[name]) === 0
  const table = (part: readonly Row[], columns: readonly string[]) =>
    part.length === 0 ? null : tableOf(part, columns)
  const decode = table(
    rows.filter((row) => isZero(row, 'prefill_chunk')),
    ['n_decode', 'kv_decode', 'time_us'],
  )
  if (decode === null) {
    throw new ServingError('invalid_profile', 'has no attention of decodes alone', {
      source: folder,
    })
  }
  return {
    prefill: table(
      rows.filter((row) => isZero(row, 'n_decode')),
      ['prefill_chunk', 'kv_prefill', 'time_us'],
    ),
    decode,
    mixed: table(
      rows.filter((row) => !isZero(row, 'prefill_chunk') && !isZero(row, 'n_decode')),
      ATTENTION,
    ),
    skew: skew === null ? null : table(skew, SKEW),
  }
}

/** What `meta.yaml` says of the measurement. */
function sourceOf(folder: string, readText: ReadText): string {
  const found = firstOf([`${folder}/meta.yaml`], readText)
  if (found === undefined) return `layer profile ${folder}`
  const meta = (parseYaml(found.text) ?? {}) as Record<string, unknown>
  const says = [
    meta.model,
    meta.gpu,
    meta.vllm_version === undefined ? undefined : `vLLM ${String(meta.vllm_version)}`,
    typeof meta.profiled_at === 'string' ? meta.profiled_at.slice(0, 10) : undefined,
  ].filter((each) => each !== undefined)
  return `layer profile: ${says.join(', ')}`
}

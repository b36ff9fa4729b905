#!/usr/bin/env node
// Stands where Vidur would: reads requests as Vidur's traces have them, serves one after the other, and writes
// request_metrics.csv. A prompt takes a millisecond for 12 tokens, every other token 9 ms.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PROMPT_S = 1e-3 / 12
const TOKEN_S = 9e-3

const [workload, output] = process.argv.slice(2)
const [, ...rows] = readFileSync(workload, 'utf8').trim().split('\n')
let free = 0
let before = 0
const served = rows.map((row, i) => {
  const [arrived, prompt, tokens] = row.split(',').map(Number)
  const start = Math.max(arrived, free)
  free = start + prompt * PROMPT_S
  const waited = start - arrived
  const ttft = waited + prompt * PROMPT_S
  const gap = i === 0 ? '' : arrived - before
  before = arrived
  return [i, ttft + (tokens - 1) * TOKEN_S, ttft, waited, gap, prompt, tokens].join(',')
})
const header =
  'Request Id,request_e2e_time,prefill_e2e_time,request_scheduling_delay,request_inter_arrival_delay,request_num_prefill_tokens,request_num_decode_tokens'
const folder = join(output, 'run')
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'request_metrics.csv'), `${[header, ...served].join('\n')}\n`)

import { expect, it } from 'vitest'
import { parseTrace } from '../parse-trace.js'
import { bytesOf } from '../testing/make-trace.js'
import { refusal } from '../testing/samples.js'
import { databaseOfTables } from '../testing/sqlite.js'

it.each<[string, Uint8Array, RegExp]>([
  ['run.nsys-rep', bytesOf('whatever'), /report of Nsight Systems .*; nsys export --type sqlite/],
  ['run.ncu-rep', bytesOf('NVR\0'), /report of Nsight Compute/],
  [
    'snapshot.pickle',
    Uint8Array.of(0x80, 4, ...bytesOf('}segments')),
    /memory snapshot of PyTorch/,
  ],
  ['snapshot.json', bytesOf('{"segments": [], "device_traces": []}'), /memory snapshot of PyTorch/],
  ['model.pkl', Uint8Array.of(0x80, 4, 1), /Python pickle/],
  ['other.db', databaseOfTables({ t: [{ a: 1 }] }), /SQLite file of another program/],
  [
    'et.json',
    bytesOf('{"schema": "1.1.1", "nodes": [{"attrs": [{"name": "rf_id"}]}]}'),
    /execution trace/,
  ],
  ['page.html', bytesOf('<!DOCTYPE html><html>'), /web page/],
  ['table.parquet', bytesOf('PAR1....'), /Parquet file/],
])('%s is named for what it is, with what to do instead', async (source, bytes, message) => {
  const error = await refusal(() => parseTrace([bytes], { source }))
  expect(error.code).toBe('unsupported_format')
  expect(error.message).toMatch(message)
  expect(error.message).toMatch(new RegExp(`^${source.replace('.', '\\.')}: is an? .*; .+`))
})

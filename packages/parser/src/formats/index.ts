// The formats that are read, in the order in which they are tried.
import type { TraceFile } from '../input/trace-file.js'
import type { TraceFormat } from './format.js'
import { kineto } from './kineto.js'

export const FORMATS: readonly TraceFormat[] = [kineto]

/** The format of a file; Kineto's for what no other format recognises. */
export async function formatOf(file: TraceFile): Promise<TraceFormat> {
  for (const format of FORMATS) if (await format.recognises(file)) return format
  return kineto
}

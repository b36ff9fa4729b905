// Reads hardware files: FlowSim documents (flowsim.hardware-spec/1) and LLMCompass JSON templates.
import { type HardwareSpec, memoryLevel, TraceSchemaError } from '@flowsim/trace-schema'
import { hardwareSpecSchema, issueText, readDocument } from '@flowsim/trace-schema/zod'
import { z } from 'zod'
import { PerfModelError } from '../errors.js'
import {
  type LlmcompassTemplate,
  llmcompassTemplateSchema,
  templateHardware,
} from './llmcompass-template.js'

/** A fault or a doubt in a hardware file. */
export interface HardwareProblem {
  severity: 'error' | 'warning'
  /** JSON path, such as `device.memory[0].bandwidthBytesPerS`. */
  path: string
  message: string
}

/** Whether parsed JSON looks like an LLMCompass template rather than a FlowSim document. */
export function isLlmcompassTemplate(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !('schema' in value) && 'device_count' in value
  )
}

/**
 * Reads a hardware file.
 * @param value - parsed JSON: a `flowsim.hardware-spec/1` document or an LLMCompass template
 * @param source - name of the input, for error messages
 * @throws PerfModelError `invalid_hardware`; `at.path` is the JSON path of the first fault
 */
export function readHardware(value: unknown, source = 'hardware file'): HardwareSpec {
  if (isLlmcompassTemplate(value)) return templateHardware(readTemplate(value, source), source)
  try {
    return readDocument('hardware-spec', value, source)
  } catch (error) {
    if (!(error instanceof TraceSchemaError)) throw error
    const hint = error.code === 'untagged' ? ' (an LLMCompass template has "device_count")' : ''
    throw new PerfModelError('invalid_hardware', error.message + hint, {
      at: error.at,
      cause: error,
    })
  }
}

/**
 * Reads an LLMCompass template as it is, for `chipArea` and `sweepHardware`.
 * @throws PerfModelError `invalid_hardware`; `at.path` is the JSON path of the first fault
 */
export function readTemplate(value: unknown, source = 'template'): LlmcompassTemplate {
  const result = llmcompassTemplateSchema.safeParse(value)
  if (result.success) return result.data
  const [first] = faults(result.error)
  const more = result.error.issues.length > 1 ? ` (and ${result.error.issues.length - 1} more)` : ''
  throw new PerfModelError(
    'invalid_hardware',
    `${source}: ${first?.path}: ${first?.message}${more}`,
    { at: { path: first?.path ?? '' }, cause: result.error },
  )
}

/**
 * Everything that is wrong or doubtful in a hardware file, errors first: fields that the schema
 * refuses, links that are missing, peaks that contradict the tile description, numbers without a
 * source or with an unverified one. An empty list means a sound file.
 */
export function validateHardware(value: unknown): HardwareProblem[] {
  const template = isLlmcompassTemplate(value)
  const result = (template ? llmcompassTemplateSchema : hardwareSpecSchema).safeParse(value)
  if (!result.success) return faults(result.error)
  if (template) return []
  const spec = result.data as HardwareSpec
  return [...contradictions(spec), ...unsourced(spec)]
}

function faults(error: z.ZodError): HardwareProblem[] {
  return error.issues.map((issue) => ({
    severity: 'error',
    path: z.core.toDotPath(issue.path),
    message: issueText(issue),
  }))
}

/** How far the dense fp16 peak and what the systolic arrays amount to may lie apart. */
const PEAK_TOLERANCE = 0.05

function contradictions(spec: HardwareSpec): HardwareProblem[] {
  const problems: HardwareProblem[] = []
  const warn = (path: string, message: string) =>
    problems.push({ severity: 'warning', path, message })
  if (memoryLevel(spec, 'dram')?.bandwidthBytesPerS === undefined) {
    problems.push({
      severity: 'error',
      path: 'device.memory',
      message: 'no level "dram" with bandwidthBytesPerS; the models need it',
    })
  }
  if (spec.system.devices > 1 && spec.system.link === undefined) {
    warn('system.link', 'several devices but no link; collectives cannot be estimated')
  }
  const { tile } = spec.device
  const peak = spec.device.matrixFlopsPerS.fp16 ?? spec.device.matrixFlopsPerS.bf16
  if (tile !== undefined && peak !== undefined) {
    const { height, width, countPerCore, macPerCycle } = tile.systolicArray
    const arrays = 2 * height * width * countPerCore * macPerCycle * tile.cores * tile.clockHz
    if (Math.abs(arrays / peak - 1) > PEAK_TOLERANCE) {
      warn(
        'device.tile.systolicArray',
        `amounts to ${(arrays / 1e12).toFixed(1)} TFLOPS, but device.matrixFlopsPerS lists ${(peak / 1e12).toFixed(1)} for fp16`,
      )
    }
  }
  return problems
}

function unsourced(spec: HardwareSpec): HardwareProblem[] {
  const problems: HardwareProblem[] = []
  for (const path of numberPaths(spec)) {
    const source = sourceOf(spec, path)
    if (source === undefined) {
      problems.push({ severity: 'warning', path, message: 'no source given' })
    } else if (source.startsWith('unverified')) {
      problems.push({ severity: 'warning', path, message: source })
    }
  }
  return problems
}

/** Where a number of a description comes from: its own entry in `sources`, or its nearest parent's. */
export function sourceOf(spec: HardwareSpec, path: string): string | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const source = spec.sources[at]
    if (source !== undefined) return source
  }
  return undefined
}

/** Paths of all numbers, memory levels by their name: `device.memory.dram.capacityBytes`. */
function numberPaths(spec: HardwareSpec): string[] {
  const paths: string[] = []
  const visit = (value: unknown, path: string) => {
    if (typeof value === 'number') paths.push(path)
    else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        visit(item, `${path}.${(item as { name?: string }).name ?? index}`)
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) visit(item, `${path}.${key}`)
    }
  }
  visit(spec.device, 'device')
  visit(spec.system, 'system')
  return paths
}

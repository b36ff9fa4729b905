// The work of `flowsim models show`: what a model is, and what of it fits on a device.
import {
  countParameters,
  type ImageSize,
  imageTokens,
  type MemoryUse,
  type ModelConfig,
  memoryUse,
} from '@flowsim/model-graph'
import { loadModel } from '../../inputs/language-model.js'
import { CliError } from '../../program/errors.js'
import { say, tableText } from '../../program/lines.js'
import { print, printJson } from '../../program/print.js'
import { formatBytes } from '../../program/progress.js'
import { billions } from './billions.js'
import { type FitOnDevice, fitOnDevice } from './fit-on-device.js'
import type { ShowModelFlags } from './flags.js'
import { memoryOptions } from './memory-options.js'

export async function showModel(name: string, flags: ShowModelFlags): Promise<void> {
  const model = await loadModel(name, flags)
  const memory = memoryUse(model, memoryOptions(flags))
  const image = flags.imageSize === undefined ? null : imageOf(model, flags.imageSize)
  const fit = flags.hardware === undefined ? null : await fitOnDevice(model, memory, flags)
  if (flags.json) {
    const { weightBytes, kvBytesPerToken, stateBytesPerSequence } = memory
    const parameters = countParameters(model)
    printJson({
      ...model,
      parameters,
      weightBytes,
      kvBytesPerToken,
      stateBytesPerSequence,
      fit,
      image,
    })
    return
  }
  print(`${model.name} (${model.architecture})`)
  print()
  printRows([...rowsOfModel(model), ...rowsOfMemory(memory)])
  if (fit !== null) {
    print()
    print(`on ${fit.hardware}, ${fit.devices} of them`)
    print()
    printRows(rowsOfFit(fit))
  }
  if (image !== null) {
    const { width, height, tokens, patches } = image
    print()
    printRows([
      [`tokens of an image of ${width} × ${height}`, tokens === null ? 'unknown' : String(tokens)],
      ...(patches === null ? [] : [['patches that its tower encodes', String(patches)]]),
    ])
  }
  for (const part of model.ignored) say(`\nnot modelled: ${part}`)
}

/** What an image is to a model; null where it is not known how the model sizes images. */
function imageOf(model: ModelConfig, size: ImageSize) {
  const tower = model.towers?.find(({ kind }) => kind === 'vision')
  if (tower === undefined) {
    throw new CliError(
      'failure',
      `${model.name}: its configuration has no vision tower, so it takes no images`,
    )
  }
  const { tokens, patches } = imageTokens(tower, size) ?? { tokens: null, patches: null }
  return { ...size, tokens, patches }
}

function rowsOfModel(model: ModelConfig): string[][] {
  const { total, active, towers, predictor } = countParameters(model)
  const { maxPositions, checkpointBytes } = model
  return [
    ['layers', String(model.layers.length)],
    ['hidden size', String(model.hidden)],
    ['vocabulary', String(model.vocab)],
    ['longest context', maxPositions === null ? 'not stated' : String(maxPositions)],
    ['parameters', billions(total)],
    ['active for a token', billions(active)],
    ...(towers > 0 ? [['of them, for images and sound', billions(towers)]] : []),
    ...(predictor > 0 ? [['beside them, to predict more tokens', billions(predictor)]] : []),
    ...(checkpointBytes ? [['checkpoint', formatBytes(checkpointBytes)]] : []),
  ]
}

function rowsOfMemory({ weightBytes, kvBytesPerToken, stateBytesPerSequence }: MemoryUse) {
  return [
    ['weights on one device', formatBytes(weightBytes)],
    ['KV cache of a token', formatBytes(kvBytesPerToken)],
    ...(stateBytesPerSequence > 0
      ? [['state of a sequence', formatBytes(stateBytesPerSequence)]]
      : []),
  ]
}

function rowsOfFit(fit: FitOnDevice): string[][] {
  return [
    ['room for KV cache', formatBytes(fit.roomBytes)],
    ['tokens in it', String(fit.kvTokens)],
    [`largest batch of ${fit.contextTokens} tokens each`, String(fit.maxSequences)],
    ['longest context of one sequence', String(fit.maxContext)],
  ]
}

function printRows(rows: string[][]): void {
  print(
    tableText(
      [
        { label: '', flexible: 'wrap' },
        { label: '', align: 'right', flexible: 'wrap' },
      ],
      rows,
    ),
  )
}

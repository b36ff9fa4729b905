// flowsim models: the catalogue of models.

import type { ImageSize } from '@flowsim/model-graph'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { example } from '../../program/help.js'
import {
  addLanguageModelOptions,
  hardwareOption,
  jsonOption,
  type LanguageModelFlags,
  positiveInteger,
} from '../../program/options.js'
import { addTableOptions, type FormatFlags } from '../../program/tables.js'

/** Options of `flowsim models show`. */
export interface ShowModelFlags extends LanguageModelFlags {
  hardware?: string
  tp: number
  pp: number
  dp: number
  ep: number
  quantization?: string
  kvCacheDtype?: string
  contextLength?: number
  imageSize?: ImageSize
  json?: true
}

export function addModels(program: Command): void {
  const models = program.command('models').description('The catalogue of models.')
  example(
    addTableOptions(models.command('list').description('List the models.')).action(
      async (flags: FormatFlags) => {
        const { listAll } = await import('./run.js')
        await listAll(flags)
      },
    ),
    'flowsim models list',
    'flowsim models list --format md',
  )
  addShow(models)
}

function addShow(models: Command): void {
  const degree = (name: string, what: string) =>
    new Option(`--${name} <n>`, what).argParser(positiveInteger).default(1)
  const command = models
    .command('show')
    .description('Show a model: sizes, parameters, memory; with a device, what fits on it.')
    .argument(
      '<name>',
      "model of the catalogue, a config.json, a checkpoint's folder, or org/name[@revision] of a hub",
    )
    .addOption(hardwareOption())
    .addOption(degree('tp', 'tensor-parallel ranks'))
    .addOption(degree('pp', 'pipeline stages'))
    .addOption(degree('dp', 'data-parallel replicas'))
    .addOption(degree('ep', 'expert-parallel ranks'))
    .option('--quantization <scheme>', 'fp8, fp8_block, int8, int4, nvfp4, …; else as published')
    .option('--kv-cache-dtype <type>', 'fp8_e4m3, bf16, …; else as published')
    .addOption(
      new Option(
        '--context-length <tokens>',
        'tokens of each sequence of a batch; else the longest context, 8192 at most',
      ).argParser(positiveInteger),
    )
    .addOption(
      new Option(
        '--image-size <width>x<height>',
        'pixels of an image: the tokens that it takes',
      ).argParser(imageSize),
    )
    .addOption(jsonOption())
    .action(async (name: string, flags: ShowModelFlags) => {
      const { showModel } = await import('./show.js')
      await showModel(name, flags)
    })
  addLanguageModelOptions(command)
  example(
    command,
    'flowsim models show deepseek-v3',
    'flowsim models show deepseek-v3 --hardware h200_sxm --tp 8 --context-length 16384',
    'flowsim models show Qwen/Qwen3-VL-8B-Instruct --image-size 1280x720',
  )
}

function imageSize(text: string): ImageSize {
  const [, width, height] = /^([1-9]\d{0,5})x([1-9]\d{0,5})$/.exec(text) ?? []
  if (width === undefined) throw new InvalidArgumentError('write it as 1280x720')
  return { width: Number(width), height: Number(height) }
}

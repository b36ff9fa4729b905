// Options that several commands share, and values that options take.
import type { MeasuredOp } from '@flowsim/calibration'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { readAmount } from './amount.js'

/** `-o, --output DIR`; without it a command that has an input writes into {@link defaultFolder} of that. */
export function outputOption(
  what = 'folder for all outputs, made if need be; <input>-flowsim if absent',
): Option {
  return new Option('-o, --output <dir>', what)
}

/** `--json`. */
export function jsonOption(): Option {
  return new Option('--json', 'print the result as one JSON document on stdout')
}

/** `--raw`. */
export function rawOption(): Option {
  return new Option('--raw', 'texts of CSV as they are, even where a spreadsheet runs them')
}

/** `--hardware NAME`. */
export function hardwareOption(more = ''): Option {
  return new Option(
    '--hardware <name>',
    `device of the catalogue (flowsim hardware list), or a description file${more}`,
  )
}

/** `--model NAME`. */
export function modelOption(): Option {
  return new Option(
    '--model <name>',
    'latency model: roofline, tile, calibrated, measured or command',
  ).default('calibrated')
}

/** What {@link addModelOptions} adds. */
export interface ModelFlags {
  model: string
  profile?: string[]
  measurements?: string[]
  command?: string
  collectives?: string
}

/** `--model NAME`, with the user's profiles and rows for it. */
export function addModelOptions(command: Command): Command {
  return command
    .addOption(modelOption())
    .option('--profile <file>', 'calibration profile that comes before the built-in ones', collect)
    .option(
      '--measurements <op=file>',
      'rows for --model measured: gemm=rows.csv, or a trace; repeat for more',
      collect,
    )
    .addOption(commandOption())
    .option(
      '--collectives <file>',
      'table of the times of collectives, which comes before the model: of flowsim external collect or profile --nccl',
    )
}

/** `--command CMD`. */
export function commandOption(): Option {
  return new Option(
    '--command <command>',
    'program that is the latency model command: reads a question a line, answers a line each',
  )
}

/** Every kind of measured rows; written out so that help does not load the models. */
const MEASURED_OPS: Readonly<Record<MeasuredOp, true>> = {
  gemm: true,
  gemm_fp16: true,
  gemm_fp32: true,
  attention_context: true,
  attention_generation: true,
  attention_encoder: true,
  moe: true,
  mla: true,
  mla_bmm: true,
  nccl: true,
  allreduce_custom: true,
  collectives: true,
  elementwise: true,
  eager_ops: true,
}

/** `--op NAME`: what rows of a CSV file measure. */
export function measuredOpOption(what: string): Option {
  return new Option('--op <name>', what).choices(Object.keys(MEASURED_OPS))
}

/** `--llm MODEL`, `--generic`, `--offline`: the model that ran. */
export function addLlmOptions(command: Command): Command {
  return addLanguageModelOptions(
    command.option(
      '--llm <model>',
      'model that ran, by name, config.json, folder or org/name of a hub: heads, experts, windows and widths that the trace does not record',
    ),
  )
}

/** How a language model is looked for and read. */
export interface LanguageModelFlags {
  generic?: true
  offline?: true
}

/** `--generic`, `--offline`. */
export function addLanguageModelOptions(command: Command): Command {
  return command
    .option('--generic', 'read a model of an unknown family as a Llama-like decoder')
    .addOption(offlineOption())
}

/** `--offline`. */
export function offlineOption(): Option {
  return new Option('--offline', 'take what is kept of a repository of a hub, and fetch nothing')
}

/** `--prices FILE`. */
export interface PricesFlag {
  prices?: string
}

/** `--prices FILE`. */
export function pricesOption(): Option {
  return new Option(
    '--prices <file>',
    'prices of devices (JSON or YAML, as flowsim.prices/1) instead of the known list prices',
  )
}

/** `--ncu FILE`. */
export interface CountersFlag {
  ncu?: string
}

/** What the hardware counted, to set beside what kernels are taken to do. */
export function countersOption(): Option {
  return new Option(
    '--ncu <csv>',
    'counters of Nsight Compute (ncu --csv --page raw) for kernels of the trace: measured FLOPs, bytes and occupancy beside ours',
  )
}

/** `--rank 0`, `--ranks 0,1,2`. */
export interface RanksFlag {
  ranks?: number[]
}

/** The rank of each trace, where neither metadata nor names tell. */
export function ranksOption(): Option {
  return new Option(
    '--rank, --ranks <list>',
    'rank of each trace, such as 0,1; else from metadata or names',
  ).argParser((text: string, before: number[] | undefined) => {
    if (before !== undefined) {
      throw new InvalidArgumentError(
        'the ranks are given twice; write them as one list, such as 0,1',
      )
    }
    return text.split(',').map((part) => {
      if (part.trim() === '') throw new InvalidArgumentError(`"${part}" is not a rank`)
      return wholeNumber(part.trim())
    })
  })
}

/** `--steps 5-10`, `--steps steady`. */
export interface StepsFlag {
  steps?: 'steady' | { first: number; last: number }
}

/** The steps of each trace that a command looks at. */
export function stepsOption(): Option {
  return new Option(
    '--steps <range>',
    'steps of the trace to keep, counted from 0: 5-10, 7, or steady for the longest run of like ones',
  ).argParser((text: string): StepsFlag['steps'] => {
    if (text === 'steady') return text
    const range = /^(\d+)(?:-(\d+))?$/.exec(text)
    const [first, last] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])]
    if (range === null || first > last) {
      throw new InvalidArgumentError(`"${text}" is not a range of steps, such as 5-10, or steady`)
    }
    return { first, last }
  })
}

/** Options that give kernels of CUDA and HIP graphs their operators. */
export interface CaptureFlags {
  capture?: string[]
  captureBatch?: number
}

/** `--capture FILE…`, `--capture-batch N`. */
export function addCaptureOptions(command: Command): Command {
  return command
    .option(
      '--capture <path...>',
      'traces of the capture of CUDA or HIP graphs, or of a pass without graphs, or the folder of an engine with them: operators and shapes for graph kernels',
    )
    .addOption(
      new Option(
        '--capture-batch <size>',
        'captured batch size that was replayed, where the trace does not tell it',
      ).argParser(positiveInteger),
    )
}

/** `--execution-trace FILE…`. */
export interface ExecutionTraceFlag {
  executionTrace?: string[]
}

/** Execution traces of PyTorch beside the Kineto traces. */
export function executionTraceOption(): Option {
  return new Option(
    '--execution-trace <path...>',
    'execution traces of PyTorch (ExecutionTraceObserver) of the same run: shapes, tensors and process groups of operators',
  )
}

/** Reads a list such as `csv,jsonl` of allowed words. */
export function listOf<Word extends string>(words: readonly Word[]): (text: string) => Word[] {
  return (text) =>
    text.split(',').map((part) => {
      const word = part.trim() as Word
      if (!words.includes(word)) {
        throw new InvalidArgumentError(`"${word}" is not one of ${words.join(', ')}`)
      }
      return word
    })
}

/** Collects a repeated option. */
export function collect(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), value]
}

/** Reads a positive integer, such as 4096 or 4k. */
export function positiveInteger(text: string): number {
  const value = amountOf(text)
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('not a positive integer')
  }
  return value
}

/** Reads a whole number from 0. */
export function wholeNumber(text: string): number {
  const value = amountOf(text)
  if (!Number.isSafeInteger(value) || value < 0 || Object.is(value, -0)) {
    throw new InvalidArgumentError('not a whole number')
  }
  return value
}

/** Reads a port of TCP. */
export function portNumber(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value <= 65_535)) throw new InvalidArgumentError('ports go from 0 to 65535')
  return value
}

/** Reads a number above 0. */
export function positiveNumber(text: string): number {
  const value = amountOf(text)
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('not above 0')
  return value
}

/** Reads a number from 0. */
export function numberFromZero(text: string): number {
  const value = amountOf(text)
  if (!(value >= 0 && Number.isFinite(value))) throw new InvalidArgumentError('not a number from 0')
  return value
}

/** A number with or without a letter for thousands; NaN for what is not one. */
function amountOf(text: string): number {
  const amount = readAmount(text)
  if (amount?.isBytes) {
    throw new InvalidArgumentError(`${text} is an amount of bytes, and none is asked for`)
  }
  return amount?.value ?? Number.NaN
}

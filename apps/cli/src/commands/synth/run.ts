// The work of `flowsim synth`.

import { basename, dirname, resolve } from 'node:path'
import { kinetoLines } from '@flowsim/parser'
import { counted } from '@flowsim/trace-schema'
import { generateTraces } from '../../inputs/generated-traces.js'
import { CliError } from '../../program/errors.js'
import { Outputs } from '../../program/outputs.js'
import { print, printJson } from '../../program/print.js'
import { stage } from '../../program/progress.js'
import type { SynthFlags } from './flags.js'

export async function synth(flags: SynthFlags): Promise<void> {
  const name = basename(flags.output)
  stage(`making the steps of ${flags.model}`)
  const { model, hardware, traces } = await generateTraces(flags.model, flags, name)
  const wanted = traces.filter(({ rank }) => flags.rank === 'all' || String(rank) === flags.rank)
  if (wanted.length === 0) {
    throw new CliError('usage', `--rank ${flags.rank}: there are ranks 0 to ${traces.length - 1}`)
  }
  const outputs = await Outputs.into(dirname(resolve(flags.output)))
  try {
    for (const trace of wanted) {
      const ranked = name.replace(/(\.json(?:\.gz)?)$/, `-rank-${trace.rank}$1`)
      await outputs.add(wanted.length === 1 ? name : ranked, kinetoLines(trace))
    }
    await outputs.commit()
  } catch (error) {
    await outputs.discard()
    throw error
  }
  const kernels = wanted.map((trace) => trace.kernels.length)
  if (flags.json) {
    printJson({ model, hardware, kernels, outputs: outputs.paths })
    return
  }
  for (const [i, path] of outputs.paths.entries())
    print(`${path}: ${counted(kernels[i]!, 'kernel')}`)
}

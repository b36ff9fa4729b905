// The commands, in the order of the help. To add one, add a file and a line.
import type { Command } from 'commander'
import { addAnalyze } from './analyze.js'
import { addBench } from './bench.js'
import { addCalibrate } from './calibrate.js'
import { addCompare } from './compare.js'
import { addDiff } from './diff.js'
import { addDoctor } from './doctor.js'
import { addEstimate } from './estimate.js'
import { addEvaluate } from './evaluate.js'
import { addHardware } from './hardware.js'
import { addJobs } from './jobs.js'
import { addKernels } from './kernels.js'
import { addMerge } from './merge.js'
import { addModels } from './models.js'
import { addParse } from './parse.js'
import { addProfile } from './profile.js'
import { addQuery } from './query.js'
import { addReplay } from './replay.js'
import { addRun } from './run.js'
import { addServe } from './serve.js'
import { addServing } from './serving.js'
import { addSimulate } from './simulate.js'
import { addSweep } from './sweep.js'
import { addSynth } from './synth.js'

/** Each adds its command to the program. */
export const COMMANDS: readonly ((program: Command) => void)[] = [
  addRun,
  addParse,
  addSimulate,
  addReplay,
  addEstimate,
  addEvaluate,
  addCalibrate,
  addAnalyze,
  addDiff,
  addMerge,
  addQuery,
  addKernels,
  addHardware,
  addModels,
  addSweep,
  addSynth,
  addServing,
  addCompare,
  addProfile,
  addBench,
  addJobs,
  addServe,
  addDoctor,
]

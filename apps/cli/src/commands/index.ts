// The commands, in the order of the help. To add one, add a file and a line.
import type { Command } from 'commander'
import { addBench } from './bench.js'
import { addDoctor } from './doctor.js'
import { addEstimate } from './estimate.js'
import { addHardware } from './hardware.js'
import { addJobs } from './jobs.js'
import { addKernels } from './kernels.js'
import { addModels } from './models.js'
import { addParse } from './parse.js'
import { addProfile } from './profile.js'
import { addRun } from './run.js'
import { addServe } from './serve.js'
import { addSimulate } from './simulate.js'
import { addSynth } from './synth.js'

/** Each adds its command to the program. */
export const COMMANDS: readonly ((program: Command) => void)[] = [
  addRun,
  addParse,
  addSimulate,
  addEstimate,
  addKernels,
  addHardware,
  addModels,
  addSynth,
  addProfile,
  addBench,
  addJobs,
  addServe,
  addDoctor,
]

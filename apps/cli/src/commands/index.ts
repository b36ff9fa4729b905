// The commands, in the order of the help. To add one, add a file and a line.
import type { Command } from 'commander'
import { addDoctor } from './doctor.js'
import { addEstimate } from './estimate.js'
import { addHardware } from './hardware.js'
import { addKernels } from './kernels.js'
import { addParse } from './parse.js'
import { addRun } from './run.js'
import { addSimulate } from './simulate.js'

/** Each adds its command to the program. */
export const COMMANDS: readonly ((program: Command) => void)[] = [
  addRun,
  addParse,
  addSimulate,
  addEstimate,
  addKernels,
  addHardware,
  addDoctor,
]

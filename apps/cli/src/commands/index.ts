// The commands under the headings of the help. To add one, add a folder and a line.
import { Command } from 'commander'
import { addAnalyze } from './analyze/flags.js'
import { addBench } from './bench/flags.js'
import { addCalibrate } from './calibrate/flags.js'
import { addCompare } from './compare/flags.js'
import { addCompletion } from './completion/flags.js'
import { addDiff } from './diff/flags.js'
import { addDoctor } from './doctor/flags.js'
import { addEstimate } from './estimate/flags.js'
import { addEvaluate } from './evaluate/flags.js'
import { addExamples } from './examples/flags.js'
import { addExport } from './export/flags.js'
import { addExternal } from './external/flags.js'
import { addHardware } from './hardware/flags.js'
import { addJobs } from './jobs/flags.js'
import { addKernels } from './kernels/flags.js'
import { addMerge } from './merge/flags.js'
import { addModels } from './models/flags.js'
import { addParse } from './parse/flags.js'
import { addPlan } from './plan/flags.js'
import { addProfile } from './profile/flags.js'
import { addQuery } from './query/flags.js'
import { addReplay } from './replay/flags.js'
import { addRun } from './run/flags.js'
import { addServe } from './serve/flags.js'
import { addServing } from './serving/flags.js'
import { addSimulate } from './simulate/flags.js'
import { addSweep } from './sweep/flags.js'
import { addSynth } from './synth/flags.js'
import { addVersion } from './version/flags.js'

/** What a user is about, and the commands for it, in the order of the help. */
const GROUPS: Readonly<Record<string, readonly ((program: Command) => void)[]>> = {
  'Traces:': [addRun, addParse, addAnalyze, addDiff, addMerge, addExport, addQuery],
  'Predictions:': [addSimulate, addReplay, addEstimate, addSweep, addExternal],
  'Serving:': [addPlan, addServing, addCompare],
  'Capture and clusters:': [addProfile, addBench, addJobs, addServe],
  'Calibration:': [addEvaluate, addCalibrate],
  'Catalogues and tools:': [
    addHardware,
    addModels,
    addKernels,
    addExamples,
    addSynth,
    addDoctor,
    addVersion,
    addCompletion,
  ],
}

/** Adds every command to the program. */
export function addCommands(program: Command): void {
  for (const [heading, commands] of Object.entries(GROUPS)) {
    program.commandsGroup(heading)
    for (const add of commands) add(program)
  }
  const help = new Command('help').argument('[command]').description('Show the help of a command.')
  program.addHelpCommand(help.helpGroup('Catalogues and tools:'))
}

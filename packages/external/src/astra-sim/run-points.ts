// One workload a job: ASTRA-sim writes its log into where it runs, so that each has a folder.
import { ExternalError } from '../errors.js'
import type { JobPoint } from '../job-point.js'
import { ERROR_FILE, EXIT_FILE, LOG_FILE, succeededWith, unlessDone } from '../job-script.js'

/** Files that ASTRA-sim is configured with, by the name of its option. */
export const ASTRA_SIM_CONFIGS = ['system', 'network', 'remote-memory', 'comm-group'] as const

const END_MARKER = ' finished, '

/** What is run. */
export interface AstraSimRunOptions {
  /** The program, by path or name. */
  simulator: string
  /** Absolute path of the folder with the workloads. */
  folder: string
  /** Prefixes of the workloads' files: `NAME` of NAME.0.et, NAME.1.et, … */
  workloads: readonly string[]
  /** Absolute paths; `system`, `network` and `remote-memory` are needed. */
  configs: Readonly<Partial<Record<(typeof ASTRA_SIM_CONFIGS)[number], string>>>
  /** Seconds after which a workload is given up. */
  timeoutS?: number | undefined
  /** Absolute path of the folder for results: a folder for each workload. */
  output: string
}

/** Prefixes of the workloads among the names of files. */
export function workloadsOf(files: readonly string[]): string[] {
  const names = files.flatMap((file) => /^(.+)\.0\.et$/.exec(file)?.[1] ?? [])
  return [...new Set(names)].sort()
}

/**
 * The jobs, one a workload.
 * @throws ExternalError with code `invalid_plan` where a file of the configuration is not named
 */
export function astraSimPoints(options: AstraSimRunOptions): JobPoint[] {
  const { simulator, folder, workloads, configs, output, timeoutS } = options
  for (const name of ['system', 'network', 'remote-memory'] as const) {
    if (configs[name] !== undefined) continue
    throw new ExternalError(
      'invalid_plan',
      `ASTRA-sim needs its ${name} configuration; give --config ${name}=FILE`,
    )
  }
  const limit = timeoutS === undefined ? '' : `timeout -k 10 ${timeoutS} `
  return workloads.map((name) => {
    const script = [
      'mkdir -p "$1" && cd "$1" || exit 73',
      'shift',
      // Its words after the program are --KEY=FILE, but for the folder of its log.
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's
      ...unlessDone('for word; do cat "${word#--*=}".*.et; cat "${word#--*=}"; done', END_MARKER),
      `rm -f ${EXIT_FILE}`,
      `${limit}"$@" >${LOG_FILE} 2>${ERROR_FILE}`,
      'code=$?',
      `echo "$code" >${EXIT_FILE}`,
      ...succeededWith(END_MARKER),
    ]
    const words = [
      simulator,
      `--workload-configuration=${folder}/${name}`,
      ...ASTRA_SIM_CONFIGS.flatMap((option) =>
        configs[option] === undefined ? [] : [`--${option}-configuration=${configs[option]}`],
      ),
      '--logging-folder=log',
    ]
    const command = ['sh', '-c', script.join('\n'), 'astra-sim', `${output}/${name}`, ...words]
    return { name, command }
  })
}

// One kernel a job: Accel-Sim simulates on one core for minutes to hours and needs gigabytes, so that kernels spread
// over cores and machines finish earliest, and one that fails takes no other with it. A job works in its folder, since
// the simulator writes into where it runs, on a list of one kernel beside a link to its trace.
import { ExternalError } from '../errors.js'
import type { JobPoint } from '../job-point.js'
import { ERROR_FILE, EXIT_FILE, LOG_FILE, succeededWith, unlessDone } from '../job-script.js'

/** What is run. */
export interface AccelSimRunOptions {
  /** The program, by path or name. */
  simulator: string
  /** Absolute path of the folder with kernelslist.g and the traces. */
  traces: string
  /** Files to simulate, of those in kernelslist.g. */
  files: readonly string[]
  /** Absolute paths of gpgpusim.config and trace.config. */
  configs: readonly string[]
  /** Options over those of the files, by value to try: every combination is run. */
  settings?: Readonly<Record<string, readonly string[]>> | undefined
  /** Times that a kernel is simulated in a row: 2 shows it with a warm cache. */
  repeat?: number | undefined
  /** Seconds after which a kernel is given up. */
  timeoutS?: number | undefined
  /** Absolute path of the folder for results: a folder for each combination of settings, in it one for each kernel. */
  output: string
}

const END_MARKER = 'exit detected'

/** Kernels of a kernelslist.g, in order. */
export function kernelsOfList(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line.startsWith('kernel'))
}

/** The number of a launch by the name of its file: kernel-7.traceg.xz, kernel-7-ctx_0x1f1.tracez. */
export function launchOfFile(file: string): number | null {
  const found = /(?:^|\/)kernel-(\d+)\D/.exec(file)
  return found === null ? null : Number(found[1])
}

/**
 * The jobs, each kernel with each combination of settings.
 *
 * @throws ExternalError with code `invalid_plan` for names that a shell or the simulator would take apart
 */
export function accelSimPoints(options: AccelSimRunOptions): JobPoint[] {
  const { traces, files, output, repeat = 1, timeoutS } = options
  for (const path of [traces, output, ...files, ...options.configs]) {
    // The simulator gives paths to a shell unquoted.
    if (/[\s'"$`\\;&|<>()*?]/.test(path)) {
      throw new ExternalError(
        'invalid_plan',
        `${path}: the simulator hands paths to a shell, which takes this one apart; use one of plain letters`,
      )
    }
  }
  const folders = new Set<string>()
  return combinations(options.settings ?? {}).flatMap((settings) => {
    const config = nameOf(settings)
    if (folders.has(config)) {
      throw new ExternalError('invalid_plan', `two combinations of settings are ${config}`)
    }
    folders.add(config)
    return files.map((file) => {
      const name = `${config}/${file.replace(/\.trace\w*(?:\.xz)?$/, '')}`
      const words = [
        options.simulator,
        '-trace',
        './kernelslist.g',
        ...options.configs.flatMap((path) => ['-config', path]),
        ...settings.flatMap(([key, value]) => [`-${key}`, value]),
      ]
      const list = Array.from({ length: repeat }, () => file)
      const inputs = [...options.configs, `${traces}/${file}`]
      const limit = timeoutS === undefined ? '' : `timeout -k 10 ${timeoutS} `
      const script = [
        `mkdir -p ${output}/${name} && cd ${output}/${name} || exit 73`,
        ...unlessDone(`echo ${list.join(' ')}; cat ${inputs.join(' ')}`, END_MARKER),
        `ln -sf ${traces}/${file} .`,
        `rm -f ${EXIT_FILE} kernelslist.g`,
        ...list.map((each) => `echo ${each} >>kernelslist.g`),
        `${limit}"$@" >${LOG_FILE} 2>${ERROR_FILE}`,
        'code=$?',
        `echo "$code" >${EXIT_FILE}`,
        // It ends with 0 without having simulated anything, too.
        ...succeededWith(END_MARKER),
      ]
      return { name, command: ['sh', '-c', script.join('\n'), 'accel-sim', ...words] }
    })
  })
}

/** Every combination of the values. */
function combinations(settings: Readonly<Record<string, readonly string[]>>): [string, string][][] {
  let all: [string, string][][] = [[]]
  for (const [key, values] of Object.entries(settings)) {
    if (!/^[\w:]+$/.test(key)) {
      throw new ExternalError('invalid_plan', `"${key}" is not an option of Accel-Sim`)
    }
    all = all.flatMap((chosen) =>
      values.map((value): [string, string][] => [...chosen, [key, value]]),
    )
  }
  return all
}

/** A folder's name for a combination; `as-configured` without settings. */
function nameOf(settings: readonly [string, string][]): string {
  const name = settings.map(([key, value]) => `${key}=${value}`).join(',')
  return name === '' ? 'as-configured' : name.replace(/[^\w=,.+-]/g, '_')
}

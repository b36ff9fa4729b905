// What scripts of jobs share: the files that they leave, when a job counts as done, and that what is done is not done
// again. A simulation takes hours, so a run that was stopped goes on where it was; but only where everything that its
// result depends on is the same: the arguments, the program, and the contents of the files that it reads.

/** The name of what a simulator prints, in the folder of a job. */
export const LOG_FILE = 'stdout.log'
/** The name of what it prints on stderr. */
export const ERROR_FILE = 'stderr.txt'
/** The name of its exit code. */
export const EXIT_FILE = 'exit-code'
/** The name of the sum of what a result that is there was made from. */
const INPUTS_FILE = 'inputs.cksum'

/**
 * Lines that end a job at once where its result is there.
 * @param inputs - shell command that prints the contents of what the simulator reads, beside its arguments in `$@`
 * @param marker - what a log has that is whole
 */
export function unlessDone(inputs: string, marker: string): string[] {
  return [
    `inputs=$({ printf '%s\\n' "$@"; cat "$(command -v "$1")"; ${inputs}; } 2>/dev/null | cksum)`,
    `if [ "$(cat ${INPUTS_FILE} 2>/dev/null)" = "$inputs" ] && grep -q '${marker}' ${LOG_FILE}; then`,
    '  echo "simulated before from the same inputs"',
    '  exit 0',
    'fi',
    `rm -f ${INPUTS_FILE}`,
  ]
}

/** Lines that tell whether a job succeeded, its exit code in `$code`: the marker is in its log, and the code is 0. */
export function succeededWith(marker: string): string[] {
  return [
    `grep -q '${marker}' ${LOG_FILE} && [ "$code" -eq 0 ] || exit 1`,
    `echo "$inputs" >${INPUTS_FILE}`,
  ]
}

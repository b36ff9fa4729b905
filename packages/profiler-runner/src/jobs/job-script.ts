// The shell script that runs one point of a job. The same one runs on every back end; each sets
// FLOWSIM_POINT from what its engine counts with (an array task, a completion index).
//
// In FLOWSIM_JOB_DIR/points/N it leaves: attempts (a line for each: its exit code), stderr, and
// stdout once the command has succeeded, so that a result is there whole or not at all.
import { quoteWord, quoteWords } from '../shell-words.js'
import type { JobSpec } from './job-spec.js'

/** What stands before a point's result in the log of a back end without a shared folder. */
export const RESULT_MARK = '--- flowsim result of point'

/** Options of {@link pointScript}. */
export interface PointScriptOptions {
  /** Attempts made by the script itself, for back ends whose engine makes none. */
  attempts: number
  /** Print the result after {@link RESULT_MARK}, for back ends that keep only logs. */
  printResult: boolean
}

/** The script of a job. */
export function pointScript(spec: JobSpec, options: PointScriptOptions): string {
  const cases = spec.points.map(
    ({ command }, index) => `${index}) set -- ${quoteWords(command)} ;;`,
  )
  return `#!/bin/sh
# Runs point $FLOWSIM_POINT of the job ${spec.name}.
case "$FLOWSIM_POINT" in
${cases.join('\n')}
*) echo "flowsim: no point $FLOWSIM_POINT" >&2; exit 64 ;;
esac
${Object.entries(spec.env)
  .map(([name, value]) => `export ${name}=${quoteWord(value)}\n`)
  .join('')}out="$FLOWSIM_JOB_DIR/points/$FLOWSIM_POINT"
mkdir -p "$out" || exit 73
${spec.workdir === undefined ? '' : `cd ${quoteWord(spec.workdir)} || exit 72\n`}attempt=0
while :; do
  attempt=$((attempt + 1))
  echo "--- $(date -u +%Y-%m-%dT%H:%M:%SZ) $(uname -n)" >>"$out/stderr"
  ${options.printResult ? '"$@" >"$out/stdout.tmp"' : '"$@" >"$out/stdout.tmp" 2>>"$out/stderr"'}
  code=$?
  [ "$code" -eq 0 ] && mv "$out/stdout.tmp" "$out/stdout"
  echo "$code" >>"$out/attempts"
  { [ "$code" -eq 0 ] || [ "$attempt" -ge ${options.attempts} ]; } && break
done
${options.printResult ? printResult() : ''}exit "$code"
`
}

function printResult(): string {
  return `if [ "$code" -eq 0 ]; then
  echo "${RESULT_MARK} $FLOWSIM_POINT ---"
  cat "$out/stdout"
fi
`
}

/** A script that runs all points, some at once: for back ends that are one machine. */
export function allPointsScript(spec: JobSpec, jobDir: string): string {
  const parallel = Math.min(spec.parallelism ?? 1, spec.points.length)
  return `#!/bin/sh
# Runs all points of the job ${spec.name}, ${parallel} at once.
export FLOWSIM_JOB_DIR=${quoteWord(jobDir)}
date -u +%Y-%m-%dT%H:%M:%SZ >"$FLOWSIM_JOB_DIR/started"
i=0
while [ "$i" -lt ${spec.points.length} ]; do echo "$i"; i=$((i + 1)); done |
  xargs -P ${parallel} -I '{}' env FLOWSIM_POINT='{}' sh "$FLOWSIM_JOB_DIR/run.sh"
code=$?
echo "$code" >"$FLOWSIM_JOB_DIR/finished"
exit "$code"
`
}

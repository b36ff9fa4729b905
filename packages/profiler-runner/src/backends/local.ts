// This machine: xargs runs the points in its own process group, which outlives the command that
// submitted it.
import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { allPointsScript } from '../jobs/job-script.js'
import type { JobBackend, SubmittedJob } from './backend.js'
import { folderLogs, folderPoints, folderResults } from './folder-points.js'

/** Jobs on this machine. */
export const local: JobBackend = {
  name: 'local',
  resultsInLogs: false,
  sharesFiles: true,
  scriptAttempts: (spec) => spec.retries + 1,

  render: (job) => allPointsScript(job.spec, job.dir),

  async submit(job) {
    const script = join(job.dir, 'all.sh')
    writeFileSync(script, allPointsScript(job.spec, job.dir))
    const log = openSync(join(job.dir, 'log'), 'a')
    const child = spawn('sh', [script], { stdio: ['ignore', log, log], detached: true })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.unref()
    return `${child.pid}@${startTimeOf(child.pid!)}`
  },

  points: (job) =>
    folderPoints(job, {
      active: isRunning(job),
      cancelled: existsSync(join(job.dir, 'cancelled')),
    }),

  logs: folderLogs,

  async results(job) {
    return folderResults(job, await this.points(job))
  },

  async cancel(job) {
    if (!isRunning(job)) return
    writeFileSync(join(job.dir, 'cancelled'), '')
    const pid = Number.parseInt(job.backendId, 10)
    process.kill(-pid, 'SIGTERM')
  },
}

function isRunning(job: SubmittedJob): boolean {
  if (existsSync(join(job.dir, 'finished'))) return false
  const [pid, started] = job.backendId.split('@')
  try {
    process.kill(Number(pid), 0)
  } catch {
    return false
  }
  // A process number is used again; its start time tells whose it is now.
  return startTimeOf(Number(pid)) === started
}

// Field 22 of /proc/PID/stat, in clock ticks after the start of the machine; "" where there is none.
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? 'gone' : fields[19]!
  } catch {
    return ''
  }
}

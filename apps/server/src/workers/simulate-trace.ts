import type { Job } from './jobs.js'

export interface TraceAnswer {
  path: string
}

export async function simulateTrace(job: Extract<Job, { kind: 'trace' }>): Promise<TraceAnswer> {
  return { path: job.path }
}

// A worker for tests of the pool: does what the kernel's name says.
import { parentPort, threadId } from 'node:worker_threads'
import { type JobMessage, READY } from '../workers/jobs.js'

parentPort?.on('message', ({ id, job }: JobMessage) => {
  let name = job.kind === 'trace' ? job.name : ''
  if (job.kind === 'task') name = job.request.kernel_name
  const [what, ms = '0'] = name.split(':')
  const summary = what === 'thread' ? String(threadId) : name
  if (what === 'crash') process.exit(3)
  const ends = performance.now() + Number(ms)
  if (what === 'hang') for (;;);
  const eaten: number[][] = []
  while (what === 'eat') eaten.push(new Array<number>(10_000).fill(eaten.length))
  while (performance.now() < ends);
  if (what === 'throw')
    parentPort?.postMessage({ id, error: { message: 'thrown', code: ms === '0' ? 'x' : ms } })
  else
    parentPort?.postMessage({
      id,
      answer: { status: 'success', output: { summary }, simulated_time: 1 },
    })
})
parentPort?.postMessage(READY)

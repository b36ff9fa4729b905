import { expect, it } from 'vitest'
import { readAstraSimLog } from './log.js'

const LOG = `[2026-01-05 10:00:00.000] [system] [info] loading
[2026-01-05 10:00:01.000] [workload] [info] sys[1] finished, 22240 cycles, exposed communication 240 cycles.
[2026-01-05 10:00:01.000] [workload] [info] sys[0] finished, 22000 cycles, exposed communication 0 cycles.
[2026-01-05 10:00:01.000] [statistics] [info] sys[0], Wall time: 22000
[2026-01-05 10:00:01.000] [statistics] [info] sys[0], GPU time: 21000
[2026-01-05 10:00:01.000] [statistics] [info] sys[0], Comm time: 1000
`
const read = (text: string, npus?: number) => readAstraSimLog([text], { source: 'log', npus })

it('ends when the slowest NPU does', async () => {
  expect(await read(LOG)).toEqual({
    schema: 'flowsim.astra-sim-log/1',
    source: 'log',
    npus: [
      {
        npu: 0,
        finishedNs: 22000,
        exposedCommunicationNs: 0,
        computeNs: 21000,
        communicationNs: 1000,
      },
      {
        npu: 1,
        finishedNs: 22240,
        exposedCommunicationNs: 240,
        computeNs: null,
        communicationNs: null,
      },
    ],
    endToEndNs: 22240,
    missing: [],
    errors: [],
  })
})

it('has no end while an NPU has not reported', async () => {
  expect(await read(LOG, 4)).toMatchObject({ endToEndNs: null, missing: [2, 3] })
  const gap = LOG.replace('sys[0] finished', 'sys[0] is late')
  expect(await read(gap)).toMatchObject({ endToEndNs: null, missing: [0] })
  await expect(read(LOG, 1e9)).rejects.toThrow('1000000000 NPUs: at most 1000000')
})

it('tells what went wrong, and what is not such a log', async () => {
  const failed = "terminate called after throwing an instance of 'std::out_of_range'\n"
  expect(await read(failed, 2)).toMatchObject({
    npus: [],
    endToEndNs: null,
    missing: [0, 1],
    errors: [failed.trim()],
  })
  await expect(read('hello\n')).rejects.toThrow(/log: is not output of ASTRA-sim/)
  await expect(read('sys[99999999999] finished, 1 cycles\n')).rejects.toThrow(/cannot be/)
})

// data/cases/files/moe-hang.json: more experts than any loop over them could end.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { corpus, describeWithCorpus } from '../../../tests/corpus.js'
import { operationOf, TaskFault } from './read-operation.js'
import { readTaskRequest } from './read-request.js'
import type { TaskRequest } from './request.js'

describeWithCorpus('a request for 2^53 experts', () => {
  it('is refused at once, with the largest value allowed', () => {
    const text = readFileSync(corpus('cases/files/moe-hang.json'), 'utf8')
    const { op, input_dim } = readTaskRequest(text) as TaskRequest
    const read = () => operationOf(op!, input_dim, 'bf16', 1)
    const started = performance.now()
    expect(read).toThrow(TaskFault)
    expect(read).toThrow(/^invalid input dimension: .*(?:topk|experts).*\b\d{4,15}\b/)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

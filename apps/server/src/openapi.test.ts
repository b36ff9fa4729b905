import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningServer, startServer } from './server.js'
import { askServer } from './testing/ask.js'
import { bundle } from './testing/built.js'

interface Document {
  paths: Record<string, Record<string, Record<string, unknown>>>
  components: { schemas: Record<string, unknown> }
}

let server: RunningServer
let document: Document
beforeAll(async () => {
  server = await startServer({ port: 0, workers: 1, workerUrl: await bundle('worker') })
  document = (await askServer(server, '/openapi.json')).body as unknown as Document
})
afterAll(() => server.close())

it('is a valid OpenAPI 3.1 document', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone({ ...document }))
  expect(errors).toBeUndefined()
  expect(valid).toBe(true)
})

it('refers only to what it holds, and describes every operation', () => {
  const text = JSON.stringify(document)
  for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    expect(Object.keys(document.components.schemas)).toContain(name)
  }
  for (const op of ['matmul', 'attention', 'moe', 'all_reduce']) expect(text).toContain(`"${op}"`)
  expect(Object.keys(document.components.schemas)).toEqual(
    expect.arrayContaining(['OpCall', 'Estimate', 'TaskRequest', 'Task', 'Trace', 'Refusal']),
  )
})

it('describes every path that is served, with its methods and its query', () => {
  const served = Object.fromEntries(
    Object.entries(document.paths).map(([path, methods]) => [path, Object.keys(methods).join()]),
  )
  expect(served).toEqual({
    '/tasks': 'post',
    '/tasks/{id}': 'get',
    '/supported_ops': 'get',
    '/health': 'get',
    '/v1/estimate': 'post',
    '/v1/traces': 'post',
    '/v1/traces/{id}': 'get',
    '/v1/traces/{id}/report': 'get',
    '/v1/catalogue': 'get',
    '/openapi.json': 'get',
    '/': 'get',
    '/assets/{file}': 'get',
  })
  expect(document.paths['/tasks']!.post!.parameters).toEqual([
    {
      name: 'wait',
      in: 'query',
      required: false,
      description: 'Answer when the task has ended.',
      schema: { type: 'boolean', default: false },
    },
    {
      name: 'timeout',
      in: 'query',
      required: false,
      description: 'Seconds to wait at most.',
      schema: { type: 'number', default: 30 },
    },
  ])
  expect(document.paths['/health']!.get!.security).toEqual([])
  expect(document.paths['/v1/estimate']!.post!.requestBody).toMatchObject({
    content: { 'application/json': { schema: { $ref: '#/components/schemas/estimateBody' } } },
  })
})

// The OpenAPI document of the service. Schemas are made from the zod schemas that the service checks
// with; the task interface, whose words are the original's, is written out.
import { MODELS } from '@flowsim/calibration'
import { listHardware } from '@flowsim/perf-model/hardware'
import {
  estimateSchema,
  opCallSchema,
  parseSummarySchema,
  simulationSummarySchema,
} from '@flowsim/trace-schema'
import { z } from 'zod'
import { estimateRequestDocument } from './routes/estimate.js'
import { DEFAULT_MODEL } from './tasks/simulate-task.js'

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const json = (schema: object) => ({ content: { 'application/json': { schema } } })
const answer = (description: string, schema: object) => ({ description, ...json(schema) })
const text = { type: 'string' }
const detail = { type: 'object', required: ['detail'], properties: { detail: {} } }

const REFUSALS = {
  '401': answer('The token is missing or wrong.', ref('Refusal')),
  '413': answer('The body is too large.', ref('Refusal')),
  '422': answer('The body or the query is wrong.', ref('Refusal')),
  '429': answer('The queue is full; Retry-After says when to come back.', ref('Refusal')),
  '503': answer('The service is ending.', ref('Refusal')),
}

/** The document. @param version - version of the service */
export function openApiDocument(version: string): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'FlowSim',
      version,
      description: 'Predicts the time of GPU kernels. /tasks is the interface of LLMCompass.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{}, { token: [] }],
    paths: {
      '/tasks': {
        post: {
          operationId: 'submitTask',
          summary: 'Simulate one kernel.',
          parameters: [
            query('wait', { type: 'boolean', default: false }, 'Answer when the task has ended.'),
            query('timeout', { type: 'number', default: 30 }, 'Seconds to wait at most.'),
          ],
          requestBody: { required: true, ...json(ref('TaskRequest')) },
          responses: {
            '200': answer('Accepted; with wait, ended or timed out.', ref('Task')),
            '500': answer('With wait: the simulation failed.', ref('Refusal')),
            ...REFUSALS,
          },
        },
      },
      '/tasks/{id}': {
        get: {
          operationId: 'readTask',
          summary: 'How a task stands.',
          parameters: [path('id')],
          responses: {
            '200': answer('The task.', ref('Task')),
            '401': REFUSALS['401'],
            '404': answer('There is no such task, or no more.', ref('Refusal')),
          },
        },
      },
      '/supported_ops': {
        get: {
          operationId: 'supportedOps',
          summary: 'Operations that tasks can name.',
          responses: {
            '200': answer('Their names.', {
              type: 'object',
              required: ['supported_ops'],
              properties: { supported_ops: { type: 'array', items: text } },
            }),
          },
        },
      },
      '/health': {
        get: {
          operationId: 'health',
          summary: 'Queue, workers and tasks.',
          security: [],
          responses: { '200': answer('Numbers of tasks by state.', ref('Health')) },
        },
      },
      '/v1/estimate': {
        post: {
          operationId: 'estimate',
          summary: 'Estimate many operations on one device.',
          requestBody: { required: true, ...json(ref('EstimateRequest')) },
          responses: {
            '200': answer('An answer for each operation, in order.', {
              type: 'object',
              required: ['estimates'],
              properties: {
                estimates: {
                  type: 'array',
                  items: { anyOf: [ref('Estimate'), ref('NoEstimate')] },
                },
              },
            }),
            '504': answer('It took too long; send fewer.', ref('Refusal')),
            ...REFUSALS,
          },
        },
      },
      '/v1/traces': {
        post: {
          operationId: 'uploadTrace',
          summary: 'Parse and simulate a profiler trace (Kineto JSON, plain or gzip).',
          parameters: [
            query('hardware', text, 'Device to simulate on; default the one in the trace.'),
            query(
              'model',
              { type: 'string', enum: Object.keys(MODELS), default: DEFAULT_MODEL },
              'Model.',
            ),
            query('name', text, 'Name of the file, for the result.'),
            query('wait', { type: 'boolean', default: false }, 'Answer when it has ended.'),
          ],
          requestBody: {
            required: true,
            content: {
              'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
            },
          },
          responses: {
            '200': answer('With wait: the result.', ref('Trace')),
            '202': answer('Accepted.', ref('Trace')),
            ...REFUSALS,
          },
        },
      },
      '/v1/traces/{id}/report': {
        get: {
          operationId: 'readReport',
          summary: 'The report of a trace, a page that needs nothing but a browser.',
          parameters: [path('id')],
          responses: {
            '200': { description: 'The page.', content: { 'text/html': { schema: text } } },
            '401': REFUSALS['401'],
            '404': answer('There is none, not yet or no more.', ref('Refusal')),
          },
        },
      },
      '/v1/catalogue': {
        get: {
          operationId: 'catalogue',
          summary: 'Hardware and models that can be named.',
          responses: {
            '200': answer('Their names.', {
              type: 'object',
              required: ['hardware', 'models', 'defaultModel'],
              properties: {
                hardware: {
                  type: 'array',
                  items: { type: 'object', properties: { name: text, title: text } },
                },
                models: { type: 'array', items: text },
                defaultModel: { type: 'string', description: 'Answers where none is named.' },
              },
            }),
            '401': REFUSALS['401'],
          },
        },
      },
      '/v1/traces/{id}': {
        get: {
          operationId: 'readTrace',
          summary: 'How a trace stands.',
          parameters: [path('id')],
          responses: {
            '200': answer('It has ended.', ref('Trace')),
            '202': answer('It waits or runs.', ref('Trace')),
            '401': REFUSALS['401'],
            '404': answer('There is no such trace, or no more.', ref('Refusal')),
          },
        },
      },
    },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: schemas(),
    },
  }
}

function schemas(): Record<string, unknown> {
  const state = { type: 'string', enum: ['queued', 'running', 'done', 'failed', 'timeout'] }
  return {
    OpCall: draft(opCallSchema),
    Estimate: draft(estimateSchema),
    ParseSummary: draft(parseSummarySchema),
    SimulationSummary: draft(simulationSummarySchema),
    EstimateRequest: draft(estimateRequestDocument, 'input'),
    NoEstimate: {
      type: 'object',
      required: ['error'],
      properties: {
        error: {
          type: 'object',
          required: ['code', 'message'],
          properties: { code: text, message: text },
        },
      },
    },
    TaskRequest: {
      type: 'object',
      required: ['kernel_name', 'op'],
      properties: {
        kernel_name: text,
        op: { type: ['string', 'null'], description: 'Empty or null: kernel_name selects.' },
        input_dim: {
          description:
            'matmul, bmm: [shape of A, shape of B]; most others: one shape; any: an object with the fields of an OpCall.',
        },
        dtype: { anyOf: [text, { type: 'array', items: text }], default: 'fp32' },
        system_key: {
          type: ['string', 'null'],
          description: 'A device of the catalogue.',
          examples: listHardware().map(({ name }) => name),
        },
        model: { type: 'string', enum: Object.keys(MODELS) },
        mode: text,
        l2: { type: 'string', enum: ['warm', 'cold'] },
      },
    },
    TaskResult: {
      type: 'object',
      properties: {
        status: { type: 'string', enum: ['success', 'failed'] },
        output: {
          type: ['object', 'null'],
          properties: { summary: text, estimate: ref('Estimate') },
        },
        simulated_time: { type: ['number', 'null'], description: 'Seconds.' },
        failure_reason: {
          type: 'object',
          properties: { error: text, error_code: text },
        },
        error: { type: 'string', description: 'Of a task whose status is failed.' },
      },
    },
    Task: {
      type: 'object',
      required: ['task_id', 'status'],
      properties: {
        task_id: text,
        status: state,
        result: { anyOf: [ref('TaskResult'), { type: 'null' }] },
        user_submitted_request: ref('TaskRequest'),
        message: text,
        created_at: { type: 'string', description: 'UTC, without a time zone.' },
        updated_at: text,
      },
    },
    Trace: {
      type: 'object',
      required: ['id', 'status'],
      properties: {
        id: text,
        status: state,
        result: {
          anyOf: [
            {
              type: 'object',
              required: ['trace', 'simulation'],
              properties: {
                trace: ref('ParseSummary'),
                simulation: { anyOf: [ref('SimulationSummary'), { type: 'null' }] },
              },
            },
            { type: 'object', required: ['error'], properties: { error: text } },
            { type: 'null' },
          ],
        },
        created_at: text,
        updated_at: text,
      },
    },
    Health: {
      type: 'object',
      properties: {
        status: text,
        queue_length: { type: 'integer' },
        worker_count: { type: 'integer' },
        workers: { type: 'array', items: { type: 'object' } },
        task_counts: { type: 'object', additionalProperties: { type: 'integer' } },
      },
    },
    Refusal: detail,
  }
}

function draft(schema: z.ZodType, io: 'input' | 'output' = 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io })
  return rest
}

function query(name: string, schema: object, description: string) {
  return { name, in: 'query', required: false, description, schema }
}

function path(name: string) {
  return { name, in: 'path', required: true, schema: text }
}

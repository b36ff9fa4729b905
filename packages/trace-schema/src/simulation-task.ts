// The HTTP interface of the LLMCompass backend, request and response, as its clients know it.
// Field names are the wire's; what each answer looks like stands in docs/serve.md.
import { z } from 'zod'

/** Validates a {@link SimulationTaskRequest}. */
export const simulationTaskRequestSchema = z
  .object({
    kernel_name: z.string(),
    op: z.string().nullable(),
    input_dim: z.unknown().optional(),
    dtype: z.union([z.string(), z.array(z.string())]).optional(),
    system_key: z.string().nullable().optional(),
    model: z.string().optional().describe('Beyond LLMCompass: the model that answers.'),
    mode: z.string().optional().describe('Beyond LLMCompass: variant of the model.'),
    l2: z
      .enum(['warm', 'cold'])
      .optional()
      .describe('Beyond LLMCompass: whether operands lie in the last-level cache.'),
  })
  .meta({ description: 'Body of POST /tasks.' })

/** Body of `POST /tasks`. */
export type SimulationTaskRequest = z.infer<typeof simulationTaskRequestSchema>

/** Validates a {@link SimulationTaskResult}. */
export const simulationTaskResultSchema = z.looseObject({
  status: z.enum(['success', 'failed']).optional(),
  output: z.unknown().optional(),
  simulated_time: z.number().nullable().optional().describe('Seconds.'),
  failure_reason: z.object({ error: z.string(), error_code: z.string() }).nullable().optional(),
  error: z.string().optional(),
})

/** What a finished task holds. */
export type SimulationTaskResult = z.infer<typeof simulationTaskResultSchema>

/** Validates a {@link SimulationTask}. */
export const simulationTaskSchema = z
  .looseObject({
    task_id: z.string(),
    status: z.enum(['queued', 'running', 'done', 'failed', 'timeout']),
    user_submitted_request: z.record(z.string(), z.unknown()).optional(),
    message: z.string().optional(),
    result: simulationTaskResultSchema.nullable().optional(),
    created_at: z.string().optional(),
    updated_at: z.string().optional(),
  })
  .meta({ description: 'A task of the LLMCompass backend, as GET /tasks/{id} returns it.' })

/** A task of the LLMCompass backend, as `GET /tasks/{id}` returns it. */
export type SimulationTask = z.infer<typeof simulationTaskSchema>

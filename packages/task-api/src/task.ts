// A task and what it holds when it has ended.
//
// The original has two layers of failure. What its checks refuse is a task that is "done" with
// result.status "failed" and a reason; what made it raise an exception is "failed" with the text in
// result.error, empty for an assertion.
import { estimateSchema } from '@flowsim/trace-schema/zod'
import { z } from 'zod'

/** Validates a {@link TaskSuccess}. */
export const taskSuccessSchema = z.object({
  status: z.literal('success'),
  output: z
    .object({
      summary: z.string().optional(),
      // Of a newer service: not understood is not there.
      estimate: estimateSchema.optional().catch(undefined).describe("FlowSim's service only."),
    })
    .nullish(),
  simulated_time: z.number().min(0).describe('Seconds.'),
})

/** The answer to a task. */
export interface TaskSuccess extends z.infer<typeof taskSuccessSchema> {}

/** Validates a {@link TaskRefusal}. */
export const taskRefusalSchema = z.object({
  status: z.literal('failed'),
  output: z.null(),
  simulated_time: z.null(),
  failure_reason: z.object({
    error: z.string(),
    error_code: z.string().describe('INVALID_INPUT, NO_SYSTEM, UNSUPPORTED_OP.'),
  }),
})

/** Why a task has no answer. */
export interface TaskRefusal extends z.infer<typeof taskRefusalSchema> {}

/** What a task that is done holds. */
export type TaskResult = TaskSuccess | TaskRefusal

/** Validates what a task that is failed holds. */
export const taskCrashSchema = z.object({
  error: z.string().describe('Text of the exception; empty for an assertion of the original.'),
})

/** Validates a {@link SimulationTask}. */
export const simulationTaskSchema = z
  .object({
    task_id: z.string(),
    status: z.enum(['queued', 'running', 'done', 'failed', 'timeout']),
    result: z
      .union([taskSuccessSchema, taskRefusalSchema, taskCrashSchema])
      .nullish()
      .describe('null until the task has ended.'),
    user_submitted_request: z.record(z.string(), z.unknown()).optional(),
    message: z.string().optional().describe('Of a wait that was too short: status is "timeout".'),
    created_at: z.string().optional().describe('UTC, without a time zone.'),
    updated_at: z.string().optional(),
  })
  .meta({ description: 'A task, as POST /tasks and GET /tasks/{id} return it.' })

/** A task of an LLMCompass backend. */
export interface SimulationTask extends z.infer<typeof simulationTaskSchema> {}

/** Validates a {@link TaskHealth}. */
export const taskHealthSchema = z.object({
  status: z.string(),
  queue_length: z.int().optional(),
  worker_count: z.int().optional(),
  workers: z.array(z.object({ done: z.boolean(), cancelled: z.boolean() })).optional(),
  task_counts: z.record(z.string(), z.int()).optional(),
  faults: z.array(z.string()).optional().describe('What does not work; not in the original.'),
})

/** What a backend says of itself. */
export interface TaskHealth extends z.infer<typeof taskHealthSchema> {}

/** Validates the answer of GET /supported_ops. */
export const supportedOpsSchema = z.object({ supported_ops: z.array(z.string()) })

/** Validates a refusal: `detail` is a text, or for 422 a list of { loc, msg, type }. */
export const refusalSchema = z.object({ detail: z.unknown() })

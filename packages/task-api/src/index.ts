/**
 * The task interface of the LLMCompass backend in one place: what is sent and answered, read and written, and
 * a client.
 *
 * @module
 */
export { TaskClient, type TaskClientOptions } from './client.js'
export { TaskApiError, type TaskApiErrorCode } from './errors.js'
export type { RequestFault } from './original-words.js'
export { isoMicros, pythonFloat } from './python-values.js'
export { answerOf, readTask, type TaskAnswer } from './read-answer.js'
export { firstDtype, operationOf, REFUSALS, SUPPORTED_OPS, TaskFault } from './read-operation.js'
export {
  queryBoolean,
  readTaskQuery,
  readTaskRequest,
  type TaskQuery,
  taskQuerySchema,
} from './read-request.js'
export {
  MOST_THREADS,
  requestKey,
  type TaskRequest,
  type TaskRequestInput,
  taskRequestSchema,
} from './request.js'
export {
  refusalSchema,
  type SimulationTask,
  simulationTaskSchema,
  supportedOpsSchema,
  type TaskHealth,
  type TaskRefusal,
  type TaskResult,
  type TaskSuccess,
  taskHealthSchema,
} from './task.js'
export { originalOperation, type TaskOperation, taskOperation } from './write-operation.js'

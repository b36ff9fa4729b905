// The application: routes, who is let in, and what is said of them.
import { simulationTaskSchema, taskRequestSchema } from '@flowsim/task-api'
import {
  estimateSchema,
  opCallSchema,
  parseSummarySchema,
  simulationSummarySchema,
} from '@flowsim/trace-schema/zod'
import { Hono } from 'hono'
import { appFiles } from './app-files.js'
import { ServerError } from './errors.js'
import type { TraceFiles } from './files.js'
import { admit, protect } from './guard.js'
import { openApiDocument } from './openapi.js'
import type { ServerSettings } from './options.js'
import { Receiving } from './read-body.js'
import { addRoutes, type Route } from './route.js'
import { aboutRoutes } from './routes/about.js'
import { estimateRoutes } from './routes/estimate.js'
import { taskRoutes } from './routes/tasks.js'
import { traceRoutes, traceSchema } from './routes/traces.js'
import type { TaskService } from './tasks/task-service.js'
import { version } from './version.js'
import type { WorkerPool } from './workers/pool.js'

/** What the routes work with. */
export interface AppParts {
  service: TaskService
  pool: WorkerPool
  settings: ServerSettings
  files: TraceFiles
}

/** Schemas that /openapi.json gives a name. */
const NAMED = {
  OpCall: opCallSchema,
  Estimate: estimateSchema,
  ParseSummary: parseSummarySchema,
  SimulationSummary: simulationSummarySchema,
  TaskRequest: taskRequestSchema,
  Task: simulationTaskSchema,
  Trace: traceSchema,
}

/** The application, ready to be served. */
export function createApp({ service, pool, settings, files }: AppParts): Hono {
  let document: object | undefined
  const web = appFiles()
  const receiving = new Receiving(settings.maxReceivingBytes)
  const routes: Route[] = [
    ...taskRoutes(service, settings, receiving),
    ...estimateRoutes(pool, settings, receiving),
    ...traceRoutes(service, settings, files),
    ...aboutRoutes(web, () => {
      document ??= openApiDocument(routes, NAMED, version)
      return document
    }),
  ]
  const open = routes.filter((route) => route.isPublic).map(({ path }) => path)
  const isPublic = new Set([...open, ...web.keys()])

  const app = new Hono()
  app.use(protect)
  app.use(admit(settings, isPublic))
  addRoutes(app, routes)
  app.notFound((c) => c.json({ detail: 'Not Found' }, 404))
  app.onError((error, c) => {
    if (error instanceof ServerError && error.code.startsWith('store_')) {
      c.header('Retry-After', '10')
      const isFull = error.code === 'store_full'
      return c.json({ detail: `nothing can be kept: ${error.message}` }, isFull ? 507 : 503)
    }
    settings.onLog(`${c.req.method} ${c.req.path}: ${error.message}`)
    return c.json({ detail: 'internal error' }, 500)
  })
  return app
}

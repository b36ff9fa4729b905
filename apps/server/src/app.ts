// The routes of the service, put together.
import { MODELS } from '@flowsim/calibration'
import { listHardware } from '@flowsim/perf-model/hardware'
import { Hono } from 'hono'
import type { TraceFiles } from './files.js'
import { admit, protect } from './guard.js'
import { openApiDocument } from './openapi.js'
import type { ServerSettings } from './options.js'
import { page } from './page.js'
import { addEstimateRoute } from './routes/estimate.js'
import { addTaskRoutes } from './routes/tasks.js'
import { addTraceRoutes } from './routes/traces.js'
import { DEFAULT_MODEL } from './tasks/simulate-task.js'
import type { TaskService } from './tasks/task-service.js'
import { version } from './version.js'
import type { WorkerPool } from './workers/pool.js'

const METHODS: Record<string, string> = {
  '/tasks': 'POST',
  '/tasks/:id': 'GET',
  '/supported_ops': 'GET',
  '/health': 'GET',
  '/v1/estimate': 'POST',
  '/v1/traces': 'POST',
  '/v1/traces/:id': 'GET',
  '/v1/traces/:id/report': 'GET',
  '/v1/catalogue': 'GET',
  '/openapi.json': 'GET',
  '/': 'GET',
}

/** What the routes work with. */
export interface AppParts {
  service: TaskService
  pool: WorkerPool
  settings: ServerSettings
  files: TraceFiles
}

const PAGE_POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; connect-src 'self'; frame-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const catalogue = {
  hardware: listHardware().map(({ name, title }) => ({ name, title })),
  models: Object.keys(MODELS),
  defaultModel: DEFAULT_MODEL,
}

/** The application, ready to be served. */
export function createApp({ service, pool, settings, files }: AppParts): Hono {
  const app = new Hono()
  app.use(protect)
  app.use(admit(settings))

  addTaskRoutes(app, service, settings)
  addEstimateRoute(app, pool, settings)
  addTraceRoutes(app, service, settings, files)
  const document = openApiDocument(version)
  app.get('/openapi.json', (c) => c.json(document))
  app.get('/v1/catalogue', (c) => c.json(catalogue))
  app.get('/', (c) => {
    // The page and the reports that it opens hold their scripts and styles, and ask nobody but this
    // service. A report is opened as a blob, so that a token can be sent for it.
    c.header('Content-Security-Policy', PAGE_POLICY)
    return c.html(page(version))
  })

  for (const [path, allowed] of Object.entries(METHODS)) {
    app.all(path, (c) => {
      c.header('Allow', allowed)
      return c.json({ detail: 'Method Not Allowed' }, 405)
    })
  }
  app.notFound((c) => c.json({ detail: 'Not Found' }, 404))
  app.onError((error, c) => {
    settings.onLog(`${c.req.method} ${c.req.path}: ${error.message}`)
    return c.json({ detail: 'internal error' }, 500)
  })
  return app
}

// The routes of the service, put together.
import { Hono } from 'hono'
import { admit, protect } from './guard.js'
import { openApiDocument } from './openapi.js'
import type { ServerSettings } from './options.js'
import { addEstimateRoute } from './routes/estimate.js'
import { addTaskRoutes } from './routes/tasks.js'
import { addTraceRoutes } from './routes/traces.js'
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
  '/openapi.json': 'GET',
  '/': 'GET',
}

/** What the routes work with. */
export interface AppParts {
  service: TaskService
  pool: WorkerPool
  settings: ServerSettings
  /** Folder for uploads. */
  uploads: string
}

/** The application, ready to be served. */
export function createApp({ service, pool, settings, uploads }: AppParts): Hono {
  const app = new Hono()
  app.use(protect)
  app.use(admit(settings))

  addTaskRoutes(app, service, settings)
  addEstimateRoute(app, pool, settings)
  addTraceRoutes(app, service, settings, uploads)
  const document = openApiDocument(version)
  app.get('/openapi.json', (c) => c.json(document))
  app.get('/', (c) => {
    // A page that holds its scripts and styles, and asks nobody but this service.
    c.header(
      'Content-Security-Policy',
      "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    return c.html(settings.viewerHtml ?? plainPage())
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

function plainPage(): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>FlowSim</title>
<body style="font: 16px system-ui; max-width: 40em; margin: 3em auto">
<h1>FlowSim ${version}</h1>
<p>Predicts the time of GPU kernels. The interface: <a href="openapi.json">openapi.json</a>;
how it stands: <a href="health">health</a>.</p>
</body></html>`
}

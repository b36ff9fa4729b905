// What the service says of itself: the app, the catalogue, the OpenAPI document.

import { gunzipSync } from 'node:zlib'
import { MODELS } from '@flowsim/calibration'
import { listHardware } from '@flowsim/perf-model/hardware'
import { refusalSchema } from '@flowsim/task-api'
import type { Context } from 'hono'
import { z } from 'zod'
import { type AppFile, firstPage } from '../app-files.js'
import type { Route } from '../route.js'
import { DEFAULT_MODEL } from '../tasks/simulate-task.js'

const catalogueSchema = z.object({
  hardware: z.array(z.object({ name: z.string(), title: z.string() })),
  models: z.array(z.string()),
  defaultModel: z.string().describe('Answers where none is named.'),
})

const catalogue = {
  hardware: listHardware().map(({ name, title }) => ({ name, title })),
  models: Object.keys(MODELS),
  defaultModel: DEFAULT_MODEL,
} satisfies z.infer<typeof catalogueSchema>

/**
 * The routes.
 * @param files - of the app, by path
 * @param document - makes the OpenAPI document of all routes
 */
export function aboutRoutes(files: ReadonlyMap<string, AppFile>, document: () => object): Route[] {
  const first = firstPage(files)
  return [
    {
      method: 'get',
      path: '/v1/catalogue',
      operationId: 'catalogue',
      summary: 'Hardware and models that can be named.',
      answers: { 200: { description: 'Their names.', body: catalogueSchema } },
      handle: (c) => c.json(catalogue),
    },
    {
      method: 'get',
      path: '/openapi.json',
      operationId: 'openapi',
      summary: 'This document.',
      answers: {
        200: { description: 'It.', body: z.record(z.string(), z.unknown()) },
      },
      handle: (c) => c.json(document()),
    },
    {
      method: 'get',
      path: '/',
      operationId: 'page',
      summary: 'The app: open traces, see their reports, ask what if.',
      // It holds no data: traces are read in the browser, or sent with the token.
      isPublic: true,
      answers: {
        200: { description: 'The page.', body: 'text/html' },
        503: { description: 'The package was not built.', body: 'text/plain' },
      },
      handle(c) {
        if (first === undefined) return c.text('the app is not built; run the build\n', 503)
        c.header('Content-Security-Policy', first.policy)
        return c.html(first.html)
      },
    },
    {
      method: 'get',
      path: '/assets/:file',
      operationId: 'file',
      summary: 'A file of the app.',
      isPublic: true,
      answers: {
        200: { description: 'It.', body: 'application/octet-stream' },
        404: { description: 'There is no such file.', body: refusalSchema },
      },
      handle(c) {
        const file = files.get(c.req.path)
        return file === undefined ? c.json({ detail: 'file not found' }, 404) : send(c, file)
      },
    },
  ]
}

function send(c: Context, { mediaType, gzip }: AppFile): Response {
  c.header('Content-Type', mediaType)
  if (!/\bgzip\b/.test(c.req.header('accept-encoding') ?? '')) {
    return c.body(new Uint8Array(gunzipSync(gzip)))
  }
  c.header('Content-Encoding', 'gzip')
  return c.body(new Uint8Array(gzip))
}

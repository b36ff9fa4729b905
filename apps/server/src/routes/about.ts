// What the service says of itself: the page, the catalogue, the OpenAPI document.
import { MODELS } from '@flowsim/calibration'
import { listHardware } from '@flowsim/perf-model/hardware'
import { z } from 'zod'
import { page } from '../page.js'
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

// The page and the reports that it opens hold their scripts and styles, and ask nobody but this service.
const PAGE_POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; connect-src 'self'; frame-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The routes. @param document - makes the OpenAPI document of all routes */
export function aboutRoutes(version: string, document: () => object): Route[] {
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
      summary: 'A page: choose a trace, see its report.',
      // It holds no data. A report is opened as a blob, so that a token can be sent for it.
      isPublic: true,
      answers: { 200: { description: 'The page.', body: 'text/html' } },
      handle(c) {
        c.header('Content-Security-Policy', PAGE_POLICY)
        return c.html(page(version))
      },
    },
  ]
}

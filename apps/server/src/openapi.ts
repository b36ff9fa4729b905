// The OpenAPI 3.1 document of the service, from its routes and the zod schemas that it checks with.
import { refusalSchema } from '@flowsim/task-api'
import { z } from 'zod'
import type { Route, RouteAnswer } from './route.js'

/** Answers that any route may give that takes a body. */
const REFUSALS: Readonly<Record<number, string>> = {
  401: 'The token is missing or wrong.',
  413: 'The body is too large.',
  422: 'The body or the query is wrong.',
  429: 'Too much waits; Retry-After says when to come back.',
  503: 'The service is ending.',
}
/** Those of routes without a body. */
const READING = ['401']

/**
 * The document.
 * @param named - schemas that have their own name and are referred to
 */
export function openApiDocument(
  routes: readonly Route[],
  named: Readonly<Record<string, z.ZodType>>,
  version: string,
): Record<string, unknown> {
  const components = new Components({ ...named, Refusal: refusalSchema })
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method]: operation(route, components) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'FlowSim',
      version,
      description: 'Predicts the time of GPU kernels. /tasks is the interface of LLMCompass.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: components.schemas(),
    },
  }
}

function operation(route: Route, components: Components): Record<string, unknown> {
  const { operationId, summary, isPublic = false, query, body, answers } = route
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const refusals = Object.entries(isPublic ? {} : REFUSALS).filter(
    ([status]) => body !== undefined || READING.includes(status),
  )
  const all: Record<string, RouteAnswer> = {
    ...Object.fromEntries(
      refusals.map(([status, description]) => [status, { description, body: refusalSchema }]),
    ),
    ...answers,
  }
  return {
    operationId,
    summary,
    ...(isPublic ? { security: [] } : {}),
    parameters: [...inPath, ...parametersOf(query)],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: contentOf(body, `${operationId}Body`, components),
          },
        }),
    responses: Object.fromEntries(
      Object.entries(all).map(([status, answer]) => [
        status,
        {
          description: answer.description,
          content: contentOf(answer.body, `${operationId}${status}`, components),
        },
      ]),
    ),
  }
}

function contentOf(body: z.ZodType | string, name: string, components: Components) {
  if (typeof body === 'string') {
    const isText = body.startsWith('text/')
    return { [body]: { schema: { type: 'string', ...(isText ? {} : { format: 'binary' }) } } }
  }
  return { 'application/json': { schema: components.ref(body, name) } }
}

function parametersOf(query: z.ZodObject | undefined): Record<string, unknown>[] {
  return Object.entries(query?.shape ?? {}).map(([name, type]) => {
    const schema = type as z.ZodType
    const { $schema: _, description, ...rest } = z.toJSONSchema(schema, { unrepresentable: 'any' })
    return {
      name,
      in: 'query',
      required: !schema.safeParse(undefined).success,
      description,
      schema: rest,
    }
  })
}

/** Schemas with a name, each described once and referred to from the others. */
class Components {
  readonly #registry = z.registry<{ id: string }>()

  constructor(named: Readonly<Record<string, z.ZodType>>) {
    for (const [id, schema] of Object.entries(named)) this.#registry.add(schema, { id })
  }

  /** A reference to a schema; one that has no name yet is given this one. */
  ref(schema: z.ZodType, name: string): { $ref: string } {
    const known = this.#registry.get(schema)
    if (known === undefined) this.#registry.add(schema, { id: name })
    return { $ref: uri(known?.id ?? name) }
  }

  schemas(): Record<string, unknown> {
    const { schemas } = z.toJSONSchema(this.#registry, { uri, io: 'input', unrepresentable: 'any' })
    return Object.fromEntries(
      Object.entries(schemas).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]),
    )
  }
}

const uri = (id: string) => `#/components/schemas/${id}`

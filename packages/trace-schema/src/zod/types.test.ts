import { expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import type { Documents } from '../document.js'
import type * as Schemas from './index.js'

type Read<Name extends keyof typeof Schemas> =
  (typeof Schemas)[Name] extends z.ZodType<infer T> ? T : never

// The compiler checks these; what runs is empty.
it('an interface has the fields of its schema and no others', () => {
  expectTypeOf<Read<'kernelTraceSchema'>>().toEqualTypeOf<Documents['kernel-trace']>()
  expectTypeOf<Read<'kernelEventSchema'>>().toEqualTypeOf<Documents['kernel-event']>()
  expectTypeOf<Read<'tensorArgSchema'>>().toEqualTypeOf<Documents['tensor-arg']>()
  expectTypeOf<Read<'kernelOperationSchema'>>().toEqualTypeOf<Documents['kernel-operation']>()
  expectTypeOf<Read<'hardwareSpecSchema'>>().toEqualTypeOf<Documents['hardware-spec']>()
  expectTypeOf<Read<'estimateSchema'>>().toEqualTypeOf<Documents['estimate']>()
  expectTypeOf<Read<'servingWorkloadSchema'>>().toEqualTypeOf<Documents['serving-workload']>()
  expectTypeOf<Read<'requestRecordSchema'>>().toEqualTypeOf<Documents['request-record']>()
  expectTypeOf<Read<'servingReportSchema'>>().toEqualTypeOf<Documents['serving-report']>()
  expectTypeOf<Read<'parseSummarySchema'>>().toEqualTypeOf<Documents['parse-summary']>()
  expectTypeOf<Read<'simulationSummarySchema'>>().toEqualTypeOf<Documents['simulation-summary']>()
})

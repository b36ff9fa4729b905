// The formats of recorded workloads. Those that a simulator defines come with it.
import { SIMULATORS } from '../../simulators/index.js'
import type { TraceFormat } from '../trace-format.js'
import { azure } from './azure.js'
import { burstgpt } from './burstgpt.js'
import { conversations } from './conversations.js'
import { flowsimDocument } from './flowsim.js'
import { mooncake, sharegpt } from './json-lines.js'
import { lengths } from './lengths.js'
import { requests } from './requests.js'
import { splitwise } from './splitwise.js'
import { testbed } from './testbed.js'

export const TRACE_FORMATS: readonly TraceFormat[] = [
  azure,
  burstgpt,
  splitwise,
  lengths,
  testbed,
  requests,
  mooncake,
  sharegpt,
  conversations,
  flowsimDocument,
  ...SIMULATORS.flatMap(({ traceFormats }) => traceFormats),
]

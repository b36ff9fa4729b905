// Requests that go into a serving simulation, and what comes out for each and for all.

/** One request of a workload. */
export interface WorkloadRequest {
  id: string
  arrivalNs: number
  /** Prompt, shared prefix included. */
  inputTokens: number
  outputTokens: number
  /** Requests of one group share their first tokens. */
  prefixGroup?: string | undefined
  /** Tokens shared within the group. */
  prefixTokens?: number | undefined
  /** Identity of each leading block of the prompt; equal ones hold equal prefixes. */
  blockHashes?: number[] | undefined
  /** Tokens of such a block. */
  blockHashTokens?: number | undefined
  /** Conversation that the request belongs to. */
  session?: string | undefined
  /** Round of the conversation; 0: the prompt repeats nothing of the session. */
  round?: number | undefined
  /** Wait after the previous round of the session has finished. */
  thinkNs?: number | undefined
  /** Lower is more urgent. */
  priority?: number | undefined
  sloClass?: string | undefined
  deadlineNs?: number | undefined
  /** LoRA adapter that it runs with. */
  adapter?: string | undefined
  /** Model that it asks for, where a cluster serves several. */
  model?: string | undefined
  /** Schema that its output follows. */
  grammar?: string | undefined
  /** Tokens of the prompt that come from each of its images, which follow the shared prefix. */
  imageTokens?: number[] | undefined
  /** The same with more about each image; holds instead of `imageTokens`. */
  images?: WorkloadImage[] | undefined
}

/** An image of a prompt: its tokens, or the size that they follow from. */
export interface WorkloadImage {
  /** Among the tokens of the prompt. */
  tokens?: number | undefined
  /** Pixels. The tokens are those that the model makes of such an image; they come on top of the prompt's. */
  width?: number | undefined
  height?: number | undefined
  /** Images of one group are the same image. */
  group?: string | undefined
  /** Tokens of the prompt before it, without those that follow from sizes; default: it follows what is before it. */
  after?: number | undefined
}

/** Requests for a serving simulation, in order of arrival. */
export interface ServingWorkload {
  schema: 'flowsim.serving-workload/1'
  name: string
  /** Seed that generated it. */
  seed?: number | undefined
  requests: WorkloadRequest[]
}

/** How a request may stand at the end of a simulation. */
export const REQUEST_STATES = [
  'completed',
  'running',
  'waiting',
  'rejected',
  'unservable',
  'timed_out',
  'length_capped',
  'failed',
] as const

/** How a request stands at the end of a simulation. */
export type RequestState = (typeof REQUEST_STATES)[number]

/** What became of one request. */
export interface RequestRecord {
  schema?: 'flowsim.request-record/1' | undefined
  id: string
  arrivalNs: number
  scheduledNs: number | null
  firstTokenNs: number | null
  finishedNs: number | null
  inputTokens: number
  /** Generated so far. */
  outputTokens: number
  /** Prompt tokens found in the prefix cache. */
  cachedTokens?: number | undefined
  state: RequestState
  preemptions: number
  instance: string
  sloClass?: string | undefined
}

/** Mean and percentiles of a latency, in seconds; linear interpolation between ranks. */
export interface LatencySummary {
  count: number
  meanS: number
  p50S: number
  p90S: number
  p95S: number
  p99S: number
  maxS: number
}

/** What the requests of one service class got. */
export interface ServingClassReport {
  name: string
  requests: number
  finished: number
  /** Share that met the limits of the class; null: it has none. */
  attainment: number | null
  ttft: LatencySummary | null
  tpot: LatencySummary | null
  /** Output tokens / E2E of a finished request, the mean; null: none has finished. */
  requestTokensPerS: number | null
}

/** What drafting tokens and verifying them did. */
export interface SpeculationReport {
  /** Tokens that were drafted, and verified by the model. */
  draftedTokens: number
  /** Drafted tokens that the model accepted. */
  acceptedTokens: number
  /** Mean tokens that a step gives a sequence with drafts, the sampled one included; null: nothing was drafted. */
  tokensPerStep: number | null
  /** Share of verifications in which at least the first 1, 2, … drafted tokens were accepted. */
  acceptedByPosition: number[]
}

/** A value that entered a run though its configuration does not state it. */
export interface EnteringDefault {
  name: string
  value: number | string | boolean | null
  /** Where it is from. */
  source: string
  /** Field of a configuration that states it instead. */
  setting?: string | undefined
}

/** What a run cost, in money, energy and carbon; null: not known. */
export interface ServingCost {
  /** Kind of provider whose prices hold. */
  provider: string
  /** Devices by kind. */
  devices: {
    hardware: string | null
    count: number
    /** Those that were up, the mean over the run. */
    meanDevices: number
    usdPerDeviceHour: number | null
    source: string | null
    /** Day of the price. */
    date: string | null
  }[]
  usdPerHour: number | null
  /** Of prompts and outputs together. */
  usdPerMillionTokens: number | null
  usdPerMillionOutputTokens: number | null
  power: ServingPower | null
  /** Of devices, hosts and cooling, over prompts and outputs together. */
  joulesPerToken: number | null
  joulesPerOutputToken: number | null
  /** Of the devices alone. */
  deviceJoulesPerToken: number | null
  /** Where the energy is from. */
  grid: { name: string | null; gCO2PerKWh: number; source: string }
  gCO2PerMillionTokens: number | null
}

/** Mean power of a deployment. */
export interface ServingPower {
  /** Of one device. */
  deviceW: number
  devicesW: number
  /** Devices idle, and at their limits: between these lies what is not verified. */
  lowDevicesW: number
  highDevicesW: number
  hostsW: number
  /** Energy of the site over that of its machines. */
  pue: number
  totalW: number
  /** Whether the power of these devices was held against measurements. */
  isVerified: boolean
  sources: string[]
}

/** Aggregate metrics of a serving simulation, and of a whole run what came with it. */
export interface ServingReport extends ServingMetrics {
  /** The same of each instance, where there are several. */
  instances?: ServingMetrics[] | undefined
  /** What only this simulator says, under its own names. */
  native?: Record<string, unknown> | null | undefined
  warnings?: string[] | undefined
  /** Values that entered the run though its configuration does not state them. */
  assumptions?: EnteringDefault[] | undefined
  /** Of the whole deployment; null: not known. */
  devices?: number | null | undefined
  cost?: ServingCost | undefined
  /** Files that were written. */
  outputs?: string[] | undefined
}

/** Metrics of all instances, or of one. */
export interface ServingMetrics {
  schema: 'flowsim.serving-report/1'
  engine: string
  /** "cluster" for all instances together. */
  instance: string
  /** Simulated time. */
  durationS: number
  /** Requests by final state. */
  requests: Partial<Record<RequestState, number>>
  inputTokens: number
  outputTokens: number
  requestsPerS: number
  outputTokensPerS: number
  steps: number
  preemptions: number
  /** Time to first token. */
  ttft: LatencySummary | null
  /** (E2E − TTFT) / (output tokens − 1), for each request. */
  tpot: LatencySummary | null
  /** Gap between successive tokens, over all tokens; those that come together share the gap before them. */
  itl: LatencySummary | null
  e2e: LatencySummary | null
  kvBlocks: {
    total: number
    peak: number
    meanUsed: number
  } | null
  cachedTokens?: number | undefined
  /** Where tokens are drafted. */
  speculation?: SpeculationReport | undefined
  /** Counts of what parts of the deployment did that most have not, by name. */
  features?: Record<string, number> | undefined
  goodput?:
    | {
        requestsPerS: number
        attainment: number
      }
    | undefined
  /** By service class, where requests have one. */
  classes?: ServingClassReport[] | undefined
  /** Jain's index over the classes' `requestTokensPerS`: 1 where all get the same; null: one class. */
  fairness?: number | null | undefined
}

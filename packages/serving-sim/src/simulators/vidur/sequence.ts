// A request as Vidur carries it through the cluster. Times are seconds.

/** A request for Vidur. */
export interface VidurRequest {
  id: number
  arrivedAtS: number
  prefillTokens: number
  decodeTokens: number
}

/** State of a request. A restart turns what it has generated into prompt. */
export class VidurSequence {
  readonly id: number
  readonly arrivedAt: number
  prefillTokens: number
  decodeTokens: number
  /** Prompt tokens processed and tokens generated, the latest included. */
  processed = 0
  prefillComplete = false
  completed = false
  scheduled = false
  restarts = 0

  scheduledAt = 0
  schedulingDelay = 0
  prefillCompletedAt = 0
  completedAt = 0
  executionTime = 0
  preemptedTime = 0
  private stageCompletedAt = 0

  constructor(request: VidurRequest) {
    this.id = request.id
    this.arrivedAt = request.arrivedAtS
    this.prefillTokens = request.prefillTokens
    this.decodeTokens = request.decodeTokens
  }

  get totalTokens(): number {
    return this.prefillTokens + this.decodeTokens
  }

  onBatchSchedule(time: number): void {
    if (this.scheduled) return
    this.scheduled = true
    if (this.restarts > 0) return
    this.scheduledAt = time
    this.schedulingDelay = time - this.arrivedAt
  }

  onStageSchedule(time: number): void {
    if (this.stageCompletedAt !== 0) this.preemptedTime += time - this.stageCompletedAt
    else this.preemptedTime = 0
  }

  onStageEnd(time: number, duration: number): void {
    this.executionTime += duration
    this.stageCompletedAt = time
  }

  onBatchEnd(time: number, tokens: number): void {
    this.processed += tokens
    if (this.processed === this.prefillTokens) {
      this.prefillComplete = true
      // The end of the prompt gives the first token.
      this.processed++
      if (this.prefillCompletedAt === 0) this.prefillCompletedAt = time
    }
    if (this.processed === this.totalTokens) {
      this.completedAt = time
      this.completed = true
    }
  }

  restart(): void {
    const total = this.totalTokens
    this.prefillTokens = this.processed
    this.decodeTokens = total - this.processed
    this.processed = 0
    this.scheduled = false
    this.completed = false
    this.prefillComplete = false
    this.restarts++
  }
}

/** Requests that run together for one iteration, with the tokens of each. */
export interface VidurBatch {
  id: number
  sequences: VidurSequence[]
  tokens: number[]
  scheduledAt: number
}

import { FlowsimError } from '@flowsim/trace-schema'

/** Why the service refused to start or to work. */
export type ServerErrorCode =
  | 'invalid_option'
  | 'token_needed'
  | 'store_in_use'
  | 'store_failed'
  | 'store_full'
  | 'worker_failed'
  | 'timeout'

/** A failure of the service. */
export class ServerError extends FlowsimError<ServerErrorCode> {
  override readonly name = 'ServerError'
}

/** A job that threw in its worker. */
export class JobError extends ServerError {
  /** @param reason - code of what was thrown */
  constructor(
    message: string,
    readonly reason: string,
  ) {
    super('worker_failed', message)
  }
}

/**
 * Whether a job ended because of what it was asked: packages of FlowSim name their reasons
 * `unknown_hardware`, Node `ENOSPC`, and a mistake of the service has none.
 */
export function isJobFault(reason: string): boolean {
  return /^[a-z_]+$/.test(reason) && reason !== 'internal'
}

/** Whether Node's code says that a disk, or the part of it that one may use, is full. */
export function isNoSpace(code: string): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT'
}

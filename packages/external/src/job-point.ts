/** A job: its folder below the output, and the command. */
export interface JobPoint {
  name: string
  command: string[]
}

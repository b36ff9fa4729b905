// The files of uploaded traces: the upload, until it is simulated, and the report, until it is old.
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

// A report holds every kernel of its trace: megabytes.
const KEPT_REPORTS = 100

/** A folder with the files of the service. Names are ids that the service made. */
export class TraceFiles {
  constructor(private readonly folder: string) {}

  /** Makes the folder, for this user only. */
  async open(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
  }

  /** Where an upload lies. */
  upload(id: string): string {
    return join(this.folder, `${id}.trace`)
  }

  /** Where a report lies. */
  report(id: string): string {
    return join(this.folder, `${id}.html`)
  }

  /** Removes an upload. */
  async removeUpload(id: string): Promise<void> {
    await rm(this.upload(id), { force: true })
  }

  /** Removes reports of traces that are forgotten, and the oldest beyond a number. */
  async removeOld(isKnown: (id: string) => boolean): Promise<void> {
    const names = await readdir(this.folder).catch(() => [])
    const reports: { path: string; madeMs: number }[] = []
    for (const name of names) {
      if (!name.endsWith('.html')) continue
      const path = join(this.folder, name)
      if (!isKnown(name.slice(0, -'.html'.length))) await rm(path, { force: true })
      else
        reports.push({
          path,
          madeMs: await stat(path).then(
            ({ mtimeMs }) => mtimeMs,
            () => 0,
          ),
        })
    }
    reports.sort((a, b) => b.madeMs - a.madeMs)
    for (const { path } of reports.slice(KEPT_REPORTS)) await rm(path, { force: true })
  }
}

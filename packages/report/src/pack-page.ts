// A page's data as it is written: its long columns packed.
import type { PackedReportPage, ReportPage } from '@flowsim/trace-schema'
import { packColumns } from './pack-columns.js'

/** Packs the columns of kernels and of the host. */
export function packPage({ kernels, host, ...page }: ReportPage): PackedReportPage {
  return {
    ...page,
    kernels: packColumns({ ...kernels }),
    host: host === null ? null : packHostColumns(host),
  }
}

function packHostColumns({ threads, names, leftOut, ...columns }: NonNullable<ReportPage['host']>) {
  return { threads, names, leftOut, ...packColumns({ ...columns }) }
}

// The data of the page out of its text: columns are inflated, all at once.
import {
  COLUMN_TYPES,
  type PackedColumns,
  type PackedReportPage,
  type ReportPage,
} from '@flowsim/trace-schema'

/** Unpacks what `renderReport` of @flowsim/report wrote. */
export async function unpackPage(text: string): Promise<ReportPage> {
  const page = JSON.parse(text) as PackedReportPage
  const { kernels, host } = page
  const [ofKernels, ofHost] = await Promise.all([unpack(kernels), host && unpack(host)])
  return {
    ...page,
    kernels: ofKernels,
    host: host && { ...host, ...ofHost },
  } as unknown as ReportPage
}

async function unpack({ columns }: PackedColumns): Promise<Record<string, ArrayLike<number>>> {
  const unpacked = await Promise.all(
    Object.entries(columns).map(async ([name, { as, data }]) => {
      const packed = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
      const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
      return [name, new COLUMN_TYPES[as](await new Response(stream).arrayBuffer())] as const
    }),
  )
  return Object.fromEntries(unpacked)
}

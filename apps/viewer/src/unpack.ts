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
      const stream = new Blob([bytesOf(data)])
        .stream()
        .pipeThrough(new DecompressionStream('deflate-raw'))
      return [name, new COLUMN_TYPES[as](await new Response(stream).arrayBuffer())] as const
    }),
  )
  return Object.fromEntries(unpacked)
}

/** Bytes of a base64 text: by the browser where it can, from 2025 on. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  if ('fromBase64' in Uint8Array) {
    return (Uint8Array.fromBase64 as (text: string) => Uint8Array<ArrayBuffer>)(base64)
  }
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

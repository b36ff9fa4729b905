// Time to copy blocks between device and host.
import type { InstanceKv } from '../options.js'

type HostLink = Pick<InstanceKv, 'bytesPerBlock' | 'hostBandwidthBytesPerS' | 'hostLatencyNs'>

export function hostCopyNs(
  { bytesPerBlock, hostBandwidthBytesPerS, hostLatencyNs }: HostLink,
  blocks: number,
): number {
  return hostLatencyNs + (blocks * bytesPerBlock * 1e9) / hostBandwidthBytesPerS
}

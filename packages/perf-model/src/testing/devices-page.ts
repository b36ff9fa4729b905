// docs/devices.md, made from the catalogue.
import { listHardware } from '../hardware/find.js'
import { dramBandwidth } from '../models/memory-time.js'

const HEAD = `# Devices

Every device of the catalogue: \`--hardware NAME\`, \`findHardware(NAME)\`. This page is made from the files in
\`packages/perf-model/src/hardware/catalogue/\`, where each value has its source; [one more](contributing/device.md)
is one file more. What the numbers are: [Hardware](hardware.md).

The peak is the dense one of 16-bit matrix products; devices with a tile description are answered by the \`tile\` model
too.

| name | device | compute units | bf16 or fp16 TFLOPS | GB/s | tile |
| ---- | ------ | ------------: | ------------------: | ---: | ---- |
`

/** The page. */
export function devicesPage(): string {
  const rows = listHardware().map((spec) => {
    const { matrixFlopsPerS: rates, computeUnits, tile } = spec.device
    const peak = rates.bf16 ?? rates.fp16
    const cells = [
      `\`${spec.name}\``,
      spec.title,
      computeUnits,
      peak === undefined ? '' : inUnits(peak, 1e12),
      inUnits(dramBandwidth(spec), 1e9),
      tile === undefined ? '' : 'yes',
    ]
    return `| ${cells.join(' | ')} |\n`
  })
  return HEAD + rows.join('')
}

function inUnits(value: number, unit: number): string {
  return String(Number((value / unit).toPrecision(4)))
}

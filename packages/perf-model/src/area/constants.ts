// What the parts of a chip amount to, as LLMCompass' cost model has it (section 5 of arXiv 2312.03134
// and its cost_model/). Each constant names where LLMCompass takes it from, as far as it says.

/** Transistors per square millimetre by process node. */
export const DENSITY_PER_MM2: Readonly<Record<string, number>> = {
  '7nm': 96.3e6,
  '6nm': 114.2e6,
  '5nm': 138.2e6,
}

/** Square millimetres of one SRAM bit by process node. */
export const SRAM_BIT_MM2: Readonly<Record<string, number>> = {
  '7nm': 1.7e-7,
  '6nm': 1.4e-7,
  '5nm': 1.25e-7,
}

/** Density of the node that the register-file polynomial was fitted at, in millions per mm². */
export const REGISTER_FILE_DENSITY = 1.6e6

/** Transistors of a 64-bit floating-point unit; narrower ones scale with the square of the mantissa. */
export const FPU64_TRANSISTORS = 685_300

/** Transistors of a 32-bit integer unit. */
export const INT32_TRANSISTORS = 177_690

/** Transistors of control logic of one lane of one sublane. */
export const CONTROL_TRANSISTORS = 996_200

/** Transistors of the crossbar that one core adds, the mean of NVIDIA's and AMD's chips. */
export const CROSSBAR_TRANSISTORS = 44.3e6

/** Share of a cache's area that holds bits, for 4 KiB, 8 KiB, … 1 MiB. */
export const CACHE_EFFICIENCY = [0.076, 0.142, 0.247, 0.393, 0.559, 0.704, 0.526, 0.602, 0.561]

/** A physical interface: its analogue part does not shrink with the node, its controller does. */
export interface InterfaceArea {
  phyMm2: number
  controllerTransistors: number
}

/** Interfaces of memory, per channel. */
export const MEMORY_INTERFACES: Readonly<Record<string, InterfaceArea>> = {
  PCIe5: { phyMm2: 0.64, controllerTransistors: 5.3721e6 },
  PCIe4: { phyMm2: 0.48, controllerTransistors: 3.9625e6 },
  DDR5: { phyMm2: 1.45, controllerTransistors: 90.4464e6 },
  HBM2e: { phyMm2: 10.45, controllerTransistors: 552.743e6 },
}

/** Interfaces between devices, per link. */
export const LINK_INTERFACES: Readonly<Record<string, InterfaceArea>> = {
  PCIe5: MEMORY_INTERFACES.PCIe5!,
  PCIe4: MEMORY_INTERFACES.PCIe4!,
  NVLink3: { phyMm2: 1.888, controllerTransistors: 74.632e6 },
  NVLink4: { phyMm2: 0.965, controllerTransistors: 86.628e6 },
  InfinityFabric: { phyMm2: 5.69, controllerTransistors: 348.148e6 },
}

/** US dollars of a gigabyte of memory. */
export const MEMORY_USD_PER_GB: Readonly<Record<string, number>> = { HBM2e: 7, DDR5: 2.4 }

/** What a foundry asks and how well it works. */
export interface FoundryNode {
  /** US dollars of a wafer of 300 mm in 2020: Khan and Mann, "AI Chips", CSET 2020, table 9. */
  waferUsd: number
  /** Defects per square millimetre, as ttm-cas takes them from TSMC's slides. */
  defectsPerMm2: number
}

/** By process node; CSET has no price of 6 nm. */
export const FOUNDRY_NODES: Readonly<Partial<Record<string, FoundryNode>>> = {
  '7nm': { waferUsd: 9346, defectsPerMm2: 0.0015 },
  '5nm': { waferUsd: 16_988, defectsPerMm2: 0.002 },
}

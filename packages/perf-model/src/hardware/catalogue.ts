// The hardware that the package knows: one file per device in catalogue/. Each number names its source
// in the file's `sources`; a source that starts with "unverified" is a number that no document backs.
// Adding a device is adding a file, an import and a line.
import type { HardwareSpec } from '@flowsim/trace-schema'
import a10 from './catalogue/a10.json' with { type: 'json' }
import a10g from './catalogue/a10g.json' with { type: 'json' }
import a30 from './catalogue/a30.json' with { type: 'json' }
import a40 from './catalogue/a40.json' with { type: 'json' }
import a1004Fp16 from './catalogue/a100-4-fp16.json' with { type: 'json' }
import a100Pcie40g from './catalogue/a100-pcie-40g.json' with { type: 'json' }
import a100Pcie80g from './catalogue/a100-pcie-80g.json' with { type: 'json' }
import a100Sxm from './catalogue/a100-sxm.json' with { type: 'json' }
import a100Sxm40g from './catalogue/a100-sxm-40g.json' with { type: 'json' }
import a800Pcie from './catalogue/a800-pcie.json' with { type: 'json' }
import a800Sxm from './catalogue/a800-sxm.json' with { type: 'json' }
import a6000 from './catalogue/a6000.json' with { type: 'json' }
import b60 from './catalogue/b60.json' with { type: 'json' }
import b200Sxm from './catalogue/b200-sxm.json' with { type: 'json' }
import b300Sxm from './catalogue/b300-sxm.json' with { type: 'json' }
import gaudi2 from './catalogue/gaudi2.json' with { type: 'json' }
import gaudi3 from './catalogue/gaudi3.json' with { type: 'json' }
import gb200 from './catalogue/gb200.json' with { type: 'json' }
import gb300 from './catalogue/gb300.json' with { type: 'json' }
import gh200 from './catalogue/gh200.json' with { type: 'json' }
import gh200144g from './catalogue/gh200-144g.json' with { type: 'json' }
import h20 from './catalogue/h20.json' with { type: 'json' }
import h203e from './catalogue/h20-3e.json' with { type: 'json' }
import h100Nvl from './catalogue/h100-nvl.json' with { type: 'json' }
import h100Pcie from './catalogue/h100-pcie.json' with { type: 'json' }
import h100Sxm from './catalogue/h100-sxm.json' with { type: 'json' }
import h200Nvl from './catalogue/h200-nvl.json' with { type: 'json' }
import h200Sxm from './catalogue/h200-sxm.json' with { type: 'json' }
import h800 from './catalogue/h800.json' with { type: 'json' }
import h800Pcie from './catalogue/h800-pcie.json' with { type: 'json' }
import l4 from './catalogue/l4.json' with { type: 'json' }
import l20 from './catalogue/l20.json' with { type: 'json' }
import l40 from './catalogue/l40.json' with { type: 'json' }
import l40s from './catalogue/l40s.json' with { type: 'json' }
import mi100 from './catalogue/mi100.json' with { type: 'json' }
import mi210 from './catalogue/mi210.json' with { type: 'json' }
import mi250Gcd from './catalogue/mi250-gcd.json' with { type: 'json' }
import mi300x from './catalogue/mi300x.json' with { type: 'json' }
import mi308x from './catalogue/mi308x.json' with { type: 'json' }
import mi325x from './catalogue/mi325x.json' with { type: 'json' }
import mi350x from './catalogue/mi350x.json' with { type: 'json' }
import mi355x from './catalogue/mi355x.json' with { type: 'json' }
import p4 from './catalogue/p4.json' with { type: 'json' }
import p100Pcie from './catalogue/p100-pcie.json' with { type: 'json' }
import pvcMax1100 from './catalogue/pvc-max-1100.json' with { type: 'json' }
import pvcMax1550 from './catalogue/pvc-max-1550.json' with { type: 'json' }
import rtx2080Ti from './catalogue/rtx-2080-ti.json' with { type: 'json' }
import rtx3060 from './catalogue/rtx-3060.json' with { type: 'json' }
import rtx3090 from './catalogue/rtx-3090.json' with { type: 'json' }
import rtx3090Ti from './catalogue/rtx-3090-ti.json' with { type: 'json' }
import rtx4090 from './catalogue/rtx-4090.json' with { type: 'json' }
import rtx4090D from './catalogue/rtx-4090-d.json' with { type: 'json' }
import rtx5090 from './catalogue/rtx-5090.json' with { type: 'json' }
import rtx5090D from './catalogue/rtx-5090-d.json' with { type: 'json' }
import rtx6000Ada from './catalogue/rtx-6000-ada.json' with { type: 'json' }
import rtxPro6000MaxQ from './catalogue/rtx-pro-6000-max-q.json' with { type: 'json' }
import rtxPro6000Server from './catalogue/rtx-pro-6000-server.json' with { type: 'json' }
import rtxPro6000Workstation from './catalogue/rtx-pro-6000-workstation.json' with { type: 'json' }
import t4 from './catalogue/t4.json' with { type: 'json' }
import tpuV5e from './catalogue/tpu-v5e.json' with { type: 'json' }
import tpuV5p from './catalogue/tpu-v5p.json' with { type: 'json' }
import tpuV6e from './catalogue/tpu-v6e.json' with { type: 'json' }
import tpuv38 from './catalogue/tpuv3-8.json' with { type: 'json' }
import tpuv3New from './catalogue/tpuv3-new.json' with { type: 'json' }
import trainium2 from './catalogue/trainium2.json' with { type: 'json' }
import v100Pcie from './catalogue/v100-pcie.json' with { type: 'json' }
import v100Pcie32g from './catalogue/v100-pcie-32g.json' with { type: 'json' }
import v100Sxm2 from './catalogue/v100-sxm2.json' with { type: 'json' }
import v100Sxm232g from './catalogue/v100-sxm2-32g.json' with { type: 'json' }

/** Every described device, newest and most used first; a test validates each against the schema. */
export const CATALOGUE = [
  h100Sxm,
  h100Pcie,
  h200Sxm,
  h200Nvl,
  h20,
  h203e,
  h800,
  h800Pcie,
  gh200,
  gh200144g,
  h100Nvl,
  b200Sxm,
  b300Sxm,
  gb200,
  gb300,
  a100Sxm,
  a100Sxm40g,
  a100Pcie80g,
  a100Pcie40g,
  a800Sxm,
  a800Pcie,
  l40s,
  l4,
  l40,
  l20,
  rtx6000Ada,
  rtx4090,
  rtx4090D,
  rtxPro6000Server,
  rtxPro6000Workstation,
  rtxPro6000MaxQ,
  rtx5090,
  rtx5090D,
  a30,
  a40,
  a10,
  a10g,
  a6000,
  rtx3090Ti,
  rtx3090,
  rtx3060,
  t4,
  rtx2080Ti,
  v100Sxm2,
  v100Sxm232g,
  v100Pcie,
  v100Pcie32g,
  p100Pcie,
  p4,
  mi300x,
  mi325x,
  mi308x,
  mi350x,
  mi355x,
  mi250Gcd,
  mi210,
  mi100,
  b60,
  pvcMax1550,
  pvcMax1100,
  gaudi2,
  gaudi3,
  tpuV5e,
  tpuV5p,
  tpuV6e,
  trainium2,
  a1004Fp16,
  tpuv38,
  tpuv3New,
] as HardwareSpec[]

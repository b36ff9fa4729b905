import { describe, expect, it } from 'vitest'
import { readJobSpec } from '../jobs/job-spec.js'
import { sbatchScript } from './slurm.js'

const prepare = (spec: object) => ({
  id: 'sweep-1',
  dir: '/shared/jobs/sweep-1',
  spec: readJobSpec({ name: 'sweep', points: [{ name: 'p', command: ['run'] }], ...spec }),
})

describe('sbatchScript', () => {
  it('is an array job that puts failed tasks back as often as asked', () => {
    expect(
      sbatchScript(
        prepare({
          retries: 2,
          parallelism: 4,
          resources: { gpus: 8, cpus: 32, memoryMiB: 1024, minutes: 90 },
          slurm: { partition: 'gpu', account: 'team a', gpuType: 'h100' },
        }),
      ),
    ).toBe(`#!/bin/sh
#SBATCH --job-name=flowsim-sweep-1
#SBATCH --array=0-0%4
#SBATCH --output=/shared/jobs/sweep-1/slurm-%a.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --partition=gpu
#SBATCH '--account=team a'
#SBATCH --gres=gpu:h100:8
#SBATCH --cpus-per-task=32
#SBATCH --mem=1024M
#SBATCH --time=90
export FLOWSIM_POINT="$SLURM_ARRAY_TASK_ID"
export FLOWSIM_JOB_DIR=/shared/jobs/sweep-1
sh /shared/jobs/sweep-1/run.sh
code=$?
if [ "$code" -ne 0 ] && [ "\${SLURM_RESTART_COUNT:-0}" -lt 2 ]; then
  # By its array name: the last task's SLURM_JOB_ID is the whole array's. Slurm ends this script
  # when it has put the task back.
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && sleep 600
fi
exit "$code"
`)
  })

  it('runs in a container of pyxis or Apptainer', () => {
    const spec = {
      image: 'docker://lmsysorg/sglang',
      resources: { gpus: 1 },
      mounts: [{ source: { folder: '/models' }, path: '/models', readOnly: true }],
    }
    const mounts = '/shared/jobs/sweep-1:/shared/jobs/sweep-1,/models:/models:ro'
    expect(sbatchScript(prepare(spec))).toContain(
      `\nsrun --container-image=docker://lmsysorg/sglang --container-mounts=${mounts} sh `,
    )
    expect(sbatchScript(prepare({ ...spec, slurm: { container: 'apptainer' } }))).toContain(
      `\napptainer exec --nv --bind ${mounts} docker://lmsysorg/sglang sh `,
    )
    expect(sbatchScript(prepare({ ...spec, slurm: { container: 'none' } }))).toContain('\nsh /')
  })
})

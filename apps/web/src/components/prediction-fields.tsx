// On what device, and by which model, a trace is predicted.
import type { Catalogue } from '../worker/catalogue.js'
import type { Prediction } from '../worker/report.js'
import { Select } from './field.js'

/** Both choices. */
export function PredictionFields({
  catalogue,
  value,
  onChange,
}: {
  catalogue: Catalogue
  value: Prediction
  onChange: (next: Prediction) => void
}) {
  return (
    <>
      <Select
        label="Predict on"
        value={value.hardware}
        options={[
          { value: '', text: 'the device of the trace' },
          ...catalogue.hardware.map((each) => ({ value: each.name, text: each.title })),
        ]}
        onChange={(hardware) => onChange({ ...value, hardware })}
      />
      <Select
        label="Model"
        value={value.model}
        options={catalogue.models.map((name) => ({ value: name, text: name }))}
        onChange={(model) => onChange({ ...value, model })}
      />
    </>
  )
}

/** The best model, on the device of the trace. */
export function firstPrediction({ models }: Catalogue): Prediction {
  return { hardware: '', model: models[0]! }
}

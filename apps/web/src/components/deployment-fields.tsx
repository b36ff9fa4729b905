// The fields of a deployment: model, device and engine, and numbers, two in a row.
import type { Catalogue } from '../worker/catalogue.js'
import { NumberField, Select } from './field.js'

/** What is deployed. */
interface Deployment {
  model: string
  hardware: string
  engine: string
}

export function DeploymentFields({
  catalogue,
  value,
  onChange,
}: {
  catalogue: Catalogue
  value: Deployment
  onChange: (part: Partial<Deployment>) => void
}) {
  const choices = (values: readonly string[]) => values.map((each) => ({ value: each, text: each }))
  return (
    <>
      <Select
        label="Model"
        value={value.model}
        options={choices(catalogue.languageModels)}
        onChange={(model) => onChange({ model })}
      />
      <Select
        label="Hardware"
        value={value.hardware}
        options={catalogue.hardware.map(({ name, title }) => ({ value: name, text: title }))}
        onChange={(hardware) => onChange({ hardware })}
      />
      <Select
        label="Engine"
        value={value.engine}
        options={choices(catalogue.engines)}
        onChange={(engine) => onChange({ engine })}
      />
    </>
  )
}

export function NumberFields<Form extends object>({
  fields,
  form,
  onChange,
}: {
  /** Names and labels. */
  fields: readonly (readonly [name: keyof Form & string, label: string])[]
  form: Form
  onChange: (name: keyof Form & string, value: number) => void
}) {
  return (
    <div class="pair">
      {fields.map(([name, label]) => (
        <NumberField
          key={name}
          label={label}
          value={form[name] as number}
          onChange={(value) => onChange(name, value)}
        />
      ))}
    </div>
  )
}

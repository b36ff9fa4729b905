import type { ComponentChildren } from 'preact'

/** A part of the page: heading, an optional sentence, controls on the right, content. */
export function Section(props: {
  id: string
  title: string
  lead?: ComponentChildren
  controls?: ComponentChildren
  children: ComponentChildren
}) {
  return (
    <section id={props.id} aria-labelledby={`${props.id}-title`}>
      <div class="section-head">
        <div>
          <h2 id={`${props.id}-title`}>{props.title}</h2>
          {props.lead && <p class="lead">{props.lead}</p>}
        </div>
        {props.controls && <div class="controls">{props.controls}</div>}
      </div>
      {props.children}
    </section>
  )
}

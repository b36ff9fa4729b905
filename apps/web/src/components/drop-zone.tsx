// Where files are dropped: the whole page takes them, this is where they are chosen by hand.
import { useEffect, useRef, useState } from 'preact/hooks'

/** A button that opens the file chooser, and listens for files that are dropped anywhere. */
export function DropZone({
  large,
  onFiles,
}: {
  large: boolean
  onFiles: (files: readonly File[]) => void
}) {
  const input = useRef<HTMLInputElement>(null)
  const [isOver, setOver] = useState(false)
  const latest = useRef(onFiles)
  latest.current = onFiles
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return
      event.preventDefault()
      setOver(true)
    }
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false)
    }
    const drop = (event: DragEvent) => {
      event.preventDefault()
      setOver(false)
      const files = [...(event.dataTransfer?.files ?? [])]
      if (files.length > 0) latest.current(files)
    }
    addEventListener('dragover', over)
    addEventListener('dragleave', leave)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', over)
      removeEventListener('dragleave', leave)
      removeEventListener('drop', drop)
    }
  }, [])
  return (
    <div class={`drop${large ? ' large' : ''}${isOver ? ' over' : ''}`}>
      <button type="button" onClick={() => input.current?.click()}>
        {large ? 'Choose traces' : 'Add traces'}
      </button>
      <span>{isOver ? 'let go to read them' : 'or drop them anywhere'}</span>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Trace files"
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])]
          event.currentTarget.value = ''
          if (files.length > 0) onFiles(files)
        }}
      />
    </div>
  )
}

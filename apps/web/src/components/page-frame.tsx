// A page that this program wrote, shown in its own frame and kept as a file on demand.
import { useEffect, useState } from 'preact/hooks'

/** The page; its script runs only where its own policy allows it. */
export function PageFrame({ title, html }: { title: string; html: string }) {
  const [url, setUrl] = useState('')
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([html], { type: 'text/html' }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [html])
  return url === '' ? null : <iframe title={title} src={url} />
}

/** Gives a text to the user as a file. */
export function saveText(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

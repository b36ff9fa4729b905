// Results as one HTML file that needs nothing but a browser.
import type { PackedReportPage } from '@flowsim/trace-schema'
import { licenses, script, scriptHash, style } from '@flowsim/viewer'
import { escapeText } from './escape-text.js'
import { packPage } from './pack-page.js'
import type { ReportData } from './report-data.js'
import { reportPage } from './report-page.js'

/**
 * A report as the text of one HTML file: page, program and data in one, no network. It opens from disk
 * under a content security policy that allows that program, pictures that it makes itself, and nothing else. The same data give the
 * same text.
 *
 * @throws ReportError `operations_mismatch`, `estimates_mismatch` or `layers_mismatch` unless there is
 * one for each kernel.
 */
export function renderReport(data: ReportData): string {
  const page = reportPage(data)
  const title = escapeText(page.title)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '${scriptHash}'; style-src 'unsafe-inline'; img-src blob:; base-uri 'none'; form-action 'none'">
<meta name="generator" content="${escapeText(page.generator)}">
<title>${title}</title>
<style>${style.replaceAll('</style', '<\\/style')}</style>
</head>
<body>
<div id="app"><noscript>This report draws its figures with a script that it holds itself; allow scripts to see it.</noscript></div>
<script type="application/json" id="flowsim-data">${embed(packPage(page))}</script>
<script>${script}</script>
<script type="text/plain" id="licenses">
${escapeText(licenses)}
</script>
</body>
</html>
`
}

/** JSON that no browser takes for markup, whatever names hold. */
function embed(page: PackedReportPage): string {
  return JSON.stringify(page)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}

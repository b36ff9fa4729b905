// What a page of results can do beside being read: its tables sort, and tables and charts are taken along.
import './base.css'
import './page/page.css'
import { takeChartsAlong } from './page/charts.js'
import { takeTablesAlong } from './page/tables.js'
import { addThemeButton } from './page/theme.js'

takeTablesAlong()
takeChartsAlong()
addThemeButton()

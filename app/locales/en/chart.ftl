chart-series = Series
chart-min = Min
chart-avg = Avg
chart-max = Max
chart-last = Last
chart-data = Data table
chart-data-of = Data of { $title }
chart-time = Time, { $zone }
chart-rows = { $count ->
    [one] One row, one every { $step }.
   *[other] { $n } rows, one every { $step }.
  }
chart-rows-shown = The newest { $count } are shown.
chart-csv = Download CSV
chart-spoken = { $name } from { $min } to { $max }, last { $last }.
chart-spoken-none = { $name }: no samples.
chart-gap = No data from { $from } to { $to }.
chart-gaps-more = { $count ->
    [one] And one more stretch without data.
   *[other] And { $count } more stretches without data.
  }
chart-nothing = No samples in this range.
chart-per-second = /s
chart-unit-seconds = s
chart-unit-minutes = min
chart-unit-hours = h
chart-unit-days = d

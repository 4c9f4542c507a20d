# /metrics
scrape-busy = { $max } others are reading the figures already. Ask again in a moment.
help-metrics = Figures for other programs
help-metrics-text = { $address } gives every figure as OpenMetrics text for Prometheus and its kind: to programs on this machine as they are, to others with a token of the API made on your account page.

# /metrics
scrape-busy = 已有 { $max } 个程序正在读取指标，请稍后再试。
help-metrics = 供其他程序使用的指标
help-metrics-text = { $address } 以 OpenMetrics 文本提供全部指标，供 Prometheus 等程序采集：本机程序可直接读取，其他机器须使用在账户页面创建的 API 令牌。

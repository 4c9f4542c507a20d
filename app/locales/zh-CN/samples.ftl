samples = 示例代码
samples-title = { $name } 的示例代码
samples-language = 语言
samples-about = 使用 { $library }，已填入 { $endpoint } 和此 Topic，可直接运行；消费者使用消费组 { $group }。
samples-producer = 发送消息
samples-consumer = 读取消息
samples-download = 下载 { $file }

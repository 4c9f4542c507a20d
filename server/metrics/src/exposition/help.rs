//! One line for each metric, for those who read `/metrics`.

/// What a metric says, with its unit.
pub(super) fn of(id: &str) -> &'static str {
    match id {
        "current_partitions" => "Partitions there are, Kafka's own included.",
        "current_topics" => "Topics there are, without Kafka's own.",
        "group_msgs" => "Messages that all groups together have yet to read.",
        "instance_bytes_in_rate" => {
            "Bytes of record batches produced per second, mean of the last full minute."
        }
        "instance_bytes_out_rate" => {
            "Bytes of record batches consumed per second, mean of the last full minute."
        }
        "instance_disk_usage" => "Use of the fullest file system that holds logs, percent.",
        "broker_messages_in_rate" => "Messages produced per second, mean of the last full minute.",
        "broker_bytes_in_rate" => {
            "Bytes of record batches produced per second, mean of the last full minute."
        }
        "broker_bytes_out_rate" => {
            "Bytes of record batches consumed per second, mean of the last full minute."
        }
        "broker_public_bytes_in_rate" => {
            "Bytes of requests from other machines per second, mean of the last full minute."
        }
        "broker_public_bytes_out_rate" => {
            "Bytes of answers to other machines per second, mean of the last full minute."
        }
        "broker_total_bytes_in_rate" => {
            "Bytes of all requests per second, mean of the last full minute."
        }
        "broker_total_bytes_out_rate" => {
            "Bytes of all answers per second, mean of the last full minute."
        }
        "broker_data_size" => "Bytes of all logs on disk.",
        "broker_produce_mean" => {
            "Mean time of a Produce request, milliseconds, in the last full minute."
        }
        "broker_produce_p50" => {
            "Time that half of the Produce requests did not exceed, milliseconds, in the last full minute."
        }
        "broker_produce_p99" => {
            "Time that 99 of 100 Produce requests did not exceed, milliseconds, in the last full minute."
        }
        "broker_fetch_mean" => {
            "Mean time of a Fetch request without the wait it asked for, milliseconds, in the last full minute."
        }
        "broker_fetch_p50" => {
            "Time that half of the Fetch requests did not exceed, without the wait they asked for, milliseconds, in the last full minute."
        }
        "broker_fetch_p99" => {
            "Time that 99 of 100 Fetch requests did not exceed, without the wait they asked for, milliseconds, in the last full minute."
        }
        "broker_cpu_usage" => {
            "Use of the machine's processors, percent of all cores, in the last full minute."
        }
        "broker_cpu_core_load" => "Load average of the last minute, per core.",
        "broker_memory_usage" => "Use of the machine's memory, percent.",
        "broker_heap_usage" => "Memory of this process, percent of the machine's.",
        "broker_disk_usage" => "Use of the file system that holds the logs, percent.",
        "broker_disk_read_await" => {
            "Mean time of a read of the disk that holds the logs, milliseconds, in the last full minute."
        }
        "broker_disk_write_await" => {
            "Mean time of a write of the disk that holds the logs, milliseconds, in the last full minute."
        }
        "broker_connections" => "Client connections open.",
        "broker_alive" => "1 when the broker answers, 0 when it does not.",
        "topic_bytes_in_rate" => {
            "Bytes of record batches produced to the topic per second, mean of the last full minute."
        }
        "topic_bytes_out_rate" => {
            "Bytes of record batches consumed from the topic per second, mean of the last full minute."
        }
        "topic_messages_in_rate" => {
            "Messages produced to the topic per second, mean of the last full minute."
        }
        "topic_data_size" => "Bytes of the topic's logs on disk.",
        "topic_messages" => "Messages in the topic.",
        "partition_messages" => "Messages in the partition.",
        "produced_messages" => "Messages ever produced to the partition: its end.",
        "consumer_messages_remaining" => "Messages that the group has yet to read.",
        "consumer_messages_consumed" => {
            "Messages that the group has read: the sum of its committed offsets."
        }
        "consumer_seconds_behind" => "Age of the group's oldest unread message, seconds.",
        "topic_messages_remained" => "Messages of the topic that the group has yet to read.",
        "topic_messages_consumed" => {
            "Messages of the topic that the group has read: the sum of its committed offsets."
        }
        "messages_remained" => "Messages of the partition that the group has yet to read.",
        "messages_consumed" => {
            "Messages of the partition that the group has read: its committed offset."
        }
        _ => "",
    }
}

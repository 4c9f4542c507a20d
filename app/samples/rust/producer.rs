// Sends ten messages. In a new project (`cargo new producer`) with this file as src/main.rs:
//   cargo add rdkafka && cargo add tokio --features macros,rt && cargo run

use std::error::Error;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", "{{bootstrap}}")
        // Keys go to the partitions where Java clients put them.
        .set("partitioner", "murmur2_random")
        .create()?;
    for i in 0..10 {
        let (key, value) = (format!("key-{i}"), format!("message {i}"));
        let record = FutureRecord::to("{{topic}}").key(&key).payload(&value);
        let sent = producer
            .send(record, Duration::from_secs(10))
            .await
            .map_err(|(error, _)| error)?;
        println!("sent to partition {}, offset {}", sent.partition, sent.offset);
    }
    Ok(())
}

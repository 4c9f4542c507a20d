// Prints messages until it is stopped. In a new project (`cargo new consumer`) with this file as src/main.rs:
//   cargo add rdkafka && cargo run

use std::error::Error;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Message};

fn main() -> Result<(), Box<dyn Error>> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", "{{bootstrap}}")
        .set("group.id", "{{group}}")
        .set("auto.offset.reset", "earliest")
        .create()?;
    consumer.subscribe(&["{{topic}}"])?;
    for message in consumer.iter() {
        let message = message?;
        println!(
            "partition {}, offset {}: {} = {}",
            message.partition(),
            message.offset(),
            text(message.key()),
            text(message.payload())
        );
    }
    Ok(())
}

fn text(bytes: Option<&[u8]>) -> String {
    bytes.map_or("null".into(), |bytes| String::from_utf8_lossy(bytes).into_owned())
}

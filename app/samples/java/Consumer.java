// Prints messages until it is stopped. Needs a JDK and the Kafka client library (org.apache.kafka:kafka-clients from Maven,
// or the folder libs/ of a Kafka download):
//   java -cp 'libs/*' Consumer.java

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;

public class Consumer {
    public static void main(String[] args) {
        Properties config = new Properties();
        config.put("bootstrap.servers", "{{bootstrap}}");
        config.put("group.id", "{{group}}");
        config.put("auto.offset.reset", "earliest");
        config.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
        config.put("value.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(config)) {
            consumer.subscribe(List.of("{{topic}}"));
            while (true) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofSeconds(1))) {
                    System.out.println("partition " + record.partition() + ", offset " + record.offset()
                        + ": " + record.key() + " = " + record.value());
                }
            }
        }
    }
}

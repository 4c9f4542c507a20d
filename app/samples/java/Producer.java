// Sends ten messages. Needs a JDK and the Kafka client library (org.apache.kafka:kafka-clients from Maven,
// or the folder libs/ of a Kafka download):
//   java -cp 'libs/*' Producer.java

import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

public class Producer {
    public static void main(String[] args) throws Exception {
        Properties config = new Properties();
        config.put("bootstrap.servers", "{{bootstrap}}");
        config.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
        config.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(config)) {
            for (int i = 0; i < 10; i++) {
                ProducerRecord<String, String> record = new ProducerRecord<>("{{topic}}", "key-" + i, "message " + i);
                RecordMetadata sent = producer.send(record).get();
                System.out.println("sent to partition " + sent.partition() + ", offset " + sent.offset());
            }
        }
    }
}

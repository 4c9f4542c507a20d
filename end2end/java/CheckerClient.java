import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.FileOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.zip.CRC32;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Producer and consumer of the exactly-once check over Apache Kafka's Java client; suites/checker.py tells what it prints.
 *
 * <pre>
 * CheckerClient produce BOOTSTRAP TOPIC PARTITIONS COUNT SIZE PRODUCER RATE
 * CheckerClient consume BOOTSTRAP TOPIC GROUP MEMBERS TOTAL FILE
 * </pre>
 */
public class CheckerClient {
    static final int HEADER = 11;

    public static void main(String[] a) throws Exception {
        if (a[0].equals("produce")) {
            produce(a[1], a[2], Integer.parseInt(a[3]), Integer.parseInt(a[4]), Integer.parseInt(a[5]), Integer.parseInt(a[6]),
                Integer.parseInt(a[7]));
        } else {
            new Reader(a[1], a[2], a[3], Long.parseLong(a[5]), a[6]).run(Integer.parseInt(a[4]));
        }
    }

    static long crc(byte[] value) {
        CRC32 crc = new CRC32();
        crc.update(value, HEADER, value.length - HEADER);
        return crc.getValue();
    }

    static byte[] value(int producer, int partition, int n, int size) {
        byte[] v = new byte[size];
        int state = n * 747796405 + producer;
        for (int i = HEADER; i < size; i++) {
            state = state * 1664525 + 1013904223;
            v[i] = (byte) (state >>> 24);
        }
        ByteBuffer.wrap(v).put((byte) producer).putShort((short) partition).putInt(n).putInt((int) crc(v));
        return v;
    }

    /** Sends at no more than {@code rate} messages a second (0: as fast as it goes), without making up for lost time. */
    static void produce(String bootstrap, String topic, int partitions, int count, int size, int producer, int rate) throws InterruptedException {
        Properties p = new Properties();
        p.put("bootstrap.servers", bootstrap);
        p.put("acks", "all");
        p.put("enable.idempotence", "true");
        p.put("delivery.timeout.ms", "600000");
        p.put("max.block.ms", "600000");
        p.put("linger.ms", "5");
        int[] acked = new int[partitions];
        List<String> failures = Collections.synchronizedList(new ArrayList<>());
        try (KafkaProducer<byte[], byte[]> client = new KafkaProducer<>(p, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < count; i++) {
                if (rate > 0 && i % 100 == 99) {
                    Thread.sleep(100_000 / rate);
                }
                int partition = i % partitions;
                client.send(new ProducerRecord<>(topic, partition, null, value(producer, partition, i / partitions, size)), (meta, error) -> {
                    if (error == null) {
                        acked[partition]++;
                    } else {
                        failures.add(error.toString());
                    }
                });
            }
            client.flush();
        }
        String shown = failures.isEmpty() ? "" : "\"" + failures.size() + " × " + failures.get(0).replace('"', '\'') + "\"";
        System.out.println("{\"acked\": " + Arrays.toString(acked) + ", \"failures\": [" + shown + "]}");
    }

    /** The members of one group, each on a thread, writing what they see into one file. */
    static final class Reader {
        final String bootstrap;
        final String topic;
        final String group;
        final long total;
        final DataOutputStream out;
        final Map<Integer, Long> next = new HashMap<>();
        long seen;
        volatile boolean done;

        Reader(String bootstrap, String topic, String group, long total, String file) throws Exception {
            this.bootstrap = bootstrap;
            this.topic = topic;
            this.group = group;
            this.total = total;
            this.out = new DataOutputStream(new BufferedOutputStream(new FileOutputStream(file), 1 << 20));
        }

        void run(int members) throws Exception {
            List<Thread> threads = new ArrayList<>();
            for (int m = 0; m < members; m++) {
                threads.add(new Thread(this::member));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            out.close();
            System.out.println("{\"seen\": " + seen + "}");
        }

        void member() {
            Properties p = new Properties();
            p.put("bootstrap.servers", bootstrap);
            p.put("group.id", group);
            p.put("auto.offset.reset", "earliest");
            p.put("session.timeout.ms", "10000");
            p.put("heartbeat.interval.ms", "1000");
            p.put("auto.commit.interval.ms", "1000");
            try (KafkaConsumer<byte[], byte[]> client = new KafkaConsumer<>(p, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
                client.subscribe(Collections.singleton(topic));
                while (!done) {
                    for (ConsumerRecord<byte[], byte[]> record : client.poll(Duration.ofMillis(200))) {
                        note(record);
                    }
                }
            } catch (KafkaException error) {
                error.printStackTrace();
                System.exit(1);
            }
        }

        synchronized void note(ConsumerRecord<byte[], byte[]> record) {
            try {
                byte[] v = record.value();
                out.writeInt(record.partition());
                out.writeLong(record.offset());
                out.write(v, 0, 7);
                out.writeByte(crc(v) == (ByteBuffer.wrap(v, 7, 4).getInt() & 0xFFFFFFFFL) ? 1 : 0);
            } catch (java.io.IOException error) {
                throw new java.io.UncheckedIOException(error);
            }
            long known = next.getOrDefault(record.partition(), 0L);
            if (record.offset() >= known) {
                seen += record.offset() + 1 - known;
                next.put(record.partition(), record.offset() + 1);
                done = seen >= total;
            }
        }
    }
}

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Apache Kafka's Java client against a broker. Prints a line "ok …" for each check; the first that fails ends it. */
public class ClientChecks {
    interface Check {
        void run() throws Exception;
    }

    static String bootstrap;
    static Admin admin;
    static int count;

    static String name(String what) {
        return what + "-java-" + ProcessHandle.current().pid() + "-" + ++count;
    }

    static void equal(Object got, Object want) {
        if (!Objects.equals(got, want)) {
            throw new AssertionError("got " + got + ", want " + want);
        }
    }

    static Properties settings(String... pairs) {
        Properties p = new Properties();
        p.put("bootstrap.servers", bootstrap);
        for (int i = 0; i < pairs.length; i += 2) {
            p.put(pairs[i], pairs[i + 1]);
        }
        return p;
    }

    static KafkaProducer<String, String> producer(String... pairs) {
        return new KafkaProducer<>(settings(pairs), new StringSerializer(), new StringSerializer());
    }

    static KafkaConsumer<String, String> consumer(String group, String... pairs) {
        Properties p = settings(pairs);
        p.put("group.id", group);
        p.put("auto.offset.reset", "earliest");
        p.put("enable.auto.commit", "false");
        p.put("heartbeat.interval.ms", "300");
        return new KafkaConsumer<>(p, new StringDeserializer(), new StringDeserializer());
    }

    static String topic(int partitions, String... configs) throws Exception {
        String made = name("topic");
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i < configs.length; i += 2) {
            given.put(configs[i], configs[i + 1]);
        }
        admin.createTopics(List.of(new NewTopic(made, partitions, (short) 1).configs(given))).all().get();
        return made;
    }

    static List<ConsumerRecord<String, String>> read(KafkaConsumer<String, String> from, int wanted) {
        List<ConsumerRecord<String, String>> found = new ArrayList<>();
        long limit = System.nanoTime() + 20_000_000_000L;
        while (found.size() < wanted && System.nanoTime() < limit) {
            from.poll(Duration.ofMillis(200)).forEach(found::add);
        }
        equal(found.size(), wanted);
        return found;
    }

    static void write(String to, int many, String... pairs) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> p = producer(pairs)) {
            for (int n = 0; n < many; n++) {
                sent.add(p.send(new ProducerRecord<>(to, 0, null, "the same words " + n)));
            }
            for (int n = 0; n < many; n++) {
                equal(sent.get(n).get().offset(), (long) n);
            }
        }
    }

    static void idempotentInEveryCodec() throws Exception {
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            String to = topic(1);
            write(to, 500, "acks", "all", "enable.idempotence", "true", "compression.type", codec, "batch.size", "2000");
            try (KafkaConsumer<String, String> c = consumer(name("group"))) {
                c.subscribe(List.of(to));
                List<ConsumerRecord<String, String>> found = read(c, 500);
                for (int n = 0; n < 500; n++) {
                    equal(found.get(n).value(), "the same words " + n);
                    equal(found.get(n).offset(), (long) n);
                }
            }
        }
    }

    static void keysHeadersNulls() throws Exception {
        String to = topic(2);
        try (KafkaProducer<String, String> p = producer(); KafkaConsumer<String, String> c = consumer(name("group"))) {
            p.send(new ProducerRecord<>(to, 1, 1_700_000_000_123L, "k", "v", List.of(new RecordHeader("h", "1".getBytes(StandardCharsets.UTF_8)), new RecordHeader("h", null)))).get();
            p.send(new ProducerRecord<>(to, 1, "k", null)).get();
            c.assign(List.of(new TopicPartition(to, 1)));
            List<ConsumerRecord<String, String>> found = read(c, 2);
            equal(List.of(found.get(0).key(), found.get(0).value(), found.get(0).timestamp()), List.of("k", "v", 1_700_000_000_123L));
            equal(found.get(0).headers().toArray().length, 2);
            equal(found.get(0).headers().lastHeader("h").value(), null);
            equal(found.get(1).value(), null);
        }
    }

    static void groupGoesOn() throws Exception {
        String to = topic(1);
        String group = name("group");
        write(to, 5);
        try (KafkaConsumer<String, String> c = consumer(group)) {
            c.subscribe(List.of(to));
            read(c, 5);
            c.commitSync(Map.of(new TopicPartition(to, 0), new OffsetAndMetadata(3, Optional.empty(), "noted")));
        }
        try (KafkaConsumer<String, String> c = consumer(group)) {
            c.subscribe(List.of(to));
            equal(read(c, 2).get(0).offset(), 3L);
            equal(c.committed(java.util.Set.of(new TopicPartition(to, 0))).get(new TopicPartition(to, 0)).metadata(), "noted");
        }
    }

    static void membersShare(String assignor, String instance) throws Exception {
        String to = topic(6);
        String group = name("group");
        List<KafkaConsumer<String, String>> members = new ArrayList<>();
        for (int n = 0; n < 3; n++) {
            members.add(instance == null ? consumer(group, "partition.assignment.strategy", assignor)
                : consumer(group, "partition.assignment.strategy", assignor, "group.instance.id", instance + n));
            members.get(n).subscribe(List.of(to));
        }
        settled(members, 6);
        ConsumerGroupDescription described = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        equal(described.members().size(), 3);
        if (instance == null) {
            members.remove(0).close();
            settled(members, 6);
        }
        members.forEach(KafkaConsumer::close);
    }

    /** Polls in turn until the members own all partitions, each once, evenly. */
    static void settled(List<KafkaConsumer<String, String>> members, int partitions) {
        long limit = System.nanoTime() + 40_000_000_000L;
        while (true) {
            List<Integer> owned = new ArrayList<>();
            boolean even = true;
            for (KafkaConsumer<String, String> member : members) {
                member.poll(Duration.ofMillis(100));
                member.assignment().forEach(p -> owned.add(p.partition()));
                even &= member.assignment().size() == partitions / members.size();
            }
            Collections.sort(owned);
            if (even && owned.size() == partitions && owned.stream().distinct().count() == partitions) {
                return;
            }
            if (System.nanoTime() > limit) {
                throw new AssertionError("not settled: " + owned);
            }
        }
    }

    static void offsetsAndTimes() throws Exception {
        String to = topic(1, "retention.ms", "-1");
        TopicPartition partition = new TopicPartition(to, 0);
        try (KafkaProducer<String, String> p = producer(); KafkaConsumer<String, String> c = consumer(name("group"))) {
            for (int n = 0; n < 5; n++) {
                p.send(new ProducerRecord<>(to, 0, 1_700_000_000_000L + n * 1000, null, "v" + n)).get();
            }
            equal(c.beginningOffsets(List.of(partition)).get(partition), 0L);
            equal(c.endOffsets(List.of(partition)).get(partition), 5L);
            equal(c.offsetsForTimes(Map.of(partition, 1_700_000_002_500L)).get(partition).offset(), 3L);
            equal(c.offsetsForTimes(Map.of(partition, 1_800_000_000_000L)).get(partition), null);
            equal(admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all().get().get(partition).offset(), 5L);
            equal(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(2))).lowWatermarks().get(partition).get().lowWatermark(), 2L);
            c.assign(List.of(partition));
            c.seek(partition, 4);
            equal(read(c, 1).get(0).value(), "v4");
            c.seekToBeginning(List.of(partition));
            equal(read(c, 3).get(0).value(), "v2");
        }
    }

    static void administration() throws Exception {
        String made = topic(2, "retention.ms", "60000");
        try {
            admin.createTopics(List.of(new NewTopic(made, 1, (short) 1))).all().get();
            throw new AssertionError("created twice");
        } catch (ExecutionException error) {
            equal(error.getCause().getClass(), TopicExistsException.class);
        }
        admin.createPartitions(Map.of(made, NewPartitions.increaseTo(4))).all().get();
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, made);
        AlterConfigOp compact = new AlterConfigOp(new ConfigEntry("cleanup.policy", "compact"), AlterConfigOp.OpType.APPEND);
        admin.incrementalAlterConfigs(Map.of(resource, List.of(compact))).all().get();
        Thread.sleep(300);
        Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
        equal(config.get("retention.ms").value(), "60000");
        equal(config.get("cleanup.policy").value(), "delete,compact");
        equal(config.get("cleanup.policy").source(), ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
        equal(admin.describeCluster().nodes().get().size(), 1);
        admin.deleteTopics(List.of(made)).all().get();
        Thread.sleep(300);
        equal(admin.listTopics().names().get().contains(made), false);
    }

    static void oversizedMessage() throws Exception {
        String to = topic(1, "max.message.bytes", "2000");
        try (KafkaProducer<String, String> p = producer("retries", "0")) {
            p.send(new ProducerRecord<>(to, "x".repeat(5000))).get();
            throw new AssertionError("taken");
        } catch (ExecutionException error) {
            equal(error.getCause().getClass(), RecordTooLargeException.class);
        }
    }

    public static void main(String[] arguments) throws Exception {
        bootstrap = arguments[0];
        admin = Admin.create(settings());
        String cooperative = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
        String range = "org.apache.kafka.clients.consumer.RangeAssignor";
        Map<String, Check> checks = new java.util.LinkedHashMap<>();
        checks.put("idempotent producer in every codec", ClientChecks::idempotentInEveryCodec);
        checks.put("keys, headers, nulls", ClientChecks::keysHeadersNulls);
        checks.put("a group goes on where it committed", ClientChecks::groupGoesOn);
        checks.put("eager members share", () -> membersShare(range, null));
        checks.put("cooperative members share", () -> membersShare(cooperative, null));
        checks.put("static members share", () -> membersShare(range, "instance-"));
        checks.put("offsets and times", ClientChecks::offsetsAndTimes);
        checks.put("administration", ClientChecks::administration);
        checks.put("oversized message", ClientChecks::oversizedMessage);
        for (Map.Entry<String, Check> check : checks.entrySet()) {
            long began = System.nanoTime();
            try {
                check.getValue().run();
            } catch (Throwable error) {
                System.out.println("FAILED " + check.getKey());
                error.printStackTrace(System.out);
                Runtime.getRuntime().halt(1);
            }
            System.out.printf("ok %s (%.1f s)%n", check.getKey(), (System.nanoTime() - began) / 1e9);
        }
        Runtime.getRuntime().halt(0);
    }
}

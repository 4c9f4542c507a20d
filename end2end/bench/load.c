/* Load generator over librdkafka, as cheap per message as the library allows, so that the broker is what is measured.
 *
 *   load produce BOOTSTRAP TOPIC COUNT SIZE CLIENTS LINGER_MS [name=value]...
 *   load consume BOOTSTRAP TOPIC PARTITIONS COUNT [name=value]...
 *   load latency BOOTSTRAP TOPIC PARTITIONS RATE SECONDS SIZE LINGER_MS [name=value]...
 *
 * One line of JSON on stdout. Latency is counted from the moment a message was DUE, not sent: a stalled
 * producer therefore shows in the figure (no coordinated omission).
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "rdkafka.h"

#define CLIENTS_MAX 64
#define POLL_EVERY 512

static const char *bootstrap, *topic;
static char **settings;
static int settings_count;
static atomic_long delivered, failed;

static void die(const char *what, const char *why) {
    fprintf(stderr, "load: %s: %s\n", what, why);
    exit(1);
}

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char why[256];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK)
        die(name, why);
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    (void)rk, (void)opaque;
    atomic_fetch_add_explicit(message->err ? &failed : &delivered, 1, memory_order_relaxed);
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *linger_ms) {
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", bootstrap);
    if (type == RD_KAFKA_PRODUCER) {
        set(conf, "linger.ms", linger_ms);
        set(conf, "acks", "all");
        set(conf, "queue.buffering.max.messages", "500000");
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    } else {
        set(conf, "group.id", "bench");
        set(conf, "enable.auto.commit", "false");
        /* With few messages allowed in the client's queue, one pause of the machine makes it fetch at most once per
         * fetch.queue.backoff.ms (1 s) and megabyte, which is less than the paced rate: it would never catch up. */
        set(conf, "queued.min.messages", linger_ms ? "100000" : "1000000");
        set(conf, "fetch.wait.max.ms", "500");
    }
    for (int i = 0; i < settings_count; i++) {
        char *pair = strdup(settings[i]), *value = strchr(pair, '=');
        if (!value)
            die(pair, "name=value expected");
        *value = 0;
        set(conf, pair, value + 1);
        free(pair);
    }
    rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof why);
    if (!rk)
        die("client", why);
    return rk;
}

/* ---- produce ---- */

struct producer {
    pthread_t thread;
    long count;
    size_t size;
    const char *linger_ms;
};

static void *produce(void *argument) {
    struct producer *me = argument;
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, me->linger_ms);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
    char *payload = malloc(me->size);
    for (size_t i = 0; i < me->size; i++)
        payload[i] = (char)('a' + i * 7919 % 26);
    for (long sent = 0; sent < me->count;) {
        if (rd_kafka_produce(rkt, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, payload, me->size, NULL, 0, NULL) == 0) {
            if (++sent % POLL_EVERY == 0)
                rd_kafka_poll(rk, 0);
        } else if (rd_kafka_last_error() == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            rd_kafka_poll(rk, 5);
        } else {
            die("produce", rd_kafka_err2str(rd_kafka_last_error()));
        }
    }
    while (rd_kafka_outq_len(rk) > 0)
        rd_kafka_poll(rk, 50);
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    free(payload);
    return NULL;
}

static int main_produce(long count, size_t size, int clients, const char *linger_ms) {
    static struct producer all[CLIENTS_MAX];
    if (clients < 1 || clients > CLIENTS_MAX)
        die("clients", "1 to 64");
    int64_t start = now_us();
    for (int i = 0; i < clients; i++) {
        all[i] = (struct producer){.count = count / clients, .size = size, .linger_ms = linger_ms};
        pthread_create(&all[i].thread, NULL, produce, &all[i]);
    }
    for (int i = 0; i < clients; i++)
        pthread_join(all[i].thread, NULL);
    double seconds = (double)(now_us() - start) / 1e6;
    long good = atomic_load(&delivered);
    printf("{\"records\": %ld, \"failed\": %ld, \"seconds\": %.3f, \"mb_s\": %.1f}\n", good, atomic_load(&failed), seconds,
           (double)good * (double)size / 1e6 / seconds);
    return atomic_load(&failed) == 0 ? 0 : 1;
}

/* ---- consume ---- */

static void assign(rd_kafka_t *rk, int partitions, int at_end) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int p = 0; p < partitions; p++) {
        int64_t low = 0, high = 0;
        rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(rk, topic, p, &low, &high, 10000);
        if (err)
            die("watermarks", rd_kafka_err2str(err));
        rd_kafka_topic_partition_list_add(list, topic, p)->offset = at_end ? high : low;
    }
    if (rd_kafka_assign(rk, list))
        die("assign", "refused");
    rd_kafka_topic_partition_list_destroy(list);
}

static int main_consume(int partitions, long count) {
    enum { BATCH = 2000 };
    static rd_kafka_message_t *messages[BATCH];
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, NULL);
    rd_kafka_poll_set_consumer(rk);
    int64_t start = now_us(), last = start;
    long got = 0, bytes = 0;
    assign(rk, partitions, 0);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
    while (got < count && now_us() - last < 20000000) {
        ssize_t n = rd_kafka_consume_batch_queue(queue, 200, messages, BATCH);
        for (ssize_t i = 0; i < n; i++) {
            if (!messages[i]->err) {
                got++;
                bytes += (long)messages[i]->len;
                last = 0;
            }
            rd_kafka_message_destroy(messages[i]);
        }
        if (last == 0)
            last = now_us();
    }
    double seconds = (double)(last - start) / 1e6;
    printf("{\"records\": %ld, \"seconds\": %.3f, \"mb_s\": %.1f}\n", got, seconds, (double)bytes / 1e6 / seconds);
    fflush(stdout);
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return got == count ? 0 : 1;
}

/* ---- latency ---- */

static int64_t *samples;
static long wanted;
static atomic_long taken;
static int latency_partitions;
static atomic_int ready;

static void *collect(void *argument) {
    (void)argument;
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, "low");
    rd_kafka_poll_set_consumer(rk);
    assign(rk, latency_partitions, 1);
    int64_t quiet_since = now_us();
    atomic_store(&ready, 1);
    while (atomic_load(&taken) < wanted && now_us() - quiet_since < 15000000) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(rk, 200);
        if (message && !message->err && message->len >= sizeof(int64_t)) {
            int64_t due;
            memcpy(&due, message->payload, sizeof due);
            quiet_since = now_us();
            samples[atomic_fetch_add(&taken, 1)] = quiet_since - due;
        }
        if (message)
            rd_kafka_message_destroy(message);
    }
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return NULL;
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double percentile_ms(long n, double p) {
    long at = (long)(p * (double)n);
    return n ? (double)samples[at < n ? at : n - 1] / 1000.0 : 0;
}

static void pace(rd_kafka_t *rk, rd_kafka_topic_t *rkt, int rate, size_t size) {
    char *payload = calloc(1, size);
    int64_t start = now_us() + 2000;
    for (long sent = 0; sent < wanted;) {
        int64_t due = start + (int64_t)((double)sent * 1e6 / rate), wait = due - now_us();
        if (wait > 0) {
            /* Below a millisecond a sleep is coarser than the gap: what fell due meanwhile goes out together. */
            struct timespec nap = {wait / 1000000, wait % 1000000 * 1000};
            rd_kafka_poll(rk, 0);
            nanosleep(&nap, NULL);
            continue;
        }
        memcpy(payload, &due, sizeof due);
        if (rd_kafka_produce(rkt, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, payload, size, NULL, 0, NULL) == 0)
            sent++;
        else
            rd_kafka_poll(rk, 1);
    }
    while (rd_kafka_outq_len(rk) > 0)
        rd_kafka_poll(rk, 20);
    free(payload);
}

static int main_latency(int partitions, int rate, int seconds, size_t size, const char *linger_ms) {
    pthread_t reader;
    wanted = (long)rate * seconds;
    latency_partitions = partitions;
    samples = calloc((size_t)wanted, sizeof *samples);
    pthread_create(&reader, NULL, collect, NULL);
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, linger_ms);
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
    while (!atomic_load(&ready))
        rd_kafka_poll(rk, 20);
    struct timespec settle = {0, 500000000};
    nanosleep(&settle, NULL);
    int64_t start = now_us();
    pace(rk, rkt, rate, size);
    double took = (double)(now_us() - start) / 1e6;
    pthread_join(reader, NULL);
    long n = atomic_load(&taken);
    qsort(samples, (size_t)n, sizeof *samples, by_size);
    printf("{\"records\": %ld, \"failed\": %ld, \"seconds\": %.3f, \"rate\": %.0f, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"p999_ms\": %.2f, \"max_ms\": %.2f}\n",
           n, atomic_load(&failed), took, (double)wanted / took, percentile_ms(n, .5), percentile_ms(n, .99), percentile_ms(n, .999), percentile_ms(n, 1));
    rd_kafka_topic_destroy(rkt);
    rd_kafka_destroy(rk);
    return n == wanted ? 0 : 1;
}

static long number(const char *text) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || *end || value < 0)
        die(text, "a count expected");
    return value;
}

int main(int argc, char **argv) {
    int given = argc < 4 ? 0 : !strcmp(argv[1], "produce") ? 8 : !strcmp(argv[1], "consume") ? 6 : !strcmp(argv[1], "latency") ? 9 : 0;
    if (!given || argc < given)
        die("arguments", "see the head of load.c");
    bootstrap = argv[2];
    topic = argv[3];
    settings = argv + given;
    settings_count = argc - given;
    if (given == 8)
        return main_produce(number(argv[4]), (size_t)number(argv[5]), (int)number(argv[6]), argv[7]);
    if (given == 6)
        return main_consume((int)number(argv[4]), number(argv[5]));
    return main_latency((int)number(argv[4]), (int)number(argv[5]), (int)number(argv[6]), (size_t)number(argv[7]), argv[8]);
}

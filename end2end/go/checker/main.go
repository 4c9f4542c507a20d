// Producer and consumer of the exactly-once check over franz-go; suites/checker.py tells what it prints.
//
//	checker produce BOOTSTRAP TOPIC PARTITIONS COUNT SIZE PRODUCER RATE
//	checker consume BOOTSTRAP TOPIC GROUP MEMBERS TOTAL FILE
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const header = 11

func die(what string, err error) {
	fmt.Fprintf(os.Stderr, "checker: %s: %v\n", what, err)
	os.Exit(1)
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		die(text, err)
	}
	return value
}

func main() {
	if len(os.Args) < 8 {
		die("arguments", fmt.Errorf("see the head of main.go"))
	}
	a := os.Args
	if a[1] == "produce" {
		produce(a[2], a[3], number(a[4]), number(a[5]), number(a[6]), number(a[7]), number(a[8]))
	} else {
		consume(a[2], a[3], a[4], number(a[5]), number(a[6]), a[7])
	}
}

// value is one message: producer, partition, number within the partition, checksum of the rest, the rest.
func value(producer, partition, n, size int) []byte {
	v := make([]byte, size)
	v[0] = byte(producer)
	binary.BigEndian.PutUint16(v[1:], uint16(partition))
	binary.BigEndian.PutUint32(v[3:], uint32(n))
	state := uint32(n*2654435761 + producer)
	for i := header; i < size; i++ {
		state = state*1664525 + 1013904223
		v[i] = byte(state >> 24)
	}
	binary.BigEndian.PutUint32(v[7:], crc32.ChecksumIEEE(v[header:]))
	return v
}

// produce sends at no more than rate messages a second (0: as fast as it goes), without making up for lost time.
func produce(bootstrap, topic string, partitions, count, size, producer, rate int) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(bootstrap), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.RecordDeliveryTimeout(10*time.Minute), kgo.MaxBufferedRecords(20000), kgo.ProducerLinger(5*time.Millisecond),
		kgo.UnknownTopicRetries(-1), kgo.RetryTimeout(10*time.Minute))
	if err != nil {
		die("client", err)
	}
	var mutex sync.Mutex
	acked, failures := make([]int, partitions), []string{}
	for i := 0; i < count; i++ {
		if rate > 0 && i%100 == 99 {
			time.Sleep(100 * time.Second / time.Duration(rate))
		}
		partition := i % partitions
		record := &kgo.Record{Topic: topic, Partition: int32(partition), Value: value(producer, partition, i/partitions, size)}
		client.Produce(context.Background(), record, func(r *kgo.Record, err error) {
			mutex.Lock()
			defer mutex.Unlock()
			if err != nil {
				failures = append(failures, err.Error())
			} else {
				acked[r.Partition]++
			}
		})
	}
	if err := client.Flush(context.Background()); err != nil {
		die("flush", err)
	}
	client.Close()
	if len(failures) > 3 {
		failures = append(failures[:3], fmt.Sprintf("%d in all", len(failures)))
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"acked": acked, "failures": failures})
}

func consume(bootstrap, topic, group string, members, total int, file string) {
	f, err := os.Create(file)
	if err != nil {
		die(file, err)
	}
	out := bufio.NewWriterSize(f, 1<<20)
	next := map[int32]int64{}
	seen := int64(0)
	var mutex sync.Mutex
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	note := func(r *kgo.Record) {
		row := make([]byte, 20)
		binary.BigEndian.PutUint32(row, uint32(r.Partition))
		binary.BigEndian.PutUint64(row[4:], uint64(r.Offset))
		if len(r.Value) >= header {
			copy(row[12:15], r.Value[:3])
			copy(row[15:19], r.Value[3:7])
			if crc32.ChecksumIEEE(r.Value[header:]) == binary.BigEndian.Uint32(r.Value[7:]) {
				row[19] = 1
			}
		}
		out.Write(row)
		if r.Offset >= next[r.Partition] {
			seen += r.Offset + 1 - next[r.Partition]
			next[r.Partition] = r.Offset + 1
		}
	}
	var wait sync.WaitGroup
	for m := 0; m < members; m++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			client, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic),
				kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.SessionTimeout(10*time.Second), kgo.HeartbeatInterval(time.Second),
				kgo.AutoCommitInterval(time.Second))
			if err != nil {
				die("client", err)
			}
			for ctx.Err() == nil {
				fetches := client.PollFetches(ctx)
				mutex.Lock()
				fetches.EachRecord(note)
				if seen >= int64(total) {
					cancel()
				}
				mutex.Unlock()
			}
			client.CommitUncommittedOffsets(context.Background())
			client.Close()
		}()
	}
	wait.Wait()
	out.Flush()
	f.Close()
	fmt.Printf("{\"seen\": %d}\n", seen)
}

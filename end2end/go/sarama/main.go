// sarama: the Go client that sends what its configured version implies. Prints "ok …" for each check; the first that fails ends it.
//
//	sarama BOOTSTRAP
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

var (
	bootstrap string
	count     int
)

func name(what string) string {
	count++
	return fmt.Sprintf("%s-go-%d-%d", what, os.Getpid(), count)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func equal(got, want any) {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		panic(fmt.Errorf("got %v, want %v", got, want))
	}
}

func config(version sarama.KafkaVersion) *sarama.Config {
	c := sarama.NewConfig()
	c.Version = version
	c.ClientID = "sarama-suite"
	c.Producer.Return.Successes = true
	c.Producer.RequiredAcks = sarama.WaitForAll
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	c.Consumer.Group.Session.Timeout = 10 * time.Second
	c.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	return c
}

func admin(c *sarama.Config) sarama.ClusterAdmin {
	a, err := sarama.NewClusterAdmin([]string{bootstrap}, c)
	must(err)
	return a
}

func topic(c *sarama.Config, partitions int32, settings map[string]*string) string {
	made, a := name("topic"), admin(c)
	defer a.Close()
	must(a.CreateTopic(made, &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: settings}, false))
	return made
}

func write(c *sarama.Config, to string, messages ...*sarama.ProducerMessage) {
	producer, err := sarama.NewSyncProducer([]string{bootstrap}, c)
	must(err)
	defer producer.Close()
	for _, m := range messages {
		m.Topic = to
	}
	must(producer.SendMessages(messages))
}

func values(list ...string) []*sarama.ProducerMessage {
	out := []*sarama.ProducerMessage{}
	for _, v := range list {
		out = append(out, &sarama.ProducerMessage{Value: sarama.StringEncoder(v)})
	}
	return out
}

func partitionRead(c *sarama.Config, from string, offset int64, wanted int) []*sarama.ConsumerMessage {
	consumer, err := sarama.NewConsumer([]string{bootstrap}, c)
	must(err)
	defer consumer.Close()
	part, err := consumer.ConsumePartition(from, 0, offset)
	must(err)
	defer part.Close()
	found := []*sarama.ConsumerMessage{}
	for len(found) < wanted {
		select {
		case m := <-part.Messages():
			found = append(found, m)
		case <-time.After(20 * time.Second):
			panic(fmt.Errorf("%d of %d messages", len(found), wanted))
		}
	}
	return found
}

// member collects what one consumer of a group is given.
type member struct {
	mutex   sync.Mutex
	claimed map[int32]bool
	found   []string
}

func (m *member) Setup(s sarama.ConsumerGroupSession) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.claimed = map[int32]bool{}
	for _, partitions := range s.Claims() {
		for _, p := range partitions {
			m.claimed[p] = true
		}
	}
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (m *member) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		m.mutex.Lock()
		m.found = append(m.found, string(message.Value))
		m.mutex.Unlock()
		s.MarkMessage(message, "")
	}
	return nil
}

func (m *member) state() (int, []string) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return len(m.claimed), append([]string{}, m.found...)
}

// join runs a member until the returned function is called.
func join(c *sarama.Config, group, from string) (*member, func()) {
	m := &member{}
	client, err := sarama.NewConsumerGroup([]string{bootstrap}, group, c)
	must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if err := client.Consume(ctx, []string{from}, m); err != nil && !errors.Is(err, sarama.ErrClosedConsumerGroup) {
				fmt.Println("consume:", err)
				time.Sleep(200 * time.Millisecond)
			}
		}
	}()
	return m, func() { cancel(); <-done; must(client.Close()) }
}

func until(what string, true func() bool) {
	for limit := time.Now().Add(30 * time.Second); !true(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(limit) {
			panic(errors.New(what))
		}
	}
}

func roundTrip(c *sarama.Config) {
	codecs := []sarama.CompressionCodec{sarama.CompressionNone, sarama.CompressionGZIP, sarama.CompressionSnappy, sarama.CompressionLZ4}
	if c.Version.IsAtLeast(sarama.V2_1_0_0) {
		codecs = append(codecs, sarama.CompressionZSTD)
	}
	for _, codec := range codecs {
		c.Producer.Compression = codec
		to, sent := topic(c, 1, nil), []string{}
		for n := range 100 {
			sent = append(sent, fmt.Sprintf("the same words %d", n))
		}
		write(c, to, values(sent...)...)
		for n, m := range partitionRead(c, to, sarama.OffsetOldest, 100) {
			equal([]any{m.Offset, string(m.Value)}, []any{n, sent[n]})
		}
	}
	c.Producer.Compression = sarama.CompressionNone
}

func keysHeadersNulls(c *sarama.Config) {
	to, when := topic(c, 1, nil), time.UnixMilli(1700000000123)
	write(c, to,
		&sarama.ProducerMessage{Key: sarama.StringEncoder("k"), Value: sarama.ByteEncoder{0, 255}, Timestamp: when, Headers: []sarama.RecordHeader{{Key: []byte("h"), Value: []byte{7}}}},
		&sarama.ProducerMessage{Key: sarama.StringEncoder("k")})
	found := partitionRead(c, to, sarama.OffsetOldest, 2)
	equal([]any{string(found[0].Key), found[0].Value, found[0].Timestamp.UnixMilli(), string(found[0].Headers[0].Key), found[0].Headers[0].Value}, []any{"k", []byte{0, 255}, when.UnixMilli(), "h", []byte{7}})
	equal(found[1].Value == nil, true)
}

func idempotent(c *sarama.Config) {
	c.Producer.Idempotent, c.Net.MaxOpenRequests = true, 1
	to := topic(c, 1, nil)
	for n := range 10 {
		write(c, to, values(fmt.Sprint(n))...)
	}
	for n, m := range partitionRead(c, to, 0, 10) {
		equal(string(m.Value), n)
	}
	c.Producer.Idempotent, c.Net.MaxOpenRequests = false, 5
}

func groups(c *sarama.Config) {
	to, group := topic(c, 4, nil), name("group")
	write(c, to, values("1", "2", "3")...)
	first, stop := join(c, group, to)
	until("three messages", func() bool { _, f := first.state(); return len(f) == 3 })
	second, stopSecond := join(c, group, to)
	until("two partitions each", func() bool { a, _ := first.state(); b, _ := second.state(); return a == 2 && b == 2 })
	a := admin(c)
	described, err := a.DescribeConsumerGroups([]string{group})
	must(err)
	equal([]any{described[0].State, len(described[0].Members)}, []any{"Stable", 2})
	stopSecond()
	until("all partitions again", func() bool { n, _ := first.state(); return n == 4 })
	stop()
	write(c, to, values("4")...)
	again, stopAgain := join(c, group, to)
	until("the fourth message", func() bool { _, f := again.state(); return len(f) == 1 })
	stopAgain()
	_, f := again.state()
	equal(f, []string{"4"})
	listed, err := a.ListConsumerGroups()
	must(err)
	equal(listed[group], "consumer")
	offsets, err := a.ListConsumerGroupOffsets(group, map[string][]int32{to: {0, 1, 2, 3}})
	must(err)
	total := int64(0)
	for _, block := range offsets.Blocks[to] {
		total += max(0, block.Offset)
	}
	equal(total, 4)
	must(a.DeleteConsumerGroup(group))
	a.Close()
}

func administration(c *sarama.Config) {
	hour := "3600000"
	made, a := topic(c, 2, map[string]*string{"retention.ms": &hour}), admin(c)
	defer a.Close()
	listed, err := a.ListTopics()
	must(err)
	equal([]any{listed[made].NumPartitions, *listed[made].ConfigEntries["retention.ms"]}, []any{2, hour})
	must(a.CreatePartitions(made, 3, nil, false))
	until("three partitions", func() bool {
		described, err := a.DescribeTopics([]string{made})
		must(err)
		return len(described[0].Partitions) == 3
	})
	equal(errors.Is(a.CreateTopic(made, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false), sarama.ErrTopicAlreadyExists), true)
	day := "86400000"
	must(a.AlterConfig(sarama.TopicResource, made, map[string]*string{"retention.ms": &day}, false))
	until("the altered retention", func() bool {
		entries, err := a.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: made, ConfigNames: []string{"retention.ms"}})
		must(err)
		return entries[0].Value == day
	})
	if c.Version.IsAtLeast(sarama.V2_3_0_0) {
		must(a.IncrementalAlterConfig(sarama.TopicResource, made, map[string]sarama.IncrementalAlterConfigsEntry{"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationDelete}}, false))
	}
	write(c, made, &sarama.ProducerMessage{Value: sarama.StringEncoder("x"), Partition: 0})
	brokers, controller, err := a.DescribeCluster()
	must(err)
	equal([]any{len(brokers), brokers[0].Addr(), brokers[0].ID()}, []any{1, bootstrap, controller})
	dirs, err := a.DescribeLogDirs([]int32{controller})
	must(err)
	equal(len(dirs[controller]) > 0, true)
	must(a.DeleteTopic(made))
	until("the topic is gone", func() bool {
		listed, err = a.ListTopics()
		must(err)
		_, still := listed[made]
		return !still
	})
}

func offsets(c *sarama.Config) {
	to := topic(c, 1, nil)
	for n := range 5 {
		write(c, to, &sarama.ProducerMessage{Value: sarama.StringEncoder(fmt.Sprint(n)), Timestamp: time.UnixMilli(1700000000000 + int64(n)*1000)})
	}
	client, err := sarama.NewClient([]string{bootstrap}, c)
	must(err)
	defer client.Close()
	found := []int64{}
	for _, when := range []int64{sarama.OffsetOldest, sarama.OffsetNewest, 1700000002500} {
		offset, err := client.GetOffset(to, 0, when)
		must(err)
		found = append(found, offset)
	}
	equal(found, []int64{0, 5, 3})
	a := admin(c)
	defer a.Close()
	must(a.DeleteRecords(to, map[int32]int64{0: 2}))
	equal(string(partitionRead(c, to, sarama.OffsetOldest, 1)[0].Value), "2")
	oldest, err := client.GetOffset(to, 0, sarama.OffsetOldest)
	must(err)
	equal(oldest, 2)
}

func main() {
	bootstrap = os.Args[1]
	versions := []sarama.KafkaVersion{sarama.V2_1_0_0, sarama.V2_8_0_0, sarama.V3_6_0_0, sarama.V4_0_0_0}
	checks := map[string]func(*sarama.Config){
		"1 round trip in every codec": roundTrip, "2 keys, headers, nulls": keysHeadersNulls, "3 idempotent producer": idempotent,
		"4 groups": groups, "5 administration": administration, "6 offsets and delete records": offsets,
	}
	titles := []string{}
	for title := range checks {
		titles = append(titles, title)
	}
	sort.Strings(titles)
	for _, version := range versions {
		for _, title := range titles {
			began := time.Now()
			checks[title](config(version))
			fmt.Printf("ok as %v: %s (%.1f s)\n", version, strings.TrimLeft(title, "0123456789 "), time.Since(began).Seconds())
		}
	}
}

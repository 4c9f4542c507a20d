// Prints messages until it is stopped:
//
//	go mod init consumer && go get github.com/twmb/franz-go && go run consumer.go
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	client, err := kgo.NewClient(
		kgo.SeedBrokers("{{bootstrap}}"),
		kgo.ConsumerGroup("{{group}}"),
		kgo.ConsumeTopics("{{topic}}"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	for {
		fetches := client.PollFetches(context.Background())
		if err := fetches.Err(); err != nil {
			log.Fatal(err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			fmt.Printf("partition %d, offset %d: %s = %s\n", record.Partition, record.Offset, record.Key, record.Value)
		})
	}
}

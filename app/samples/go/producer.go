// Sends ten messages:
//
//	go mod init producer && go get github.com/twmb/franz-go && go run producer.go
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	client, err := kgo.NewClient(kgo.SeedBrokers("{{bootstrap}}"))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	for i := 0; i < 10; i++ {
		record := &kgo.Record{
			Topic: "{{topic}}",
			Key:   []byte(fmt.Sprintf("key-%d", i)),
			Value: []byte(fmt.Sprintf("message %d", i)),
		}
		if err := client.ProduceSync(context.Background(), record).FirstErr(); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("sent to partition %d, offset %d\n", record.Partition, record.Offset)
	}
}

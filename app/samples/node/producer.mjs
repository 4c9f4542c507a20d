// Sends ten messages:
//   npm install kafkajs && node producer.mjs

import kafkajs from 'kafkajs'

const { Kafka, Partitioners } = kafkajs
const kafka = new Kafka({ clientId: 'producer', brokers: ["{{bootstrap}}"] })
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })

await producer.connect()
for (let i = 0; i < 10; i++) {
  const messages = [{ key: `key-${i}`, value: `message ${i}` }]
  const [sent] = await producer.send({ topic: "{{topic}}", messages })
  console.log(`sent to partition ${sent.partition}, offset ${sent.baseOffset}`)
}
await producer.disconnect()

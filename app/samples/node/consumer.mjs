// Prints messages until it is stopped:
//   npm install kafkajs && node consumer.mjs

import kafkajs from 'kafkajs'

const { Kafka } = kafkajs
const kafka = new Kafka({ clientId: 'consumer', brokers: ["{{bootstrap}}"] })
const consumer = kafka.consumer({ groupId: "{{group}}" })

await consumer.connect()
await consumer.subscribe({ topic: "{{topic}}", fromBeginning: true })
await consumer.run({
  eachMessage: async ({ partition, message }) => {
    console.log(`partition ${partition}, offset ${message.offset}: ${message.key} = ${message.value}`)
  },
})

// Topics and messages every journey may look at; none may change them.
import kafkajs from 'kafkajs'

const { Kafka, logLevel, CompressionTypes, Partitioners } = kafkajs

/** A client id that would run if a page showed it raw. */
export const HOSTILE_ID = '<script>alert("client")</script>'
export const MIB = 1 << 20

/** A connected admin and producer. */
export async function connect(bootstrap) {
  const kafka = new Kafka({ clientId: HOSTILE_ID, brokers: [bootstrap], logLevel: logLevel.NOTHING, requestTimeout: 30_000 })
  const [admin, producer] = [kafka.admin(), kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })]
  await Promise.all([admin.connect(), producer.connect()])
  return { admin, producer }
}

/** Sends messages by a producer that knows of no other topic: one that is gone would make it fail. */
export async function produce(bootstrap, topic, messages) {
  const kafka = await connect(bootstrap)
  await kafka.producer.send({ topic, messages })
  await disconnect(kafka)
}

export async function disconnect({ admin, producer }) {
  await Promise.all([admin.disconnect(), producer.disconnect()])
}

/** Creates topics `[name, partitions]`. */
export async function createTopics(admin, topics) {
  await admin.createTopics({ topics: topics.map(([topic, numPartitions]) => ({ topic, numPartitions, replicationFactor: 1 })), waitForLeaders: true })
}

/** The time of the first message of `orders`, ms; each further one is a minute later. */
export const FIRST_MS = Date.now() - 40 * 60_000 - (Date.now() % 60_000)

export const BINARY = Buffer.from(Array.from({ length: 300 }, (_, i) => i % 256))
export const JSON_VALUE = '{"order":9007199254740993,"name":"Müller","items":[1.50,null,true]}'

export const HOSTILE = [
  { key: '<script>alert("key")</script>', value: '<img src=x onerror=alert("value")>', headers: { '"><script>alert("header")</script>': '<svg onload=alert("header value")>' } },
  { key: Buffer.from([0xff, 0xfe, 0x3c, 0x62, 0x3e]), value: Buffer.from('a\0b\u202egnp.exe\u2066</pre><script>alert(1)</script>'), headers: { rtl: '\u202etxt\u0000' } },
  { key: null, value: null },
  { key: '', value: '' },
  { key: 'json', value: '{"a":"</code></pre><script>alert(\\"json\\")</script>","\\u202e":1}' },
]

async function sowOrders({ admin, producer }) {
  await createTopics(admin, [['orders', 1]])
  const messages = Array.from({ length: 70 }, (_, i) => ({ key: `order-${i}`, value: `message ${i}`, timestamp: String(FIRST_MS + Math.min(i, 39) * 60_000) }))
  messages[3] = { ...messages[3], value: JSON_VALUE, headers: { source: 'shop', trace: Buffer.from([0, 1, 255]) } }
  messages[4] = { ...messages[4], key: BINARY.subarray(0, 20), value: BINARY }
  await producer.send({ topic: 'orders', messages })
}

/** Incompressible enough, and the same everywhere. */
export function bigValue(bytes) {
  const value = Buffer.alloc(bytes)
  let state = 88172645
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1103515245) + 12345) | 0
    value[i] = 32 + ((state >>> 16) % 90)
  }
  return value
}

async function sowBig({ admin, producer }) {
  await createTopics(admin, [['big', 1]])
  await producer.send({ topic: 'big', compression: CompressionTypes.GZIP, messages: [{ key: 'big', value: bigValue(10 * MIB) }] })
}

/** Fills the server. */
export async function sow(kafka) {
  await sowOrders(kafka)
  await createTopics(kafka.admin, [['hostile', 1], ['empty', 2], ...Array.from({ length: 30 }, (_, i) => [`list-${String(i).padStart(2, '0')}`, 1 + (i % 3)])])
  await kafka.producer.send({ topic: 'hostile', messages: HOSTILE })
  // A group makes the internal topic of offsets.
  await kafka.admin.setOffsets({ groupId: HOSTILE_ID, topic: 'orders', partitions: [{ partition: 0, offset: '5' }] })
  // A group with nobody in it, behind in one topic and without a commit in a partition of another.
  for (const [topic, offset] of [['orders', '30'], ['empty', '0']]) await kafka.admin.setOffsets({ groupId: 'readers', topic, partitions: [{ partition: 0, offset }] })
  await sowBig(kafka)
}

/** Offsets of a group without members: `{ partition: offset }`. */
export async function commit(admin, groupId, topic, offsets) {
  await admin.setOffsets({ groupId, topic, partitions: Object.entries(offsets).map(([partition, offset]) => ({ partition: Number(partition), offset: String(offset) })) })
}

/** A consumer that has joined its group; stop it by `disconnect`. */
export async function join(bootstrap, groupId, topic, clientId = 'reader') {
  const kafka = new Kafka({ clientId, brokers: [bootstrap], logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId, sessionTimeout: 20_000, heartbeatInterval: 1_000 })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic] })
  const joined = new Promise((done) => consumer.on(consumer.events.GROUP_JOIN, done))
  await consumer.run({ autoCommit: false, eachMessage: async () => {} })
  await joined
  return consumer
}

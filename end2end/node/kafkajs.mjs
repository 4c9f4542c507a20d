// kafkajs: never speaks a flexible request version. Prints a line "ok …" for each check; the first that fails ends it.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'

const { Kafka, logLevel, CompressionTypes, ConfigResourceTypes } = kafkajs
const bootstrap = process.argv[2]
const kafka = new Kafka({ clientId: 'kafkajs-suite', brokers: [bootstrap], logLevel: logLevel.ERROR, retry: { retries: 5 } })
const admin = kafka.admin()
let count = 0
const name = (what) => `${what}-js-${process.pid}-${++count}`

async function topic(numPartitions = 1, configEntries = []) {
  const made = name('topic')
  await admin.createTopics({ topics: [{ topic: made, numPartitions, replicationFactor: 1, configEntries }], waitForLeaders: true })
  return made
}

/** Reads until `wanted` messages came, through a group. */
async function read(from, wanted, groupId = name('group'), options = {}) {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 10000, heartbeatInterval: 500, ...options })
  await consumer.connect()
  await consumer.subscribe({ topics: [from], fromBeginning: true })
  const found = []
  await new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`${found.length} of ${wanted} messages`)), 30000)
    consumer.run({
      autoCommitThreshold: 1,
      eachMessage: async ({ partition, message }) => {
        found.push({ partition, ...message })
        if (found.length === wanted) {
          clearTimeout(timer)
          done()
        }
      },
    }).catch(fail)
  })
  await consumer.stop()
  await consumer.disconnect()
  return found
}

async function write(to, messages, options = {}, producerOptions = {}) {
  const producer = kafka.producer(producerOptions)
  await producer.connect()
  const answer = await producer.send({ topic: to, acks: -1, messages, ...options })
  await producer.disconnect()
  return answer
}

const checks = {
  async 'produce and consume'() {
    const to = await topic()
    const values = Array.from({ length: 500 }, (_, n) => `value ${n}`)
    const [sent] = await write(to, values.map((value) => ({ value })))
    assert.equal(sent.baseOffset, '0')
    const found = await read(to, 500)
    assert.deepEqual(found.map((m) => m.value.toString()), values)
    assert.deepEqual(found.map((m) => m.offset), values.map((_, n) => String(n)))
  },
  async 'keys, headers, nulls, timestamps'() {
    const to = await topic()
    await write(to, [
      { key: 'k', value: Buffer.from([0, 255]), headers: { a: '1', b: Buffer.from([7]) }, timestamp: '1700000000123' },
      { key: 'k', value: null },
    ])
    const [first, second] = await read(to, 2)
    assert.deepEqual([first.key.toString(), [...first.value], first.timestamp], ['k', [0, 255], '1700000000123'])
    assert.deepEqual([first.headers.a.toString(), [...first.headers.b]], ['1', [7]])
    assert.equal(second.value, null)
  },
  async 'gzip'() {
    const to = await topic()
    await write(to, Array.from({ length: 200 }, (_, n) => ({ value: `the same words ${n}` })), { compression: CompressionTypes.GZIP })
    assert.equal((await read(to, 200))[199].value.toString(), 'the same words 199')
  },
  async 'acks 0 and 1'() {
    const to = await topic()
    await write(to, [{ value: 'zero' }], { acks: 0 })
    await sleep(300)
    await write(to, [{ value: 'one' }], { acks: 1 })
    assert.deepEqual((await read(to, 2)).map((m) => m.value.toString()), ['zero', 'one'])
  },
  async 'idempotent producer'() {
    const to = await topic()
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    for (let n = 0; n < 20; n++) await producer.send({ topic: to, messages: [{ value: String(n) }] })
    await producer.disconnect()
    assert.deepEqual((await read(to, 20)).map((m) => m.value.toString()), Array.from({ length: 20 }, (_, n) => String(n)))
  },
  async 'keys keep their partition'() {
    const to = await topic(6)
    await write(to, Array.from({ length: 60 }, (_, n) => ({ key: `k${n % 10}`, value: String(n) })))
    const homes = {}
    for (const m of await read(to, 60)) (homes[m.key] ??= new Set()).add(m.partition)
    assert.equal(Object.keys(homes).length, 10)
    assert.ok(Object.values(homes).every((h) => h.size === 1))
  },
  async 'a group goes on where it was'() {
    const to = await topic()
    const group = name('group')
    await write(to, [{ value: '1' }, { value: '2' }])
    await read(to, 2, group)
    await write(to, [{ value: '3' }])
    assert.deepEqual((await read(to, 1, group)).map((m) => m.value.toString()), ['3'])
  },
  async 'two members share the partitions'() {
    const to = await topic(4)
    const group = name('group')
    const owned = {}
    const members = await Promise.all([0, 1].map(async (n) => {
      const consumer = kafka.consumer({ groupId: group, sessionTimeout: 10000, heartbeatInterval: 300 })
      consumer.on(consumer.events.GROUP_JOIN, (e) => { owned[n] = e.payload.memberAssignment[to] ?? [] })
      await consumer.connect()
      await consumer.subscribe({ topics: [to] })
      await consumer.run({ eachMessage: async () => {} })
      return consumer
    }))
    const good = () => [0, 1].every((n) => owned[n]?.length === 2) && new Set([...owned[0], ...owned[1]]).size === 4
    for (let tries = 0; tries < 200 && !good(); tries++) await sleep(100)
    assert.ok(good(), JSON.stringify(owned))
    const { groups: [described] } = await admin.describeGroups([group])
    assert.deepEqual([described.state, described.members.length], ['Stable', 2])
    await Promise.all(members.map((m) => m.disconnect()))
  },
  async 'seek and pause'() {
    const to = await topic()
    await write(to, Array.from({ length: 10 }, (_, n) => ({ value: String(n) })))
    const consumer = kafka.consumer({ groupId: name('group') })
    await consumer.connect()
    await consumer.subscribe({ topics: [to], fromBeginning: true })
    const found = []
    consumer.run({ eachMessage: async ({ message }) => { found.push(message.value.toString()) } })
    consumer.seek({ topic: to, partition: 0, offset: '7' })
    for (let tries = 0; tries < 100 && found.at(-1) !== '9'; tries++) await sleep(100)
    await consumer.disconnect()
    assert.deepEqual(found.slice(-3), ['7', '8', '9'])
  },
  async 'admin: topics'() {
    const made = await topic(2)
    assert.ok((await admin.listTopics()).includes(made))
    await admin.createPartitions({ topicPartitions: [{ topic: made, count: 3 }] })
    const { topics: [described] } = await admin.fetchTopicMetadata({ topics: [made] })
    assert.equal(described.partitions.length, 3)
    assert.equal(await admin.createTopics({ topics: [{ topic: made }] }), false)
    await admin.deleteTopics({ topics: [made] })
    assert.ok(!(await admin.listTopics()).includes(made))
    await assert.rejects(admin.createTopics({ topics: [{ topic: 'not a name' }] }))
  },
  async 'admin: offsets'() {
    const to = await topic()
    const group = name('group')
    await write(to, [{ value: '1', timestamp: '1700000000000' }, { value: '2', timestamp: '1700000001000' }])
    await read(to, 2, group)
    assert.deepEqual((await admin.fetchTopicOffsets(to)).map((o) => [o.low, o.high]), [['0', '2']])
    assert.equal((await admin.fetchTopicOffsetsByTimestamp(to, 1700000000500))[0].offset, '1')
    assert.equal((await admin.fetchOffsets({ groupId: group, topics: [to] }))[0].partitions[0].offset, '2')
    await admin.setOffsets({ groupId: group, topic: to, partitions: [{ partition: 0, offset: '1' }] })
    assert.equal((await admin.fetchOffsets({ groupId: group, topics: [to] }))[0].partitions[0].offset, '1')
    await admin.deleteTopicRecords({ topic: to, partitions: [{ partition: 0, offset: '1' }] })
    assert.equal((await admin.fetchTopicOffsets(to))[0].low, '1')
  },
  async 'admin: configs'() {
    const to = await topic(1, [{ name: 'retention.ms', value: '60000' }])
    const read = async () => {
      const { resources: [r] } = await admin.describeConfigs({ resources: [{ type: ConfigResourceTypes.TOPIC, name: to }], includeSynonyms: false })
      return Object.fromEntries(r.configEntries.map((e) => [e.configName, e.configValue]))
    }
    assert.equal((await read())['retention.ms'], '60000')
    await admin.alterConfigs({ resources: [{ type: ConfigResourceTypes.TOPIC, name: to, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] }] })
    const now = await read()
    assert.equal(now['cleanup.policy'], 'compact')
    assert.notEqual(now['retention.ms'], '60000')
  },
  async 'admin: groups'() {
    const to = await topic()
    const group = name('group')
    await write(to, [{ value: '1' }])
    await read(to, 1, group)
    assert.ok((await admin.listGroups()).groups.some((g) => g.groupId === group && g.protocolType === 'consumer'))
    await admin.deleteGroups([group])
    assert.ok(!(await admin.listGroups()).groups.some((g) => g.groupId === group))
    await assert.rejects(admin.deleteGroups([group]))
  },
  async 'admin: cluster'() {
    const cluster = await admin.describeCluster()
    assert.equal(cluster.brokers.length, 1)
    assert.equal(`${cluster.brokers[0].host}:${cluster.brokers[0].port}`, bootstrap)
    assert.equal(cluster.controller, cluster.brokers[0].nodeId)
  },
  async 'an oversized message is refused'() {
    const to = await topic(1, [{ name: 'max.message.bytes', value: '1000' }])
    await assert.rejects(write(to, [{ value: Buffer.alloc(5000) }]), (e) => e.type === 'MESSAGE_TOO_LARGE')
  },
}

await admin.connect()
for (const [title, check] of Object.entries(checks)) {
  const began = Date.now()
  try {
    await check()
  } catch (error) {
    console.log(`FAILED ${title}: ${error.stack}`)
    process.exit(1)
  }
  console.log(`ok ${title} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
}
process.exit(0)

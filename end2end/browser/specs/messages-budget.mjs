import assert from 'node:assert/strict'
import zlib from 'node:zlib'
import kafkajs from 'kafkajs'
import { MIB } from '../lib/seed.mjs'

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs
const BATCHES = 260
const LEGS_MAX = 60

/** More than a search may read in one step: 2.5 GiB of zeros, a few megabytes as they are sent. All batches are the same: packed once. */
async function zeros(t, topic) {
  let packed
  CompressionCodecs[CompressionTypes.GZIP] = () => ({
    compress: async (encoder) => (packed ??= zlib.gzipSync(encoder.buffer)),
    decompress: async (buffer) => zlib.gunzipSync(buffer),
  })
  const kafka = new Kafka({ clientId: 'zeros', brokers: [t.server.bootstrap], logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ idempotent: false })
  await producer.connect()
  const messages = Array.from({ length: 10 }, () => ({ value: Buffer.alloc(MIB) }))
  try {
    for (let n = 0; n < BATCHES; n++) await producer.send({ topic, compression: CompressionTypes.GZIP, messages })
  } finally {
    await producer.disconnect()
    delete CompressionCodecs[CompressionTypes.GZIP]
  }
}

/** The topic, sown once for both modes. */
let topic
async function sown(t) {
  if (!topic) {
    topic = await t.topic('budget')
    await zeros(t, topic)
    await t.produce(topic, [{ key: 'last', value: 'needle at the very end' }])
  }
  return topic
}

const progress = async (t) => Number(await t.page.locator('main progress').getAttribute('value'))

// One at a time: what packs the batches belongs to the whole client.
export const options = { alone: true }

export const journeys = {
  async 'a search stops at its budget, says how far it came, and is continued to the end'(t) {
    const topic = await sown(t)
    await t.open(`/messages?topic=${topic}&by=search`)
    await t.fill({ value: 'needle at' })
    await t.press('Query')
    await t.shows('Stopped at its budget, not at the end.')
    await t.shows('offsets are left: it stands at offset')
    assert.equal(await t.page.locator('main tbody tr').count(), 0, 'nothing found yet, and no word that there is nothing')
    assert.ok(!(await t.text('main')).includes('No message matches'))
    const first = await progress(t)
    assert.ok(first > 0 && first < BATCHES * 10, `${first} offsets`)
    let legs = 1
    let stood = first
    while (await t.page.getByRole('link', { name: 'Continue' }).count()) {
      assert.ok(legs++ < LEGS_MAX, 'it does not come to its end')
      await t.press('Continue')
      if (!(await t.page.locator('main progress').count())) break
      const now = await progress(t)
      assert.ok(now > stood, `it stood at ${stood}, now at ${now}`)
      stood = now
    }
    await t.shows('Searched to the end.')
    assert.deepEqual((await t.rows()).map((row) => row[3]), ['last'])
    await t.shows(`Scanned ${(BATCHES * 10 + 1).toLocaleString('en')} messages`)
    await t.press('From the beginning')
    await t.shows('Stopped at its budget, not at the end.')
  },
}

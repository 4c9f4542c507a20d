import assert from 'node:assert/strict'

/** Keys and values of every awkward shape. */
async function sown(t) {
  const topic = await t.topic('widths')
  await t.produce(topic, [
    { key: 'k'.repeat(600), value: `{"text":"${'v'.repeat(900)}"}` },
    { key: Buffer.from(Array.from({ length: 200 }, () => 255)), value: Buffer.from(Array.from({ length: 400 }, () => 254)) },
    { key: '短', value: '一二三四五六七八九十'.repeat(60) },
    { key: null, value: null },
  ])
  return topic
}

export const journeys = {
  async 'a wide key leaves room for the value, and nothing scrolls sideways'(t) {
    const topic = await sown(t)
    for (const width of [1440, 1280, 1024, 768, 360]) {
      await t.page.setViewportSize({ width, height: 900 })
      for (const address of [`/messages?topic=${topic}`, `/messages?topic=${topic}&open=0.0`, `/messages?topic=${topic}&by=search&value=v`, `/messages/one?topic=${topic}&partition=0&offset=0&view=raw`, `/messages/one?topic=${topic}&partition=0&offset=1`]) {
        await t.open(address)
        const found = await t.page.evaluate(() => {
          const row = document.querySelector('.messages tbody tr:not(.detail)')
          const [key, value] = [...(row?.querySelectorAll('td.text') ?? [])].map((cell) => cell.getBoundingClientRect())
          return { page: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth), key: key?.width, value: value?.width, right: value?.right }
        })
        assert.ok(found.page <= width, `${address} is ${found.page} px wide at ${width}`)
        if (found.value === undefined) continue
        assert.ok(found.value >= found.key, `at ${width}: key ${found.key}, value ${found.value}`)
        assert.ok(found.value >= 280, `at ${width} the value has ${found.value} px`)
        if (width === 360) assert.ok(found.right <= width, 'a phone shows the value whole in its width')
      }
    }
    await t.deleteTopic(topic)
  },
}

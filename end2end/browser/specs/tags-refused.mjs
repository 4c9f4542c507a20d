import assert from 'node:assert/strict'

/** Types one tag for a topic and sends it. */
async function bind(t, topic, key, value) {
  await t.open(`/tags/bind?to=topic:${topic}`)
  await t.fill({ 'key-1': key, 'value-1': value })
  await t.press('Bind tags')
}

export const journeys = {
  async 'every rule of the text, at its field'(t) {
    const topic = await t.topic('rules')
    const rules = [
      ['', 'v', 'key-1', 'A key is missing. Enter 1–36 characters.'],
      ['k'.repeat(37), '', 'key-1', '37 characters are too many. Enter 36 at most.'],
      ['k', '值'.repeat(44), 'value-1', '44 characters are too many. Enter 43 at most.'],
      [' k', '', 'key-1', 'It begins or ends with a space.'],
      ['k', 'v ', 'value-1', 'It begins or ends with a space.'],
      ...[...'=*<>\\,|/'].flatMap((char) => [
        [`a${char}b`, '', 'key-1', `“${char}” cannot stand in a tag`],
        ['k', `${char}b`, 'value-1', `“${char}” cannot stand in a tag`],
      ]),
    ]
    for (const [key, value, field, text] of rules) {
      await bind(t, topic, key, value)
      assert.equal(t.status(), 422)
      await t.shows('No tag was bound.')
      await t.refused(field, text, field === 'key-1' ? key : value)
      assert.ok(await t.page.locator(`input[value="topic:${topic}"]`).isChecked(), 'what was chosen is kept')
    }
    await t.open(`/topics/${topic}`)
    assert.equal(await t.page.locator('.facts a.tag').count(), 0)
  },

  async 'nothing typed, nothing chosen, one key twice, a topic that is gone'(t) {
    const topic = await t.topic('gone')
    await t.open('/tags/bind')
    await t.press('Bind tags')
    assert.equal(t.status(), 422)
    await t.shows('No tag was entered. Enter 1–20.')
    await t.shows('Nothing was chosen. Choose 1–50 resources.')
    await t.open(`/tags/bind?to=topic:${topic}`)
    await t.fill({ 'key-1': 'a', 'key-2': 'a' })
    await t.press('Bind tags')
    await t.refused('key-2', 'This key stands here twice.')
    await t.open(`/tags/bind?to=topic:${topic}`)
    await t.deleteTopic(topic)
    await t.fill({ 'key-1': 'a' })
    await t.press('Bind tags')
    await t.shows(`Topic ${topic} is not there.`)
  },

  async 'a full topic and a full tag'(t) {
    const [topic, own] = [await t.topic('full'), t.name('n')]
    const pairs = Array.from({ length: 20 }, (_, i) => `key=${own}-${i}&value=`).join('&')
    await t.open(`/tags/bind?to=topic:${topic}&${pairs}`)
    await t.press('Bind tags')
    await bind(t, topic, `${own}-more`, '')
    await t.shows(`Topic ${topic} would bear 21 tags, 20 are allowed.`)
    const groups = Array.from({ length: 51 }, (_, i) => `to=topic:t${i}`).join('&')
    await t.open(`/tags/bind?key=a&value=&${groups}`)
    await t.press('Bind tags')
    await t.shows('t0 is not there.')
  },
}

import assert from 'node:assert/strict'

const offsets = async (t) => (await t.rows()).map((row) => Number(row[1]))

/** A topic of four partitions: 80 orders by key, one of them a tombstone, some with headers and JSON. */
async function sown(t) {
  const topic = await t.topic('search', 4)
  const messages = Array.from({ length: 80 }, (_, i) => ({ key: `customer-${i % 20}`, value: `{"order":{"id":${i},"lines":[{"sku":"A-${i % 7}"}]},"note":"Blue ${i}"}` }))
  messages[5] = { ...messages[5], headers: { source: 'shop-42', trace: 'x' } }
  messages[6] = { ...messages[6], value: null }
  await t.produce(topic, messages)
  return topic
}

const search = async (t, topic, fields) => {
  await t.open(`/messages?topic=${topic}`)
  await t.press('Search')
  if (Object.keys(fields).some((id) => /^(header|path|json|from|to|first|last)/.test(id)) && !(await t.page.locator('details.more').getAttribute('open'))) await t.page.getByText('More conditions').click()
  for (const [id, value] of Object.entries(fields)) {
    const field = t.page.locator(`#${id}`)
    if (value === true) await field.check()
    else if ((await field.evaluate((node) => node.tagName)) === 'SELECT') await field.selectOption(value)
    else await field.fill(value)
  }
  await t.press('Query')
}

export const journeys = {
  async 'by key in the one partition that holds it, or in all'(t) {
    const topic = await sown(t)
    await search(t, topic, { key: 'customer-3' })
    assert.equal((await offsets(t)).length, 4)
    const rows = await t.rows()
    assert.ok(rows.every((row) => row[3] === 'customer-3'), rows.join('\n'))
    assert.equal(new Set(rows.map((row) => row[0])).size, 1)
    await t.shows(`Only partition ${rows[0][0]} was searched.`)
    await t.shows('Searched to the end.')
    const scanned = Number((await t.text('.status')).match(/Scanned (\d+) messages/)[1])
    assert.ok(scanned < 80, `${scanned} messages of one partition`)
    await t.press('Search all partitions')
    await t.shows('Scanned 80 messages')
    assert.equal((await offsets(t)).length, 4)
    await search(t, topic, { key: 'nobody' })
    await t.shows('No message matches')
    await t.shows('It may be in another one.')
    await t.deleteTopic(topic)
  },

  async 'by parts of key and value, in any case'(t) {
    const topic = await sown(t)
    await search(t, topic, { key: 'mer-1', key_how: 'has' })
    assert.equal((await offsets(t)).length, 30, 'customer-1 and customer-10 to 19: more than a page')
    await t.shows('The page is full.')
    await t.press('Continue')
    await t.shows('Searched to the end.')
    assert.equal((await offsets(t)).length, 14)
    await t.press('Results before')
    assert.equal((await offsets(t)).length, 30)
    await search(t, topic, { value: 'blue 7"' })
    await t.shows('No message matches')
    await search(t, topic, { value: 'blue 7"', any_case: true })
    assert.equal((await offsets(t)).length, 1)
    await t.open(t.here())
    assert.equal((await offsets(t)).length, 1, 'the address says it all')
    await t.deleteTopic(topic)
  },

  async 'by header, JSON path, null value, offsets'(t) {
    const topic = await sown(t)
    await search(t, topic, { header: 'source' })
    assert.equal((await offsets(t)).length, 1)
    await search(t, topic, { header: 'source', header_value: '42' })
    assert.equal((await offsets(t)).length, 1)
    await search(t, topic, { header: 'source', header_value: '43' })
    await t.shows('No message matches')
    await search(t, topic, { path: '$.order.lines[0].sku', path_how: 'is', json_value: 'A-6' })
    assert.equal((await offsets(t)).length, 10)
    await search(t, topic, { path: '$.order.id', path_how: 'is', json_value: '77' })
    assert.equal((await offsets(t)).length, 1)
    await search(t, topic, { null: true })
    assert.deepEqual((await t.rows()).map((row) => row[4]), ['null'])
    await search(t, topic, { value: 'Blue', first: '0', last: '0' })
    assert.ok((await offsets(t)).every((offset) => offset === 0))
    await t.deleteTopic(topic)
  },

  async 'what cannot be used is refused at its field'(t) {
    const refusals = [
      [{ key: '' }, 'key', 'Nothing to look for.'],
      [{ key: 'xyz', key_how: 'hex' }, 'key', 'That is not hex.'],
      [{ path: '$..a' }, 'path', 'is not a path into JSON'],
      [{ value: 'a', first: '9', last: '3' }, 'last', 'It lies before the first offset.'],
    ]
    for (const [fields, id, text] of refusals) {
      await search(t, 'orders', fields)
      assert.equal(t.status(), 422, JSON.stringify(fields))
      assert.equal(await t.page.locator(`#${id}`).getAttribute('aria-invalid'), 'true')
      await t.shows(text, `#${id}-error`)
      assert.equal(await t.page.locator(`#${id}`).inputValue(), fields[id])
    }
    assert.equal(await t.open('/messages?topic=orders&by=search&value=x&cursor=1.ab.0.5.9.1.2.3'), 422)
    await t.shows('This place belongs to another search.')
  },
}

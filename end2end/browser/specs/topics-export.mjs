import assert from 'node:assert/strict'

export const journeys = {
  async 'all pages of what the filter leaves, as CSV and as a workbook'(t) {
    await t.open('/topics?q=list-&rows=25&sort=-name')
    const csv = await t.download(t.page.getByRole('link', { name: 'CSV of 30 topics' }))
    assert.equal(csv.name, 'topics.csv')
    const lines = csv.bytes.toString('utf8').trimEnd().split('\r\n')
    assert.equal(lines.length, 31)
    assert.match(lines[0], /^\ufeffName,Partitions,Replicas,"Retention, hours",/)
    assert.match(lines[1], /^list-29,3,1,/)
    const book = await t.download(t.page.getByRole('link', { name: 'Excel file of 30 topics' }))
    assert.equal(book.name, 'topics.xlsx')
    assert.equal(book.bytes.subarray(0, 2).toString(), 'PK')
  },

  async 'a name that begins like a formula is text'(t) {
    const name = t.name('-1-1')
    await t.suite.kafka.admin.createTopics({ topics: [{ topic: name, numPartitions: 1, replicationFactor: 1 }] })
    await t.open(`/topics?q=${encodeURIComponent(name)}`)
    const csv = await t.download(t.page.getByRole('link', { name: 'CSV of 1 topic' }))
    assert.ok(csv.bytes.toString('utf8').includes(`\r\n'${name},1,1,`), csv.bytes.toString('utf8'))
  },
}

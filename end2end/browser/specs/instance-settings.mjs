import assert from 'node:assert/strict'

const FIELDS = ['retention', 'message_bytes', 'offsets_retention']

export const options = { alone: true }

async function now(t) {
  await t.open('/instance/settings')
  return Object.fromEntries(await Promise.all(FIELDS.map(async (id) => [id, await t.page.locator(`#${id}`).inputValue()])))
}

async function send(t, fields) {
  await t.fill(fields)
  await t.press('Save settings')
}

export const journeys = {
  async 'each refusal at its field, values kept'(t) {
    const before = await now(t)
    const refusals = {
      retention: [['23', '23 is below the least, 24. Enter 24–480.'], ['481', '481 is above the limit of 480. Enter 24–480.'], ['1.5', '“1.5” is not a whole number. Enter 24–480.'], [' ', 'Nothing was entered. Enter 24–480.']],
      message_bytes: [['1023', '1,023 is below the least, 1,024.'], ['10485761', '10,485,761 is above the limit of 10,485,760.'], ['10 MiB', '“10 MiB” is not a whole number.']],
      offsets_retention: [['1439', '1,439 is below the least, 1,440.'], ['43201', '43,201 is above the limit of 43,200.'], ['-1', '-1 is below the least, 1,440.'.replace('-', '−')]],
    }
    for (const [id, cases] of Object.entries(refusals)) {
      for (const [value, text] of cases) {
        await send(t, { ...before, [id]: value })
        assert.equal(t.status(), 422)
        await t.shows('The settings were not changed.')
        await t.refused(id, text, value)
        for (const other of FIELDS.filter((name) => name !== id)) assert.equal(await t.page.locator(`#${other}`).inputValue(), before[other])
      }
    }
    await send(t, { retention: '1', message_bytes: '1', offsets_retention: '1' })
    for (const id of FIELDS) await t.refused(id, '1 is below the least', '1')
    assert.deepEqual(await now(t), before, 'a refused form changes nothing')
  },

  async 'all three are changed and hold'(t) {
    const before = await now(t)
    const wanted = { retention: t.script ? '100' : '101', message_bytes: '10485000', offsets_retention: '2880' }
    await send(t, wanted)
    assert.equal(t.here(), '/instance')
    await t.shows('Settings saved. They hold from now on.', '.toast')
    await t.shows(t.script ? 'Retention 100 h' : 'Retention 101 h')
    await t.shows('10,485,000')
    assert.deepEqual(await now(t), wanted)
    await t.open('/instance')
    assert.equal(await t.page.locator('.toast').count(), 0, 'a result is shown once')
    await now(t)
    await send(t, before)
    assert.deepEqual(await now(t), before)
  },
}

// What the Go tests do, done with the official TypeScript SDK. It is run twice,
// "before" and "after" a restart of the server; what the second run has to find
// is handed over in a file.
//
//   node looker.mjs before|after FILE
//
// Address and credentials come from the environment, as the SDK reads them:
// LOOKERSDK_BASE_URL, LOOKERSDK_CLIENT_ID, LOOKERSDK_CLIENT_SECRET.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import sdkNode from '@looker/sdk-node'
import sdkRtl from '@looker/sdk-rtl'

const { LookerNodeSDK, NodeSettings } = sdkNode
const { DelimArray } = sdkRtl

const sdk = LookerNodeSDK.init40(new NodeSettings('LOOKERSDK'))
const ok = (call) => sdk.ok(call)

// refused asserts that a call is answered with an error, and gives it.
async function refused(call, words) {
  const reply = await call
  assert.equal(reply.ok, false, 'the call succeeded')
  assert.match(reply.error.message, words)
  assert.ok(reply.error.documentation_url, 'an error has a documentation_url')
  return reply.error
}

const regionOf = async (user, region) => {
  const rows = await ok(
    sdk.user_attribute_user_values({ user_id: user, user_attribute_ids: new DelimArray([region]) })
  )
  assert.equal(rows.length, 1)
  return `${rows[0].value} by ${rows[0].source}`
}

async function makeCompany() {
  const ada = await ok(sdk.create_user({ first_name: 'Ada', last_name: 'Lovelace' }))
  assert.equal(ada.display_name, 'Ada Lovelace')
  assert.deepEqual(ada.group_ids, ['1'])
  await ok(sdk.create_user_credentials_email(ada.id, { email: 'ada@example.com' }))
  const emea = await ok(sdk.create_group({ name: 'EMEA' }))
  const berlin = await ok(sdk.create_group({ name: 'Berlin' }))
  await ok(sdk.add_group_group(emea.id, { group_id: berlin.id }))
  const member = await ok(sdk.add_group_user(berlin.id, { user_id: ada.id }))
  assert.deepEqual(member.group_ids, ['1', berlin.id])
  const region = await ok(
    sdk.create_user_attribute({ name: 'region', label: 'Region', type: 'string', default_value: 'none' })
  )
  return { ada: ada.id, emea: emea.id, berlin: berlin.id, region: region.id }
}

// The call that the project starts from.
async function setValue({ ada, emea, region }) {
  assert.equal(await regionOf(ada, region), 'none by Default')
  const value = await ok(sdk.update_user_attribute_group_value(emea, region, { value: 'emea' }))
  assert.equal(value.group_id, emea)
  assert.equal(value.user_attribute_id, region)
  assert.equal(value.value, 'emea')
  assert.equal(value.rank, 1)
  assert.equal(await regionOf(ada, region), 'emea by Group Setting')
}

async function search({ ada, emea, berlin }) {
  for (let i = 0; i < 5; i++) await ok(sdk.create_group({ name: `Team ${i}` }))
  const names = async (request) => (await ok(sdk.search_groups(request))).map((g) => g.name)
  assert.deepEqual(await names({ name: 'bErLiN' }), ['Berlin'])
  assert.deepEqual(await names({ name: 'team %', sorts: 'name desc', limit: 2 }), ['Team 4', 'Team 3'])
  assert.deepEqual(await names({ id: '1', name: 'Berlin', filter_or: true }), ['All Users', 'Berlin'])
  const two = await ok(sdk.all_groups({ ids: new DelimArray([emea, berlin]), fields: 'id, name' }))
  assert.deepEqual(two, [{ id: emea, name: 'EMEA' }, { id: berlin, name: 'Berlin' }])
  const found = await ok(sdk.search_users_names({ pattern: '%LOVE%' }))
  assert.deepEqual(found.map((u) => u.id), [ada])
  const byEmail = await ok(sdk.user_for_credential('email', 'ada@example.com'))
  assert.equal(byEmail.id, ada)
}

// The SDK follows the links in the replies.
async function page() {
  const all = await ok(sdk.all_groups({ fields: 'id,name' }))
  const pages = await sdkRtl.pager(sdk, () => sdk.all_groups({ fields: 'id,name', limit: 3 }))
  assert.equal(pages.total, all.length)
  const paged = [...pages.items]
  while (pages.more()) paged.push(...(await ok(pages.nextPage())))
  assert.deepEqual(paged, all)
  assert.deepEqual(await ok(pages.firstPage()), all.slice(0, 3))
}

async function actAsAnother({ ada, emea, region }) {
  const session = sdk.authSession
  const me = await ok(sdk.me())
  await session.login(ada)
  assert.equal((await ok(sdk.me('id'))).id, ada)
  assert.equal((await ok(sdk.session())).sudo_user_id, me.id)
  await refused(sdk.create_group({ name: 'Mine' }), /manage_groups/)
  await refused(sdk.update_user_attribute_group_value(emea, region, { value: 'mine' }), /set_values/)
  await session.logout()
  assert.deepEqual(await ok(sdk.me()), me)
}

async function beToldWhatIsWrong({ emea, berlin }) {
  await refused(sdk.group('9999'), /^Not found/)
  const taken = await refused(sdk.create_group({ name: 'emea' }), /^Validation Failed$/)
  assert.equal(taken.errors[0].field, 'name')
  assert.equal(taken.errors[0].code, 'already_exists')
  const list = await refused(
    sdk.create_user_attribute({
      name: 'secret', label: 'Secret', type: 'string', value_is_hidden: false, hidden_value_domain_whitelist: '',
    }),
    /^Validation Failed$/
  )
  assert.equal(list.errors.length, 1)
  assert.match(
    list.errors[0].message,
    /hidden_value_domain_whitelist must be a comma-separated list of urls with optional wildcards/
  )
  const budget = await ok(sdk.create_user_attribute({ name: 'budget', label: 'Budget', type: 'number' }))
  const bad = await refused(sdk.update_user_attribute_group_value(emea, budget.id, { value: 'many' }), /^Validation Failed$/)
  assert.equal(bad.errors[0].field, 'value')
  await refused(sdk.add_group_group(berlin, { group_id: emea }), /group_id/)
  await refused(sdk.delete_group('1'), /All Users/)
}

async function deleteThings({ ada, emea, berlin, region }) {
  await ok(sdk.delete_user_attribute_group_value(emea, region))
  assert.equal(await regionOf(ada, region), 'none by Default')
  await ok(sdk.delete_group_user(berlin, ada))
  await ok(sdk.delete_group_from_group(emea, berlin))
  await ok(sdk.delete_group(berlin))
  await refused(sdk.group(berlin), /^Not found/)
  await ok(sdk.delete_user_attribute(region))
  await refused(sdk.user_attribute(region), /^Not found/)
  await ok(sdk.delete_user(ada))
  await refused(sdk.user(ada), /^Not found/)
}

const [when, file] = process.argv.slice(2)
if (when === 'before') {
  const company = await makeCompany()
  for (const step of [setValue, search, page, actAsAnother, beToldWhatIsWrong]) await step(company)
  writeFileSync(file, JSON.stringify(company))
} else {
  const company = JSON.parse(readFileSync(file, 'utf8'))
  assert.equal(await regionOf(company.ada, company.region), 'emea by Group Setting')
  await deleteThings(company)
}
await sdk.authSession.logout()

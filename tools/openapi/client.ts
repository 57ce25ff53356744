import type { components, paths } from './native.js'

type Change = paths['/v1/changes']['post']['requestBody']['content']['application/json']
type Committed = components['schemas']['Committed']
type Values = paths['/v1/users/{user}/effective']['get']['responses']['200']['content']['application/json']

const [url, id, secret] = process.argv.slice(2)
const login = await fetch(`${url}/oauth2/token`, {
  method: 'POST',
  body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }),
})
const { access_token } = (await login.json()) as { access_token: string }
const headers = { Authorization: `Bearer ${access_token}`, 'Content-Type': 'application/json' }

const change: Change = {
  edits: [
    { edit: 'create_attribute', name: 'region', type: 'string', default: 'world' },
    { edit: 'create_group', name: 'EMEA' },
    { edit: 'set_group_value', group: '$1', attribute: '$0', value: 'emea' },
    { edit: 'create_user', first_name: 'Ada' },
    { edit: 'add_member', group: '$1', user: '$3' },
  ],
}
const made = (await (await fetch(`${url}/v1/changes`, { method: 'POST', headers, body: JSON.stringify(change) })).json()) as Committed
const user = made.results[3].id
const values = (await (await fetch(`${url}/v1/users/${user}/effective?attributes=region`, { headers })).json()) as Values
console.log(values.values[0].value)

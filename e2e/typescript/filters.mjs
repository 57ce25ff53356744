// Reads lists that a server shows as filters with the vendor's own reader of
// filters, and says which do not mean exactly their elements.
//
//   node filters.mjs < LINES
//
// Each line is {"shown": "a,\"NULL\"", "elements": ["a", "NULL"]}.

import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import filters from '@looker/filter-expressions'

// matched gives the texts that an expression matches; an expression that means
// anything else (no text, any text, a pattern, a negation) is an error.
function matched(node) {
  if (node.type === ',') return [...matched(node.left), ...matched(node.right)]
  assert.equal(node.type, 'match', `it has a part of type ${node.type}`)
  assert.equal(node.is, true, 'it has a negation')
  assert.notEqual(node.value.length, 0, 'it matches everything')
  return node.value
}

let lines = 0
const wrong = []
for await (const line of createInterface({ input: process.stdin })) {
  lines++
  const { shown, elements } = JSON.parse(line)
  try {
    assert.deepEqual(matched(filters.parseFilterExpression('string', shown, [])), elements)
  } catch (e) {
    wrong.push(`${shown} for ${JSON.stringify(elements)}: ${e.message}`)
  }
}
if (wrong.length > 0) {
  console.log(wrong.join('\n'))
  process.exit(1)
}
console.log(`${lines} lists mean their elements`)

package lab

import (
	"fmt"
	"strings"
)

// A BulkCall is a call of many items.
type BulkCall struct {
	Name, Target, Body string
	AtMost             float64 // seconds
}

// BulkCalls are calls of the Propeller format. Each round has different items.
func BulkCalls(round, n, addresses int) []BulkCall {
	compose := func(before, item string, n int, after string) string {
		var b strings.Builder
		b.WriteString(before)
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, item, round*n+i+1)
		}
		return b.String() + after
	}
	groups := compose(`{"usergroups":[`,
		`{"sourceId":"C%d","source":"erp","name":"Customer","notes":"from the ERP","parent":{"id":2}}`, n, `]}`)
	return []BulkCall{
		{Name: fmt.Sprintf("%d usergroups in bulk, made", n), Target: "/usergroups/bulk/sourceId", Body: groups, AtMost: 5},
		{Name: "the same again, without a difference", Target: "/usergroups/bulk/sourceId", Body: groups, AtMost: 5},
		{
			Name: fmt.Sprintf("%d prices of a usergroup", n), Target: "/usergroups/id/2/pricing", AtMost: 2,
			Body: compose(`{"products":[`, `{"id":%d,"pricing":{"type":"SP","amount":20}}`, n, `]}`),
		},
		{
			Name:   fmt.Sprintf("%d addresses of a usergroup", addresses),
			Target: fmt.Sprintf("/usergroups/sourceId/C%d/addresses/bulk", round*n+1), AtMost: 1,
			Body: compose(`{"addresses":[`, `{"code":"%d","type":"home","street":"Dam","city":"Amsterdam","country":"NL"}`,
				addresses, `]}`),
		},
	}
}

package propeller_test

import (
	"fmt"
	"strings"
	"testing"

	"cohort/internal/store/sqlite"
)

// bulkBody is a bulk call of n usergroups, each below an earlier one, as an ERP
// would send it.
func bulkBody(n int, name string) string {
	var b strings.Builder
	b.WriteString(`{"usergroups":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"sourceId":"C%05d","source":"erp","language":"NL","name":"%s %d","notes":"from the ERP"`, i, name,
			i)
		if i > 0 {
			fmt.Fprintf(&b, `,"parent":{"sourceId":"C%05d","source":"erp"}`, (i-1)/10)
		}
		b.WriteByte('}')
	}
	b.WriteString(`]}`)
	return b.String()
}

// BenchmarkBulk is one call of 10,000 usergroups on SQLite: made, changed, and
// sent again without a difference.
func BenchmarkBulk(b *testing.B) {
	const n = 10_000
	for b.Loop() {
		b.StopTimer()
		s, err := sqlite.Open(b.Context(), b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		w := newWorldOn(b, s)
		b.StartTimer()
		for _, step := range []struct{ unit, name string }{{"made", "Customer"}, {"changed", "Client"}, {"same", "Client"}} {
			start := b.Elapsed()
			reply := w.must("POST", "/usergroups/bulk/sourceId", bulkBody(n, step.name))
			if got := strings.Count(reply.body, `"success":true`); got != n {
				b.Fatalf("%d of %d succeeded: %.500s", got, n, reply.body)
			}
			b.ReportMetric((b.Elapsed() - start).Seconds(), step.unit+"-s")
		}
	}
}

// BenchmarkOfOneObject is a call about one object on SQLite, made and sent again.
func BenchmarkOfOneObject(b *testing.B) {
	attributes := repeated(`[`, `{"name":"V_%d","class":"user","type":"enum"}`, 1000, `]`)
	for _, test := range []struct{ name, target, body string }{
		{"10,000 prices", "/usergroups/id/2/pricing",
			repeated(`{"products":[`, `{"id":1%d,"pricing":{"type":"SP","amount":20}}`, 10_000, `]}`)},
		{"1,000 addresses", "/usergroups/id/2/addresses/bulk", repeated(
			`{"addresses":[`, `{"code":"%d","type":"home","street":"Dam","city":"Amsterdam","country":"NL"}`, 1000, `]}`)},
		{"1,000 values of a usergroup", "/usergroups/id/2/attributes",
			repeated(`[`, `{"name":"V_%d","type":"enum","value":"x"}`, 1000, `]`)},
		{"1,000 values of a user", "/users/id/2/attributes", repeated(`[`, `{"name":"V_%d","type":"enum","value":"x"}`, 1000,
			`]`)},
	} {
		b.Run(test.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s, err := sqlite.Open(b.Context(), b.TempDir())
				if err != nil {
					b.Fatal(err)
				}
				w := newWorldOn(b, s)
				w.must("POST", "/usergroups", `{"name":"G"}`)
				w.must("POST", "/attributes/bulk/name", attributes)
				b.StartTimer()
				for _, step := range []string{"made-s", "same-s"} {
					start := b.Elapsed()
					if reply := w.must("POST", test.target, test.body); strings.Contains(reply.body, `"success":false`) {
						b.Fatalf("%.500s", reply.body)
					}
					b.ReportMetric((b.Elapsed() - start).Seconds(), step)
				}
			}
		})
	}
}

package propeller_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"cohort/internal/directory"
	"cohort/internal/effort"
	"cohort/internal/propeller"
)

// TestACallThatReachesItsDeadlineSaysWhatItDid, item by item, in the documented
// status; sent again, the rest is done.
func TestACallThatReachesItsDeadlineSaysWhatItDid(t *testing.T) {
	const nth = 2
	for name, test := range map[string]struct {
		target, body string
		n, done      int
	}{
		"usergroups": {"/usergroups/bulk/sourceId", bulkBody(200, "C"), 200, 128},
		"users": {"/users/bulk/sourceId", repeated(`{"users":[`, `{"sourceId":"%d","source":"erp"}`, 150, `]}`), 150,
			128},
		"attributes": {"/attributes/bulk/name", repeated(`[`, `{"name":"A_%d","class":"user","type":"enum"}`, 130, `]`), 130,
			128},
		"addresses": {"/usergroups/id/2/addresses/bulk", repeated(
			`{"addresses":[`, `{"code":"%d","type":"home","street":"a","city":"b","country":"NL"}`, 500, `]}`), 500, 400},
		"prices": {"/usergroups/id/2/pricing", repeated(`{"products":[`, `{"id":1%d,"pricing":{"type":"SP"}}`, 1500, `]}`),
			1500, 1000},
		"values": {"/usergroups/id/2/attributes", repeated(`[`, `{"name":"B_%d","type":"enum","value":"x"}`, 450, `]`), 450,
			400},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			commits := 0
			w := newWorld(t, func(cfg *propeller.Config) {
				cfg.Committed = func() {
					if commits++; commits == nth {
						cancel()
					}
				}
			})
			w.do(directory.CreateGroup{Name: "G"})
			if name == "values" {
				var edits []directory.Edit
				for i := range test.n {
					edits = append(edits, directory.CreateAttribute{Name: fmt.Sprint("b_", i), Type: directory.TypeEnum,
						Rule: directory.RuleNearest})
				}
				w.do(edits...)
			}
			got := w.sendUntil(ctx, "POST", test.target, test.body)
			var reply struct {
				Data []struct {
					Success bool
					Error   string
				}
			}
			if err := json.Unmarshal([]byte(got.body), &reply); err != nil || got.status != http.StatusOK ||
				len(reply.Data) != test.n {
				t.Fatalf("%d %.300s, %v", got.status, got.body, err)
			}
			for i, item := range reply.Data {
				if item.Success != (i < test.done) || !item.Success && item.Error != "not done" {
					t.Fatalf("item %d: %+v", i, item)
				}
			}
			if again := w.must("POST", test.target, test.body); strings.Count(again.body, `"changed":true`) != test.n-test.done {
				t.Errorf("sent again: %.300s", again.body)
			}
		})
	}
}

// repeated spells n items between two texts.
func repeated(before, item string, n int, after string) string {
	var b strings.Builder
	b.WriteString(before)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, item, i)
	}
	return b.String() + after
}

// A deadline ends when it is told to, and says that its time is over.
type deadline struct {
	context.Context
}

func (d deadline) Err() error {
	if err := d.Context.Err(); err != nil {
		return context.DeadlineExceeded
	}
	return nil
}

// sendUntil sends a request whose time is over when ctx ends.
func (w *world) sendUntil(ctx context.Context, method, target, body string) reply {
	r := httptest.NewRequestWithContext(deadline{ctx}, method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.tokens["admin"])
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return reply{rec.Code, rec.Header(), rec.Body.String()}
}

// An unread body fails the test if it is read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, errors.New("read")
}

// TestAPermissionIsLookedAtBeforeABody: what a caller may not do takes no memory.
func TestAPermissionIsLookedAtBeforeABody(t *testing.T) {
	w := newWorld(t)
	w.do(directory.CreateGroup{Name: "G"})
	for _, target := range []string{
		"/usergroups/bulk/id", "/usergroups/bulk/sourceId", "/users/bulk/id", "/users/bulk/sourceId", "/attributes/bulk/id",
		"/attributes/bulk/name",
		"/usergroups/id/2/addresses/bulk", "/usergroups/id/2/pricing", "/usergroups/id/2/attributes",
		"/users/id/1/attributes", "/users/id/1/addresses/bulk",
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", target, unread{t})
		r.Header.Set("Authorization", "Bearer "+w.tokens["ordinary"])
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, r)
		if rec.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", target, rec.Code, rec.Body)
		}
	}
}

// documented is a customer with all that the vendor's pages have: some 75
// elements.
const documented = `{"sourceId":"C%d","source":"erp","language":"NL","name":"Customer","company":"ACME","department":"Sales","office":"Amsterdam",` +
	`"notes":"from the ERP","budget":"N","budgetInherit":"Y","inheritOrderList":"Y","inheritProductList":"Y","orderListAllowAll":"U",` +
	`"parent":{"sourceId":"1000","source":"erp"},"attributes":[{"name":"REGION","class":"user","type":"enum","value":"EMEA"},` +
	`{"name":"LIMIT","class":"user","type":"decimal","value":2500}],"addresses":[{"code":"1","type":"delivery","firstName":"Ada",` +
	`"lastName":"Lovelace","street":"Dam","number":1,"postalCode":"1012 JS","city":"Amsterdam","country":"NL","phone":"+31 20 1234567",` +
	`"email":"ada@example.com","isDefault":"Y"},{"code":"2","type":"invoice","street":"Coolsingel","number":"40","city":"Rotterdam",` +
	`"country":"NL","company":"ACME","notes":"by post"}],"pricing":{"categories":[{"id":1,"pricing":{"type":"SP","amount":20}}],` +
	`"products":[{"sourceId":"P1","source":"erp","pricing":{"type":"CP","amount":10.5,"price":99}}],"shopId":1}}`

// TestManyDocumentedCustomersFit: 10,000 of them do, and take little more memory than the
// body: they are not made, to see what reading them takes.
func TestManyDocumentedCustomersFit(t *testing.T) {
	n := effort.Of(2000, 10_000)
	w := newWorld(t)
	body := []byte(repeated(`{"directives":{"skipCreate":[]},"usergroups":[`, documented, n, `]}`))
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/usergroups/bulk/sourceId", bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.tokens["admin"])
	rec := httptest.NewRecorder()
	most, stop := watchHeap(t)
	w.handler.ServeHTTP(rec, r)
	stop()
	if got := strings.Count(rec.Body.String(), `"success":true`); rec.Code != http.StatusOK || got != n {
		t.Fatalf("%d, %d of %d: %.300s", rec.Code, got, n, rec.Body)
	}
	if limit := uint64(12 * len(body)); *most > limit {
		t.Errorf("%d MiB were in use for a body of %d MiB", *most>>20, len(body)>>20)
	}
	revision := w.revision()
	made := w.must("POST", "/usergroups/bulk/sourceId",
		repeated(`{"usergroups":[`, strings.ReplaceAll(documented, `"parent":{"sourceId":"1000","source":"erp"},`, ""), 1,
			`]}`))
	if !strings.Contains(made.body, "Attribute with name [REGION]") || w.revision() != revision {
		t.Errorf("one of them: %s", made.body)
	}
}

// watchHeap measures how much memory comes to be in use.
func watchHeap(t *testing.T) (most *uint64, stop func()) {
	t.Helper()
	runtime.GC()
	var at runtime.MemStats
	runtime.ReadMemStats(&at)
	before := at.HeapAlloc
	most, done, over := new(uint64), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				*most = max(*most, now.HeapAlloc-min(now.HeapAlloc, before))
			}
		}
	}()
	return most, func() { close(done); <-over }
}

// TestWhatDoesNotFitTakesNoMemory: a body of many small elements is refused
// without a tree of them.
func TestWhatDoesNotFitTakesNoMemory(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{
		`{"usergroups":[` + strings.Repeat("[],", 600_000) + `[]]}`,
		`{"usergroups":[{"id":2,"name":[` + strings.Repeat("[],", 600_000) + `[]]}]}`,
		`{"usergroups":[{"id":2,"attributes":[{"type":"enum","value":[` + strings.Repeat("[],", 600_000) + `[]]}]}]}`,
	} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/usergroups/bulk/id", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+w.tokens["admin"])
		rec := httptest.NewRecorder()
		most, stop := watchHeap(t)
		w.handler.ServeHTTP(rec, r)
		stop()
		if rec.Code/100 != 4 {
			t.Errorf("%d %.300s", rec.Code, rec.Body)
		}
		if *most > 80<<20 {
			t.Errorf("%d MiB were in use for %d MiB: %.200s", *most>>20, len(body)>>20, rec.Body)
		}
	}
}

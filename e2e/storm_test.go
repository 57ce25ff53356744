package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A load is clients of all nodes of a cluster, in every dialect, while
// something happens to the database or to the nodes. It knows of every write
// what became of it, as far as a client can.
//
// Every write has a name of its own, which stands in its change's comment: so
// the history says how often it was applied.
type load struct {
	c         *cluster
	t         *testing.T
	token     string // of an administrator
	reader    string // of an application that reads effective values, which every node has seen
	users     []string
	attribute string

	stop    chan struct{}
	clients sync.WaitGroup
	dying   atomic.Bool // a node may be gone: connections may break

	mu       sync.Mutex
	acked    map[string]bool
	unknown  map[string]bool
	open     map[string]repeated // under a key, and not acknowledged yet
	refusals map[int]int         // replies that were no success, by status
	strange  map[string]int      // replies that no document has, by what they are
	stale    int                 // the oldest reply, in seconds
	stales   int                 // replies that were said to be old
	reads    int
	slowest  time.Duration
}

// A repeated write is one that has a key, and is sent again until it is
// acknowledged.
type repeated struct{ method, path, body string }

const (
	loadUsers   = 40
	loadWriters = 8
)

// longest is how long a client of the load waits for any reply.
const longest = answerWithin + 10*time.Second

// newLoad makes users and attributes, and starts clients.
func newLoad(c *cluster) *load {
	c.t.Helper()
	l := &load{
		c: c, t: c.t, token: c.nodes[0].login(), stop: make(chan struct{}),
		acked: map[string]bool{}, unknown: map[string]bool{}, open: map[string]repeated{}, refusals: map[int]int{},
		strange: map[string]int{},
	}
	first := c.nodes[0]
	l.attribute = idIn(c.t, first.mustAsk(http.MethodPost, "/api/4.0/user_attributes", l.token,
		`{"name":"load","label":"Load","type":"string"}`))
	first.mustAsk(http.MethodPost, "/v1/attributes", l.token, `{"name":"tags","type":"list","rule":"union"}`)
	for i := range loadUsers {
		l.users = append(l.users, idIn(c.t, first.mustAsk(http.MethodPost, "/api/4.0/users", l.token,
			fmt.Sprintf(`{"first_name":"user","last_name":"%d"}`, i))))
	}
	_, l.reader = first.account(l.token, "reader-of-the-load",
		`{"edit":"create_permission_set","name":"Reader","permissions":["read_effective"]}`,
		`{"edit":"create_role","name":"Reader","permission_set":"$2","model_set":"1"}`,
		`{"edit":"set_user_roles","user":"$0","roles":["$3"]}`)
	c.awaitLevel(l.token)
	for i := range loadWriters {
		l.clients.Go(func() { l.writes(i) })
	}
	for _, n := range c.nodes {
		l.clients.Go(func() { l.readsFrom(n) })
	}
	return l
}

func (l *load) ended() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

// acknowledged is how many writes are.
func (l *load) acknowledged() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acked)
}

// flows waits until more writes are acknowledged.
func (l *load) flows(more int) {
	l.t.Helper()
	want := l.acknowledged() + more
	until(l.t, "writes are acknowledged", func() error {
		if n := l.acknowledged(); n < want {
			return fmt.Errorf("%d of %d", n, want)
		}
		return nil
	})
}

// writes is one client that writes, to any node.
func (l *load) writes(client int) {
	for n := 0; !l.ended(); n++ {
		name := fmt.Sprintf("write-%d-%d", client, n)
		user := l.users[rand.IntN(len(l.users))]
		group := fmt.Sprintf(`{"edit":"create_group","name":%q}`, name)
		member := fmt.Sprintf(`{"comment":%q,"edits":[%s,{"edit":"add_member","group":"$0","user":%q},
			{"edit":"set_group_value","group":"$0","attribute":"tags","value":[%q]}]}`, name, group, user, name)
		switch n % 6 {
		case 0:
			l.repeat(name, repeated{http.MethodPost, "/v1/changes", member})
		case 1:
			l.once(name, http.MethodPost, "/v1/changes", member)
		case 2:
			l.once(name, http.MethodPost, "/api/4.0/groups", fmt.Sprintf(`{"name":%q}`, name))
		case 3:
			l.once(name, http.MethodPost, "/usergroups", fmt.Sprintf(`{"name":%q}`, name))
		case 4:
			l.repeat(name, repeated{http.MethodPut, "/v1/users/" + user + "/values/" + l.attribute,
				fmt.Sprintf(`{"value":%q}`, name)})
		case 5:
			l.once(name, http.MethodPatch, "/api/4.0/users/"+user+"/attribute_values/"+l.attribute,
				fmt.Sprintf(`{"value":%q}`, name))
		}
	}
}

// once sends a write once, to any of some nodes. What is not acknowledged may
// have happened.
func (l *load) once(name, method, path, body string, nodes ...*node) {
	if len(nodes) == 0 {
		nodes = l.c.nodes
	}
	n := nodes[rand.IntN(len(nodes))]
	done := l.send(n, method, path, body, http.Header{"Cohort-Comment": {name}})
	l.mu.Lock()
	defer l.mu.Unlock()
	if done {
		l.acked[name] = true
	} else {
		l.unknown[name] = true
	}
}

// repeat sends a write under a key to one node after the other, until it is
// acknowledged or the load ends.
func (l *load) repeat(name string, w repeated) {
	l.mu.Lock()
	l.open[name] = w
	l.mu.Unlock()
	for at := rand.IntN(len(l.c.nodes)); ; at++ {
		if l.tryAgain(l.c.nodes[at%len(l.c.nodes)], name, w) || l.ended() {
			return
		}
	}
}

func (l *load) tryAgain(n *node, name string, w repeated) bool {
	if !l.send(n, w.method, w.path, w.body, http.Header{"Cohort-Comment": {name}, "Idempotency-Key": {name}}) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked[name] = true
	delete(l.open, name)
	return true
}

// send sends a write and reports whether it was acknowledged.
func (l *load) send(n *node, method, path, body string, header http.Header) bool {
	r, ok := l.exchange(n, method, path, body, header)
	if !ok {
		return false
	}
	if strings.HasPrefix(path, "/usergroups") && !strings.Contains(r.body, `"id"`) {
		l.odd("%s %s: %d without an id: %s", method, path, r.status, r.body)
	}
	return r.status/100 == 2
}

// exchange sends a request and takes note of the reply; ok is false if there is
// none that answers it.
func (l *load) exchange(n *node, method, path, body string, header http.Header) (r reply, ok bool) {
	req, err := http.NewRequest(method, n.direct.Load().String()+path, strings.NewReader(body))
	if err != nil {
		l.odd("%v", err)
		return r, false
	}
	maps.Copy(req.Header, header)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+l.token)
	began := time.Now()
	r, err = l.receive(req)
	took := time.Since(began)
	l.mu.Lock()
	l.slowest = max(l.slowest, took)
	if age, _ := strconv.Atoi(r.header.Get("Cohort-Stale")); r.header.Get("Cohort-Stale") != "" {
		l.stale, l.stales = max(l.stale, age), l.stales+1
	}
	if r.status/100 != 2 {
		l.refusals[r.status]++
	}
	l.mu.Unlock()
	switch {
	case err != nil:
		if deadline, isDeadline := errors.AsType[*url.Error](err); !l.dying.Load() || isDeadline && deadline.Timeout() {
			l.odd("%s %s: %v", method, generic(path), withoutPorts(err))
		}
		return r, false
	case r.status == http.StatusServiceUnavailable:
		if after, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || after < 1 || after > 60 {
			l.odd("%s %s: 503 with Retry-After %q", method, generic(path), r.header.Get("Retry-After"))
		}
		if !json.Valid([]byte(r.body)) {
			l.odd("%s %s: 503: %s", method, generic(path), r.body)
		}
		return r, false
	case r.status/100 != 2:
		l.odd("%s %s: %d: %s", method, generic(path), r.status, r.body)
		return r, false
	}
	return r, true
}

var loadClient = &http.Client{Timeout: longest, Transport: &http.Transport{MaxIdleConnsPerHost: 2 * loadWriters}}

func (l *load) receive(req *http.Request) (reply, error) {
	resp, err := loadClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(text)}, err
}

// generic is a path without its ids, so that the same is said once.
func generic(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if _, err := strconv.Atoi(p); err == nil {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "/")
}

func withoutPorts(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}

// odd notes what no client should see.
func (l *load) odd(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.strange[fmt.Sprintf(format, args...)]++
}

// readsFrom is one client that reads from a node, which never goes back in
// time.
func (l *load) readsFrom(n *node) {
	for last := int64(0); !l.ended(); {
		user := l.users[rand.IntN(len(l.users))]
		r, ok := l.exchange(n, http.MethodGet, "/v1/users/"+user+"/effective", "", nil)
		if !ok {
			continue
		}
		var body struct {
			Revision int64 `json:"revision"`
		}
		if err := json.Unmarshal([]byte(r.body), &body); err != nil || body.Revision < last {
			l.odd("a node that was at revision %d is at %d: %v", last, body.Revision, err)
		}
		last = body.Revision
		l.mu.Lock()
		l.reads++
		l.mu.Unlock()
	}
}

// finish ends the load when whatever happened is over, and checks that no
// acknowledged write is lost, none is applied twice, all nodes agree, and
// clients have seen only what is documented.
func (l *load) finish() {
	t := l.t
	t.Helper()
	l.flows(3 * loadWriters) // everything works again
	close(l.stop)
	l.clients.Wait()
	l.dying.Store(false)
	for name, w := range l.open { // nobody else is there any more
		for i := 0; !l.tryAgain(l.c.nodes[i%len(l.c.nodes)], name, w); i++ {
			if i == 20 {
				t.Errorf("%s is not acknowledged after %d more attempts", name, i)
				break
			}
		}
	}
	l.c.same(l.token)
	l.compare(l.c.nodes[len(l.c.nodes)-1])
	for what, times := range l.strange {
		t.Errorf("%d times: %s", times, what)
	}
	t.Logf("%d writes acknowledged, %d unknown; %d reads, %d of them from stale nodes, the oldest %d s; replies other "+
		"than success: %v; slowest reply %v",
		len(l.acked), len(l.unknown), l.reads, l.stales, l.stale, l.refusals, l.slowest.Round(time.Millisecond))
}

// compare counts in the history how often each write was applied.
func (l *load) compare(n *node) {
	t := l.t
	t.Helper()
	applied, ids := map[string]int{}, map[string]bool{}
	last := int64(0)
	for _, c := range n.history() {
		if c.Revision != last+1 {
			t.Errorf("revision %d follows %d", c.Revision, last)
		}
		if last = c.Revision; ids[c.ChangeID] {
			t.Errorf("two changes have the id %s", c.ChangeID)
		}
		ids[c.ChangeID] = true
		if strings.HasPrefix(c.Comment, "write-") {
			applied[c.Comment]++
		}
	}
	lost, happened := []string{}, 0
	for name := range l.acked {
		if applied[name] == 0 {
			lost = append(lost, name)
		}
	}
	if slices.Sort(lost); len(lost) > 0 {
		t.Errorf("%d of %d acknowledged writes are lost: %v", len(lost), len(l.acked), lost)
	}
	for name, times := range applied {
		if times > 1 {
			t.Errorf("%s was applied %d times", name, times)
		}
		if l.unknown[name] {
			happened++
		} else if !l.acked[name] {
			t.Errorf("%s was applied, and nobody asked for it", name)
		}
	}
	groups := map[string]int{}
	for _, page := range n.pages("/v1/groups", l.token) {
		var list struct {
			Groups []struct {
				Name string `json:"name"`
			} `json:"groups"`
		}
		if err := json.Unmarshal([]byte(page), &list); err != nil {
			t.Fatal(err)
		}
		for _, g := range list.Groups {
			groups[g.Name]++
		}
	}
	for name, times := range groups {
		if times > 1 || strings.HasPrefix(name, "write-") && applied[name] != times {
			t.Errorf("there are %d groups %s, by %d changes", times, name, applied[name])
		}
	}
	t.Logf("%d changes; of %d writes of unknown outcome %d happened", last, len(l.unknown), happened)
}

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"cohort/client"
	"cohort/internal/effort"
)

// A register is one group value, which one client writes on any node, and the
// user who has it effectively.
type register struct {
	c                      *cluster
	token                  string
	clients                []*client.Client
	group, user, attribute string
}

func newRegisters(c *cluster, n int) (list []*register) {
	c.t.Helper()
	first := c.nodes[0]
	token := first.login()
	clients := []*client.Client{}
	for _, nd := range c.nodes {
		clients = append(clients, nd.client())
	}
	for i := range n {
		r := &register{c: c, token: token, clients: clients}
		r.group = first.createGroup(token, fmt.Sprint("register ", i))
		r.user = idIn(c.t, first.mustAsk(http.MethodPost, "/api/4.0/users", token, `{"first_name":"Ada"}`))
		r.attribute = idIn(c.t, first.mustAsk(http.MethodPost, "/api/4.0/user_attributes", token,
			fmt.Sprintf(`{"name":"register_%d","label":"Register %d","type":"string","default_value":"0"}`, i, i)))
		first.mustAsk(http.MethodPost, "/api/4.0/groups/"+r.group+"/users", token, fmt.Sprintf(`{"user_id":%q}`, r.user))
		list = append(list, r)
	}
	c.awaitLevel(token)
	return list
}

// write writes a value through the Go client and returns the revision.
func (r *register) write(node, value int) (int64, error) {
	edit := fmt.Sprintf(`{"edit":"set_group_value","group":%q,"attribute":%q,"value":"%d"}`, r.group, r.attribute, value)
	done, err := r.clients[node].Commit(r.c.t.Context(), client.Change{Edits: []json.RawMessage{json.RawMessage(edit)}},
		"")
	return done.Revision, err
}

// read reads the value from a node, at least as of a revision, in one of the
// ways there are.
func (r *register) read(node, way int, least int64) (value int, err error) {
	header := http.Header{}
	if least > 0 {
		header.Set("Cohort-Min-Revision", strconv.FormatInt(least, 10))
	}
	switch way % 4 {
	case 0: // our Go client
		var out client.Effective
		err := r.clients[node].Do(r.c.t.Context(), http.MethodGet, "/v1/users/"+r.user+"/effective",
			url.Values{"attributes": {r.attribute}}, header, nil, &out)
		if err != nil || len(out.Values) != 1 {
			return 0, fmt.Errorf("%d values: %w", len(out.Values), err)
		}
		if out.Revision < least {
			return 0, fmt.Errorf("the reply is of revision %d", out.Revision)
		}
		return digits(string(out.Values[0].Value))
	case 1:
		return r.plain(node, "/api/4.0/users/"+r.user+"/attribute_values?user_attribute_ids="+r.attribute, header)
	case 2:
		return r.plain(node, "/usergroups/id/"+r.group+"/attributes?id="+r.attribute, header)
	}
	return r.plain(node, "/v1/groups/"+r.group+"/values/"+r.attribute, header)
}

var shownValue = regexp.MustCompile(`"value":\s*(?:\[\{[^]]*"value":\s*)?"([0-9]+)"`)

// plain reads with a plain request, and takes the first value that the reply
// has.
func (r *register) plain(node int, path string, header http.Header) (int, error) {
	req, err := http.NewRequestWithContext(r.c.t.Context(), http.MethodGet, r.c.nodes[node].direct.Load().String()+path,
		nil)
	if err != nil {
		return 0, err
	}
	req.Header = header
	req.Header.Set("Authorization", "Bearer "+r.token)
	resp, err := loadClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	found := shownValue.FindStringSubmatch(string(text))
	if err != nil || resp.StatusCode != http.StatusOK || found == nil {
		return 0, fmt.Errorf("%s: %d: %s: %w", path, resp.StatusCode, text, err)
	}
	return strconv.Atoi(found[1])
}

func digits(text string) (int, error) {
	return strconv.Atoi(regexp.MustCompile(`[^0-9]`).ReplaceAllString(text, ""))
}

// TestEveryNodeShowsWhatAnyNodeWrote writes on one node and reads on another at
// once, in every dialect, with the revision of the write: it never sees the
// past.
func TestEveryNodeShowsWhatAnyNodeWrote(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, databases.Server(t))
	times := 250
	if effort.All() {
		times = 3000
	}
	var clients sync.WaitGroup
	for _, r := range newRegisters(c, 4) {
		clients.Go(func() {
			for n := 1; n <= times; n++ {
				from := rand.IntN(3)
				rev, err := r.write(from, n)
				if err != nil {
					t.Errorf("write %d: %v", n, err)
					return
				}
				for other := 1; other <= 2; other++ {
					if got, err := r.read((from+other)%3, n+other, rev); err != nil || got != n {
						t.Errorf("node %d wrote %d as revision %d; node %d shows %d: %v", from, n, rev, (from+other)%3, got, err)
						return
					}
				}
			}
		})
	}
	clients.Wait()
	c.same(c.nodes[0].login())
}

// TestANodeLagsBehindBriefly writes on one node and waits until another shows
// it, which is told by nobody to.
func TestANodeLagsBehindBriefly(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 3, databases.Server(t))
	r := newRegisters(c, 1)[0]
	times := 100
	if effort.All() {
		times = 1000
	}
	var lags []time.Duration
	for n := 1; n <= times; n++ {
		from := rand.IntN(3)
		if _, err := r.write(from, n); err != nil {
			t.Fatal(err)
		}
		answered := time.Now()
		for other := (from + 1) % 3; ; {
			got, err := r.read(other, 1, 0)
			if err != nil || got > n {
				t.Fatalf("node %d shows %d: %v", other, got, err)
			}
			if got == n {
				break
			}
			if time.Since(answered) > patience {
				t.Fatalf("node %d does not show write %d", other, n)
			}
		}
		lags = append(lags, time.Since(answered))
	}
	slices.Sort(lags)
	at := func(share float64) time.Duration {
		return lags[int(share*float64(len(lags)-1))].Round(10 * time.Microsecond)
	}
	t.Logf("a write is visible on another node after %v (median), %v (99 of 100), %v (all)", at(.5), at(.99), at(1))
	if worst := at(1); worst > 2*time.Second {
		t.Errorf("a write was visible on another node after %v only", worst)
	}
	for i, n := range c.nodes {
		text := n.mustAsk(http.MethodGet, "/metrics", "", "")
		if m := regexp.MustCompile(`(?m)^cohort_revision_lag\S* ([0-9.e+-]+)$`).FindStringSubmatch(text); m == nil {
			t.Errorf("node %d has no metric cohort_revision_lag", i)
		}
	}
}

// TestANodeStartsBesideOthersThatWrite adds nodes and takes them away while
// others write.
func TestANodeStartsBesideOthersThatWrite(t *testing.T) {
	t.Parallel()
	c := newCluster(t, 2, databases.Server(t))
	l := newLoad(c)
	for range 3 {
		l.flows(20)
		n := c.nodes[0]
		extra := &node{server: newServer(t, on(n.data), in(n.database), with("--credential-rate", "0", "--address-rate",
			"0"))}
		body := extra.mustAsk(http.MethodGet, "/v1/users/"+l.users[0]+"/effective", l.token, "")
		if !json.Valid([]byte(body)) {
			t.Errorf("a new node answers %s", body)
		}
		l.flows(20)
		extra.stop()
	}
	l.finish()
}

package e2e

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cohort/client"
	"cohort/internal/store/postgres/pgtest"
)

// A cluster is several nodes on one database.
type cluster struct {
	t       *testing.T
	servers []*pgtest.Server // the first is where the directory is made
	name    string           // of the database
	nodes   []*node
}

// A node is one program of a cluster, with ways of its own to every PostgreSQL
// server.
type node struct {
	*server
	wires []*wire
}

// answerWithin is how long the nodes of a cluster may take for any answer,
// whatever happens.
const answerWithin = 15 * time.Second

// newCluster starts nodes, all at once, on an empty database of the first of
// some PostgreSQL servers; the others are its standbys.
func newCluster(t *testing.T, n int, servers ...*pgtest.Server) *cluster {
	t.Helper()
	c := &cluster{t: t, servers: servers, name: "directory_" + strings.ToLower(rand.Text())}
	servers[0].Exec(t, "postgres", "CREATE DATABASE "+c.name)
	data := filepath.Join(t.TempDir(), "data") // holds the keys, which all share
	for range n {
		nd := &node{}
		for _, s := range servers {
			nd.wires = append(nd.wires, newWire(t, s))
		}
		nd.server = launchServer(t, on(data), in(c.route(nd)), unlimited(), with("--write-timeout", answerWithin.String()))
		c.nodes = append(c.nodes, nd)
	}
	for _, nd := range c.nodes {
		nd.listens()
	}
	return c
}

// route is the URL of the directory by a node's wires.
func (c *cluster) route(n *node) string {
	var addrs []string
	for _, w := range n.wires {
		addrs = append(addrs, w.addr())
	}
	return "postgres://cohort@" + strings.Join(addrs, ",") + "/" + c.name +
		"?sslmode=disable&target_session_attrs=read-write"
}

// wires are all of the cluster's.
func (c *cluster) wires() (list []*wire) {
	for _, n := range c.nodes {
		list = append(list, n.wires...)
	}
	return list
}

// client is our Go client of a node.
func (n *node) client() *client.Client {
	return client.New(n.direct.Load().String(), clientID, clientSecret, &http.Client{Timeout: patience})
}

// awaitLevel waits until a node takes writes and its revision is that of the others,
// and returns the revision. Nobody may write meanwhile.
func (c *cluster) awaitLevel(token string) (revision string) {
	c.t.Helper()
	until(c.t, "all nodes are ready and at one revision", func() error {
		for i, n := range c.nodes {
			if r, err := n.ask(http.MethodGet, "/readyz?for=writes", "", ""); err != nil || r.status != http.StatusOK {
				return fmt.Errorf("node %d: /readyz?for=writes: %w, %d %s", i, err, r.status, r.body)
			}
			r, err := n.ask(http.MethodGet, "/v1/me", token, "")
			if err != nil || r.status != http.StatusOK {
				return fmt.Errorf("node %d: /v1/me: %w, %d %s", i, err, r.status, r.body)
			}
			at := r.header.Get("Cohort-Revision")
			if i > 0 && at != revision {
				return fmt.Errorf("node %d is at %s, node 0 at %s", i, at, revision)
			}
			revision = at
		}
		return nil
	})
	return revision
}

// same fails the test unless all nodes answer the same, in full: users with
// their effective values, groups and history.
func (c *cluster) same(token string) {
	c.t.Helper()
	c.awaitLevel(token)
	first := c.nodes[0].everything(token)
	for i, n := range c.nodes[1:] {
		if diff := cmp.Diff(first, n.everything(token)); diff != "" {
			c.t.Errorf("node %d answers otherwise than node 0 (-0 +%d):\n%s", i+1, i+1, diff)
		}
	}
}

// everything is what a node knows: the effective values of every user by the
// native API, which names the revision, groups and history.
func (n *node) everything(token string) (all []string) {
	n.t.Helper()
	var users []string
	for _, page := range n.pages("/v1/users", token) {
		var list struct {
			Users []struct {
				ID string `json:"id"`
			} `json:"users"`
		}
		if err := json.Unmarshal([]byte(page), &list); err != nil {
			n.t.Fatal(err)
		}
		for _, u := range list.Users {
			users = append(users, u.ID)
		}
	}
	for ; len(users) > 0; users = users[min(100, len(users)):] {
		ask, err := json.Marshal(map[string]any{"users": users[:min(100, len(users))]})
		if err != nil {
			n.t.Fatal(err)
		}
		all = append(all, strings.Split(n.mustAsk(http.MethodPost, "/v1/effective", token, string(ask)), `{"user":`)...)
	}
	all = append(all, n.pages("/v1/groups", token)...)
	return append(all, n.pages("/v1/changes?after=0", token)...)
}

// pages are the replies that make up a list.
func (n *node) pages(path, token string) (list []string) {
	n.t.Helper()
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	for cursor := ""; ; {
		body := n.mustAsk(http.MethodGet, path+mark+"limit=1000"+cursor, token, "")
		var page struct {
			Next string `json:"next"`
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			n.t.Fatalf("%s: %v: %s", path, err, body)
		}
		if page.Next == "" {
			return append(list, body)
		}
		list = append(list, strings.Replace(body, page.Next, "", 1)) // cursors may be a node's own
		cursor = "&cursor=" + page.Next
	}
}

// history is all changes, oldest first.
func (n *node) history() (list []client.CommittedChange) {
	n.t.Helper()
	c := n.client()
	const limit = 1000
	for last := int64(0); ; {
		query := map[string][]string{"after": {fmt.Sprint(last)}, "limit": {fmt.Sprint(limit)}}
		var page struct {
			Changes []client.CommittedChange `json:"changes"`
		}
		if err := c.Do(n.t.Context(), http.MethodGet, "/v1/changes", query, nil, nil, &page); err != nil {
			n.t.Fatal(err)
		}
		list = append(list, page.Changes...)
		if len(page.Changes) < limit {
			return list
		}
		last = page.Changes[len(page.Changes)-1].Revision
	}
}

// verify runs cohort verify on the database of the server that the directory is
// on now.
func (c *cluster) verify(on *pgtest.Server) {
	c.t.Helper()
	out, err := exec.CommandContext(c.t.Context(), binary, "verify", "--database", on.URL(c.name)).CombinedOutput()
	if err != nil {
		c.t.Errorf("cohort verify: %v\n%s", err, out)
	}
}

// until waits for something that must come true.
func until(t *testing.T, what string, check func() error) {
	t.Helper()
	deadline := time.After(patience)
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-ticks.C:
		case <-deadline:
			t.Fatalf("not after %v: %s: %v", patience, what, err)
		}
	}
}

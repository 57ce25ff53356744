package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cohort/internal/effort"
)

// A crashClient writes for as long as the program lives, in turn: the whole list
// of the values of an attribute of its own, one row for each of listLength
// groups, all the same; a group, which is one row; and a change of several edits,
// which makes a group and one below it.
type crashClient struct {
	s         *server
	token     string
	n         int
	attribute string
	groups    []string // the owners of the values
	names     []string // of the groups that must be there
	lists     int      // the write whose list must be there, 0 for none
	asked     int      // the last write that was sent
	pending   bool     // it was not acknowledged
	done      int      // how many were
}

const listLength = 5

// TestAcknowledgedWritesSurviveACrash kills the program again and again while
// clients write, on one data directory. Whatever was acknowledged is there
// afterwards, nothing is there by half, and nothing is there that nobody asked
// for.
func TestAcknowledgedWritesSurviveACrash(t *testing.T) {
	rounds := 10
	if effort.All() {
		rounds = 100
	}
	s := newServer(t, with("--credential-rate", "0", "--address-rate", "0"))
	token := s.login() // an acknowledged write too: it is good in every round
	clients := make([]*crashClient, 4)
	for i := range clients {
		clients[i] = newCrashClient(s, token, i)
	}
	for round := range rounds {
		var acks atomic.Int64
		killAt := 1 + rand.Int64N(60)
		var writers sync.WaitGroup
		for _, c := range clients {
			writers.Go(func() {
				for c.write() {
					if acks.Add(1) == killAt {
						s.kill()
					}
				}
			})
		}
		writers.Wait()
		if t.Failed() {
			return // a write was refused: nobody has killed the server
		}
		<-s.ended
		s.start()
		found := s.groupNames(token)
		for _, c := range clients {
			c.check(round, found)
		}
		delete(found, "All Users")
		if len(found) > 0 {
			t.Errorf("round %d: groups that nobody asked for: %v", round, found)
		}
		if t.Failed() {
			break
		}
	}
	s.stop()
	if out, err := exec.Command(binary, "verify", "--data", s.data).CombinedOutput(); err != nil {
		t.Errorf("verify after %d crashes: %v\n%s", rounds, err, out)
	}
	written := 0
	for _, c := range clients {
		written += c.done
	}
	t.Logf("%d crashes, %d acknowledged writes", rounds, written)
}

func newCrashClient(s *server, token string, n int) *crashClient {
	s.t.Helper()
	c := &crashClient{s: s, token: token, n: n}
	name := fmt.Sprintf("crash_%d", n)
	c.attribute = idIn(s.t, s.mustAsk(http.MethodPost, "/api/4.0/user_attributes", token,
		fmt.Sprintf(`{"name":%q,"label":%q,"type":"string"}`, name, name)))
	for i := range listLength {
		name := fmt.Sprintf("owner-%d-%d", n, i)
		c.groups = append(c.groups, s.createGroup(token, name))
		c.names = append(c.names, name)
	}
	return c
}

// write makes the next write and reports whether it was acknowledged.
func (c *crashClient) write() bool {
	next := c.asked + 1
	path, body := "/api/4.0/groups", fmt.Sprintf(`{"name":%q}`, c.group(next))
	switch next % 3 {
	case 0:
		path, body = "/api/4.0/user_attributes/"+c.attribute+"/group_values", c.list(next)
	case 1:
		path, body = "/v1/changes", fmt.Sprintf(`{"edits":[{"edit":"create_group","name":%q},
			{"edit":"create_group","name":%q},{"edit":"add_parent","group":"$1","parent":"$0"}]}`, c.group(next), c.below(next))
	}
	c.asked, c.pending = next, true
	r, err := c.s.ask(http.MethodPost, path, c.token, body)
	if err != nil {
		return false
	}
	if r.status/100 != 2 {
		c.s.t.Errorf("POST %s: status %d: %s", path, r.status, r.body)
		return false
	}
	c.happened()
	c.done++
	return true
}

// happened notes that the last write must be there.
func (c *crashClient) happened() {
	c.pending = false
	if c.asked%3 == 0 {
		c.lists = c.asked
		return
	}
	c.names = append(c.names, c.group(c.asked))
	if c.asked%3 == 1 {
		c.names = append(c.names, c.below(c.asked))
	}
}

func (c *crashClient) group(write int) string { return fmt.Sprintf("crash-%d-%d", c.n, write) }

func (c *crashClient) below(write int) string { return c.group(write) + "-below" }

// list is a body that gives every group the number of the write, in an order
// that changes: ranks and values must fit together too.
func (c *crashClient) list(write int) string {
	var items []string
	for i := range c.groups {
		items = append(items, fmt.Sprintf(`{"group_id":%q,"value":"%d"}`, c.groups[(i+write)%len(c.groups)], write))
	}
	return "[" + strings.Join(items, ",") + "]"
}

// check compares what is there with what was acknowledged, and takes the
// client's groups out of those that were found. What was asked for and not
// acknowledged may be there, as a whole.
func (c *crashClient) check(round int, found map[string]bool) {
	t := c.s.t
	t.Helper()
	last := c.listThere(round)
	if c.pending && (last == c.asked || found[c.group(c.asked)] || found[c.below(c.asked)]) {
		c.happened()
	}
	c.pending = false
	if last != c.lists {
		t.Errorf("round %d: the list is that of write %d; acknowledged was %d", round, last, c.lists)
	}
	for _, name := range c.names {
		if !found[name] {
			t.Errorf("round %d: the group %s was acknowledged, or is a half of what is there, and is lost", round, name)
		}
		delete(found, name)
	}
}

// listThere is the write whose list is there, as a whole; 0 is none.
func (c *crashClient) listThere(round int) (write int) {
	t := c.s.t
	t.Helper()
	var values []struct {
		Group string `json:"group_id"`
		Value string `json:"value"`
		Rank  int    `json:"rank"`
	}
	text := c.s.mustAsk(http.MethodGet, "/api/4.0/user_attributes/"+c.attribute+"/group_values", c.token, "")
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		t.Fatal(err)
	}
	if len(values) == 0 {
		return 0
	}
	write, err := strconv.Atoi(values[0].Value)
	if err != nil || len(values) != listLength {
		t.Errorf("round %d: half of a list is there: %s", round, text)
	}
	for i, v := range values {
		if want := c.groups[(i+write)%listLength]; v.Value != values[0].Value || v.Group != want || v.Rank != i+1 {
			t.Errorf("round %d: half of a change is there: %s", round, text)
			break
		}
	}
	return write
}

// TestAFlippedBitInTheLogIsTakenForItsEnd holds what docs/operations.md says of
// the one thing that verify cannot find: a crash leaves the write-ahead log, a
// bit in it flips, and what is after it counts as not written. The directory is
// sound, and as of an earlier revision.
func TestAFlippedBitInTheLogIsTakenForItsEnd(t *testing.T) {
	s := newServer(t)
	token := s.login()
	for i := range 20 {
		s.createGroup(token, fmt.Sprint("group ", i))
	}
	s.kill()
	path := filepath.Join(s.data, "cohort.db-wal")
	log, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(log, []byte("group 15"))
	if at < 0 {
		t.Fatal("the log has no such group")
	}
	log[at] ^= 1
	if err := os.WriteFile(path, log, 0o600); err != nil {
		t.Fatal(err)
	}
	mustCohort(t, "verify", "--data", s.data)
	s.start()
	names := s.groupNames(s.login())
	if !names["group 0"] || names["group 19"] {
		t.Errorf("there are the groups %v", names)
	}
	s.stop()
	mustCohort(t, "verify", "--data", s.data)
}

package load

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	random "math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"cohort/client"
)

// A floor is the newest revision that anybody was told.
type floor struct{ revision atomic.Int64 }

func (f *floor) raise(revision int64) {
	for {
		old := f.revision.Load()
		if revision <= old || f.revision.CompareAndSwap(old, revision) {
			return
		}
	}
}

// header asks a node for at least the floor.
func (f *floor) header() (http.Header, int64) {
	floor := f.revision.Load()
	return http.Header{"Cohort-Min-Revision": {strconv.FormatInt(floor, 10)}}, floor
}

// runName begins the keys of a run.
func runName() string { return "cohort-load-" + rand.Text() }

// request sends request i, which should be sent at a time, and checks the
// answer.
func (d *driver) request(ctx context.Context, i int64, at time.Time, counts bool) {
	r := random.New(random.NewPCG(d.Seed, uint64(i)))
	n := d.nodes[i%int64(len(d.nodes))]
	k := d.Mix.pick(r)
	who := r.IntN(len(d.users))
	var err error
	var wrong string
	switch k {
	case read, kindCount:
		wrong, err = d.read(ctx, n, who)
	case explain:
		wrong, err = d.explain(ctx, n, who)
	case write, groupSet, move:
		wrong, err = d.write(ctx, n, r, d.writing(k))
	}
	if errors.Is(err, errCrowded) {
		k = read
		wrong, err = d.read(ctx, n, who)
	}
	if ctx.Err() != nil {
		return // it was stopped, by us
	}
	if err == nil {
		d.tally.add(k, time.Since(at), counts)
	}
	d.tally.note(err, wrong)
}

// A reply is the part of effective values that is looked at.
type reply struct {
	Revision int64 `json:"revision"`
	Values   []struct {
		Attribute string          `json:"attribute"`
		Value     json.RawMessage `json:"value"`
	} `json:"values"`
}

// read asks for the effective values of a user and checks them.
func (d *driver) read(ctx context.Context, n *node, who int) (wrong string, err error) {
	var out reply
	header, floor := d.floor.header()
	if err := n.Do(ctx, http.MethodGet, d.users[who].path, d.query, header, nil, &out); err != nil {
		return "", err
	}
	if out.Revision < floor {
		return old(out.Revision, floor), nil
	}
	if len(out.Values) != len(d.names) {
		return fmt.Sprintf("%d values, asked for %d", len(out.Values), len(d.names)), nil
	}
	team, region := -1, ""
	for _, v := range out.Values {
		text := textOf(v.Value)
		if wrong := d.checkValue(who, out.Revision, v.Attribute, text); wrong != "" {
			return fmt.Sprintf("user %s has %q of %s: %s", d.users[who].id, text, v.Attribute, wrong), nil
		}
		switch v.Attribute {
		case teamAttribute:
			team, _, _ = versionIn('t', text)
		case regionAttribute:
			region = text
		}
	}
	if want := d.regionText(team); region != want {
		return fmt.Sprintf("user %s of team %d has the region %q, not %q", d.users[who].id, team, region, want), nil
	}
	return "", nil
}

// textOf is the text of a value; if the value is no text, its JSON, which nobody
// set.
func textOf(value json.RawMessage) string {
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return string(value)
	}
	return text
}

func old(revision, floor int64) string {
	return fmt.Sprintf("revision %d answers a question for at least %d", revision, floor)
}

// checkValue checks one value of a user at a revision.
func (d *driver) checkValue(who int, revision int64, attribute, text string) (wrong string) {
	u := &d.users[who]
	switch attribute {
	case ownAttribute:
		if owner, n, ok := versionIn('u', text); ok && owner == who {
			return u.own.check(revision, n)
		}
	case teamAttribute:
		team, n, ok := versionIn('t', text)
		if !ok || team < 0 || team >= len(d.teams) {
			break
		}
		if wrong := u.team.check(revision, int32(team)); wrong != "" {
			return "it is of another group: " + wrong
		}
		return d.teams[team].value.check(revision, n)
	case regionAttribute:
		return "" // it hangs on the team, and is checked with it
	default:
		if at, ok := d.place[attribute]; ok && text == d.still[at] {
			return ""
		}
	}
	return "nobody set that"
}

// explain asks why a user has a value, and checks the value.
func (d *driver) explain(ctx context.Context, n *node, who int) (wrong string, err error) {
	header, floor := d.floor.header()
	var out client.Explanation
	if err := n.Do(ctx, http.MethodGet, d.users[who].path+"/"+teamAttribute, nil, header, nil, &out); err != nil {
		return "", err
	}
	text := textOf(out.Value.Value)
	if out.Revision < floor {
		return old(out.Revision, floor), nil
	}
	if wrong := d.checkValue(who, out.Revision, teamAttribute, text); wrong != "" {
		return fmt.Sprintf("user %s is said to have %q of %s: %s", d.users[who].id, text, teamAttribute, wrong), nil
	}
	return "", nil
}

// A writing draws what to write: the register, and the write that follows what
// it holds.
type writing func(r *random.Rand) (*register, func(now int32, n int) *pending)

// writing is how requests of a kind write.
func (d *driver) writing(k kind) writing {
	switch k {
	case groupSet:
		return d.groupWrite
	case move:
		return d.moveWrite
	default:
		return d.ownWrite
	}
}

// ownWrite sets a user's own value.
func (d *driver) ownWrite(r *random.Rand) (*register, func(int32, int) *pending) {
	who := r.IntN(len(d.users))
	return d.users[who].own, func(_ int32, n int) *pending {
		return d.pending(int32(n), fmt.Sprintf("own-%d-%d", who, n), edit{
			"edit": "set_user_value", "user": d.users[who].id, "attribute": ownAttribute, "value": ownText(who, int32(n)),
		})
	}
}

// groupWrite sets the value of a group, for everyone in it.
func (d *driver) groupWrite(r *random.Rand) (*register, func(int32, int) *pending) {
	which := r.IntN(len(d.teams))
	return d.teams[which].value, func(_ int32, n int) *pending {
		return d.pending(int32(n), fmt.Sprintf("team-%d-%d", which, n), edit{
			"edit": "set_group_value", "group": d.teams[which].id, "attribute": teamAttribute,
			"value": teamText(which, int32(n)),
		})
	}
}

// moveWrite takes a user from one group to another.
func (d *driver) moveWrite(r *random.Rand) (*register, func(int32, int) *pending) {
	who, by := r.IntN(len(d.users)), 1+r.IntN(len(d.teams)-1)
	return d.users[who].team, func(now int32, n int) *pending {
		to := (int(now) + by) % len(d.teams)
		return d.pending(int32(to), fmt.Sprintf("move-%d-%d", who, n),
			edit{"edit": "remove_member", "group": d.teams[now].id, "user": d.users[who].id},
			edit{"edit": "add_member", "group": d.teams[to].id, "user": d.users[who].id})
	}
}

func (d *driver) pending(value int32, key string, edits ...edit) *pending {
	return &pending{value: value, key: d.run + "-" + key, change: changeOf("", edits...)}
}

// write sends a write. One that is under way is passed over for another.
func (d *driver) write(ctx context.Context, n *node, r *random.Rand, draw writing) (wrong string, err error) {
	for range 100 {
		register, next := draw(r)
		if p := register.begin(next); p != nil {
			return d.send(ctx, n, register, p)
		}
	}
	return "", errCrowded
}

// errCrowded says that everything that could be written is being written, as
// there are few users, or slow servers. A read takes the place of the write.
var errCrowded = errors.New("everything that could be written is being written")

// send sends a write and notes what became of it.
func (d *driver) send(ctx context.Context, n *node, register *register, p *pending) (wrong string, err error) {
	again := p.again
	p.again = true
	done, err := n.Commit(ctx, p.change, p.key)
	switch problem := problemIn(err); {
	case err == nil && !done.Changed:
		register.lost()
		return "a write was answered with: nothing has changed", nil
	case err == nil:
		d.floor.raise(done.Revision)
		return register.committed(done.Revision), nil
	case problem != nil && problem.Status/100 == 4 && !again:
		return register.refused(), err
	}
	register.lost()
	return "", err
}

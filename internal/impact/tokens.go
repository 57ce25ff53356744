package impact

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"cohort/internal/admission"
	"cohort/internal/directory"
	"cohort/internal/record"
	"cohort/internal/resolve"
	"cohort/internal/store"
)

const (
	previewLife    = 15 * time.Minute
	maxPreviews    = 1000             // remembered
	maxFootprint   = 500_000          // ids remembered, of all previews together
	maxSince       = 10_000           // changes since a preview that are looked through
	previewsAtOnce = 2                // of all callers; one caller has one at a time
	previewsWait   = 64               // of all callers; of one caller a quarter
	previewQueue   = 10 * time.Second // how long a preview waits for its turn
)

// A previewed change is what is remembered of a preview: for whom it was, and
// what decided it.
type previewed struct {
	token       string
	caller      directory.Caller
	incarnation int64
	lineage     uint64
	revision    directory.Revision
	hash        [32]byte // of its record
	edits       [32]byte
	expires     directory.Instant

	everyone bool
	attrs    map[directory.AttributeID]bool
	groups   map[directory.GroupID]bool // of the edits, at or below them, and above
	users    []directory.UserID         // whose rows the edits write, ascending
	objects  map[directory.Object]bool  // that the edits write rows of, but for members
}

func (e *previewed) weight() int {
	return 100 + len(e.attrs) + len(e.groups) + len(e.users) + len(e.objects)
}

// Previews are the newest previews, by token, and the turns of those under way. A
// forgotten preview must be made again; nothing else depends on it.
type Previews struct {
	own    *admission.Slots // by caller
	all    *admission.Slots
	shared store.Ephemera // where other nodes find previews; nil if there are none
	token  func() (string, error)
	log    *slog.Logger

	mu      sync.Mutex
	byToken map[string]*previewed
	queue   []*previewed // oldest first
	weight  int
}

// NewPreviews remembers previews under the tokens that token makes. shared is
// where other nodes find them; nil if there are none.
func NewPreviews(token func() (string, error), shared store.Ephemera, log *slog.Logger) *Previews {
	return &Previews{
		own: admission.NewSlots(admission.SlotsConfig{PerKey: 1, Waiting: previewsWait / 4, Patience: previewQueue,
			Refusal: "too many previews of yours are under way; wait for replies"}),
		all: admission.NewSlots(admission.SlotsConfig{PerKey: previewsAtOnce, Waiting: previewsWait, Patience: previewQueue,
			Shared: true, Refusal: "too many previews are under way; try again"}),
		byToken: map[string]*previewed{}, token: token, shared: shared, log: log,
	}
}

// Enter waits for a turn of a caller's preview, without the turn of the server.
func (p *Previews) Enter(ctx context.Context, caller directory.UserID) (leave func(), err error) {
	err = admission.Outside(ctx, func() error {
		leave, err = admission.EnterBoth(ctx, p.own, p.all, directory.FormatID(caller))
		return err
	})
	return leave, err
}

// keep remembers a preview and forgets those that are too old or too many.
func (p *Previews) keep(entry *previewed, now directory.Instant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byToken[entry.token] = entry
	p.queue = append(p.queue, entry)
	p.weight += entry.weight()
	for len(p.queue) > 1 && (p.queue[0].expires <= now || len(p.queue) > maxPreviews || p.weight > maxFootprint) {
		p.weight -= p.queue[0].weight()
		delete(p.byToken, p.queue[0].token)
		p.queue[0] = nil
		p.queue = p.queue[1:]
	}
}

func (p *Previews) get(token string) *previewed {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byToken[token]
}

// Remember keeps what a later commit with the token has to compare.
func (p *Previews) Remember(c *Change, r *Reach,
	edits []directory.Edit) (token string, expires directory.Instant, err error) {
	head := c.Base.Head
	entry := &previewed{
		caller: c.Caller, incarnation: head.Incarnation, lineage: c.Base.Lineage, revision: head.Revision, hash: head.Hash,
		expires:  c.At + directory.Instant(previewLife.Milliseconds()),
		everyone: r.everyone, attrs: r.attrs, users: r.touched,
		groups: map[directory.GroupID]bool{}, objects: map[directory.Object]bool{},
	}
	maps.Copy(entry.groups, r.groups)
	maps.Copy(entry.groups, r.above)
	for _, w := range c.Writes {
		row := w.Row()
		entry.decidedBy(c, row)
	}
	if entry.edits, err = hashEdits(edits); err != nil {
		return "", 0, err
	}
	if entry.token, err = p.token(); err != nil {
		return "", 0, err
	}
	p.keep(entry, c.At)
	return entry.token, entry.expires, nil
}

// decidedBy notes the objects that a row of the edits belongs to, and for a
// membership what comes to the user with the group.
func (e *previewed) decidedBy(c *Change, row directory.Row) {
	m, member := row.(directory.Membership)
	if !member {
		for _, o := range row.Objects() {
			e.objects[o] = true
		}
		return
	}
	e.objects[m.User.Object()] = true
	e.groups[m.Group] = true
	for _, above := range c.After.Ancestors(m.Group) {
		e.groups[above] = true
	}
	for g := range e.groups {
		for value := range c.Before.GroupValuesOf(g) {
			e.attrs[value.Attribute] = true
		}
	}
}

// hashEdits is a hash of edits that covers their secrets, too.
func hashEdits(edits []directory.Edit) ([32]byte, error) {
	b, err := record.EncodeEdits(edits)
	if err != nil {
		return [32]byte{}, err
	}
	h := sha256.New()
	h.Write(b)
	for _, e := range edits {
		if c, ok := e.(directory.CreateAPICredential); ok {
			fmt.Fprintf(h, "\n%q", c.Secret)
		}
	}
	return [32]byte(h.Sum(nil)), nil
}

func stale(format string, args ...any) error {
	return &directory.Error{Kind: directory.KindStale, Field: "token", Code: directory.CodeInvalid,
		Msg: fmt.Sprintf(format, args...)}
}

// A Presented token comes with a change that is about to be planned on a state.
type Presented struct {
	Change  directory.Change
	Caller  directory.Caller
	At      directory.Instant
	Base    Base
	Catalog *resolve.Catalog
	Reader  store.Reader
}

// Check compares a token with the change that it is presented for, and with
// what has happened since. It returns how much moved that does not count as a
// conflict.
func (p *Previews) Check(ctx context.Context, now *Presented) (drifted int, err error) {
	change, caller, head := now.Change, now.Caller, now.Base.Head
	entry, err := p.load(ctx, now)
	if err != nil {
		return 0, err
	}
	switch {
	case entry == nil || entry.expires <= now.At:
		return 0, stale("is unknown or older than %d minutes; preview the change again", int(previewLife.Minutes()))
	case entry.caller.User != caller.User || entry.caller.Credential != caller.Credential ||
		entry.caller.Sudoer != caller.Sudoer:
		return 0, stale("belongs to the preview of somebody else; preview the change yourself")
	case entry.incarnation != head.Incarnation || entry.lineage != now.Base.Lineage:
		return 0, stale("is of another life of this directory, which was restored since; preview the change again")
	case head.Revision-entry.revision > maxSince:
		return 0, stale("is too old: there were more than %d changes since; preview the change again", maxSince)
	}
	hash, err := hashEdits(change.Edits)
	if err != nil {
		return 0, err
	}
	if hash != entry.edits {
		return 0, stale("belongs to the preview of other edits; preview these")
	}
	for rev := entry.revision + 1; rev <= head.Revision; rev++ {
		n, err := entry.since(ctx, now, rev)
		if err != nil {
			return 0, err
		}
		drifted += n
	}
	if drifted > 0 && change.Strict {
		return 0, stale("is not good any more: %d memberships or users' own values have changed since; preview the change "+
			"again", drifted)
	}
	return drifted, nil
}

// since judges a change that was committed after a preview.
func (e *previewed) since(ctx context.Context, now *Presented, rev directory.Revision) (drifted int, err error) {
	rec, err := now.Reader.Record(ctx, rev)
	if err != nil {
		return 0, err
	}
	writes, err := record.Images(rec)
	if directory.KindOf(err) == directory.KindGone || err == nil && len(record.Lost(rec, writes)) > 0 {
		return 0, stale("is not good any more: what change %d did was erased; preview the change again", rev)
	}
	if err != nil {
		return 0, err
	}
	for _, w := range writes {
		row := w.Row()
		conflict, drifts := e.meets(now.Catalog, row)
		if conflict != (directory.Object{}) {
			by := "the program itself"
			if id := rec.Header.Caller; id != 0 {
				by = id.Object().String()
			}
			return 0, stale("is not good any more: change %d, by %s, touched %s since; preview the change again", rev, by,
				conflict)
		}
		if drifts {
			drifted++
		}
	}
	if len(writes) == 0 {
		drifted++ // time has passed: a window opened or closed
	}
	return drifted, nil
}

// meets reports whether a row that was written after the preview is of an
// object of the edits or decided the preview, and which object that is; or
// whether it only moves who is reached.
func (e *previewed) meets(c *resolve.Catalog, row directory.Row) (conflict directory.Object, drifts bool) {
	switch r := row.(type) {
	case directory.Membership:
		_, mine := slices.BinarySearch(e.users, r.User)
		return conflict, e.everyone || mine || e.groups[r.Group]
	case directory.UserValue:
		if e.objects[r.User.Object()] {
			return r.User.Object(), false
		}
		return conflict, e.attrs[r.Attribute]
	case directory.GroupValue:
		if e.attrs[r.Attribute] {
			return r.Attribute.Object(), false
		}
	case directory.Attribute:
		if e.attrs[r.ID] {
			return r.ID.Object(), false
		}
	case directory.Nesting:
		if e.groups[r.Group] || e.groups[r.Parent] || e.brings(c, r.Parent) {
			return r.Group.Object(), false
		}
	}
	for _, o := range row.Objects() {
		if e.objects[o] {
			return o, false
		}
	}
	return conflict, false
}

// brings reports whether a group hands down a value of an attribute that the
// preview is about.
func (e *previewed) brings(c *resolve.Catalog, g directory.GroupID) bool {
	for _, id := range append(c.Ancestors(g), g) {
		for v := range c.GroupValuesOf(id) {
			if e.attrs[v.Attribute] {
				return true
			}
		}
	}
	return false
}

// fewGroups need no preview, whatever share of the groups they are: in a directory of
// few groups nearly every change would need one.
const fewGroups = 25

// Guard refuses a change that may affect more than a share of the users, or more than
// that share of the groups and more than a few, and so needs the token of a preview.
func (c *Change) Guard(ctx context.Context, share float64) error {
	r := c.Reach()
	users, err := c.reached(ctx, r)
	if err != nil {
		return err
	}
	if all := c.Base.Head.Users; float64(users) > share*float64(cmp.Or(all, 1)) {
		return stale("is required: the change may affect %d of %d users; preview it and send the token", users, all)
	}
	groups, all := r.groupsAtMost()
	if groups > fewGroups && float64(groups) > share*float64(all) {
		return stale("is required: the change may affect %d of %d groups; preview it and send the token", groups, all)
	}
	return nil
}

// reached is an upper bound of the users that were there before and whom the change
// can affect. It is found without looking at users, but for those of whom rows are
// written.
func (c *Change) reached(ctx context.Context, r *Reach) (int64, error) {
	touched := 0
	for _, id := range r.touched {
		before, _, err := c.User(id)
		if err != nil {
			return 0, err
		}
		if before.User.ID != 0 {
			touched++
		}
	}
	return r.most(ctx, c.Reader, c.Base.Head, c.At, touched)
}

package table

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"cohort/internal/desired"
	"cohort/internal/directory"
)

// Marks in cells: clearMark removes a value, emptyMark is the empty text. An empty
// cell leaves the value as it is.
const (
	clearMark = `\N`
	emptyMark = `\E`
)

// A Refusal is a refused row and the reason.
type Refusal struct {
	Row *Row
	Why error
}

// A Chunk is the state that some rows want.
type Chunk struct {
	State   *desired.State
	Refused []Refusal
	Unknown int               // rows whose object is unknown
	rows    map[string][]*Row // by key of the state
}

// RowsOf returns the rows of an object of the state.
func (c *Chunk) RowsOf(key string) []*Row { return c.rows[key] }

// Without returns the state without some objects, by key.
func (c *Chunk) Without(keys map[string]bool) *desired.State {
	bad := make(map[string]bool, 2*len(keys))
	for key := range keys {
		bad["user "+key], bad["group "+key] = true, true
	}
	return c.State.Without(bad)
}

// State parses what rows want.
func (t *Table) State(rows []Row) *Chunk {
	c := &chunk{
		Table: t, out: &Chunk{State: &desired.State{HasUsers: t.Kind == Users}, rows: map[string][]*Row{}},
		users: map[string]*desired.User{}, groups: map[string]*desired.Group{}, partial: map[string]bool{},
	}
	for i := range rows {
		r := &rows[i]
		if err := c.take(r); err != nil {
			c.out.Refused = append(c.out.Refused, Refusal{r, err})
			c.keep(r)
		}
	}
	for _, key := range c.order {
		if u := c.users[key]; u != nil {
			u.Adds = u.Adds || c.Kind == Members && (c.partial[key] || c.out.Unknown > 0)
			c.out.State.Users = append(c.out.State.Users, *u)
		}
		if g := c.groups[key]; g != nil {
			c.out.State.Groups = append(c.out.State.Groups, *g)
		}
	}
	return c.out
}

// A chunk is a Chunk under construction.
type chunk struct {
	*Table
	out    *Chunk
	users  map[string]*desired.User
	groups map[string]*desired.Group
	order  []string

	partial map[string]bool // users with a refused membership: they lose none
}

// keep records the object of a refused row, because the table still contains it.
func (c *chunk) keep(r *Row) {
	var e desired.Entry
	err := r.Err
	if err == nil {
		cells := &cells{table: c.Table, row: r}
		switch c.Kind {
		case Users, Groups:
			e, err = c.entry(cells)
		case Members:
			err = owner(&e, cells.raw("user"))
		case Values:
			return // it loses none
		}
	}
	switch kept := &c.out.State.Kept; {
	case err != nil || e.Key == "":
		c.out.Unknown++
	case c.Kind == Members:
		c.partial[e.Key] = true
	default:
		if *kept == nil {
			*kept = &desired.State{}
		}
		if c.Kind == Users {
			(*kept).Users = append((*kept).Users, desired.User{Entry: e})
		} else {
			(*kept).Groups = append((*kept).Groups, desired.Group{Entry: e})
		}
	}
}

func (c *chunk) take(r *Row) error {
	if r.Err != nil {
		return r.Err
	}
	if key := c.keyOf(r); c.seen[key] > 1 {
		return fmt.Errorf("its key is there %d times", c.seen[key])
	}
	for i, cell := range r.Cells {
		if strings.ContainsRune(cell, 0) {
			return fmt.Errorf("%s has a NUL character, which no text can have", c.Header[i])
		}
	}
	cells := &cells{table: c.Table, row: r}
	var err error
	switch c.Kind {
	case Users:
		err = c.user(r, cells)
	case Groups:
		err = c.group(r, cells)
	case Members:
		err = c.member(r, cells)
	case Values:
		err = c.value(r, cells)
	}
	return err
}

// user is the user of a key; it is made if it is new.
func (c *chunk) userOf(key string, r *Row) *desired.User {
	u := c.users[key]
	if u == nil {
		u = &desired.User{Entry: desired.Entry{Key: key, Place: place(r)}}
		c.users[key] = u
		c.order = append(c.order, key)
	}
	c.out.rows[key] = append(c.out.rows[key], r)
	return u
}

func (c *chunk) groupOf(key string, r *Row) *desired.Group {
	g := c.groups[key]
	if g == nil {
		g = &desired.Group{Entry: desired.Entry{Key: key, Place: place(r), Unnamed: true}}
		c.groups[key] = g
		c.order = append(c.order, key)
	}
	c.out.rows[key] = append(c.out.rows[key], r)
	return g
}

func place(r *Row) string { return fmt.Sprintf("line %d", r.Line) }

// entry parses the key of a row: how the state names the object, and how to find it.
func (c *chunk) entry(cells *cells) (desired.Entry, error) {
	e := desired.Entry{}
	for _, field := range c.fields {
		source, ok := strings.CutPrefix(field, "source:")
		if !ok {
			continue
		}
		if id := cells.text(field); id != nil {
			if e.Sources == nil {
				e.Sources = map[string]string{}
			}
			e.Sources[source] = *id
		}
	}
	key := cells.raw(c.Key)
	if key == "" || key == clearMark || key == emptyMark {
		return e, fmt.Errorf("has no %s, by which it is known", c.Key)
	}
	return e, identify(&e, c.Key, key)
}

// identify says how to name and find the object of a key.
func identify(e *desired.Entry, field, key string) error {
	switch source, isSource := strings.CutPrefix(field, "source:"); {
	case isSource:
		e.Key, e.Unnamed = "source:"+source+"/"+key, true
	case field == "id":
		id, err := directory.ParseID[directory.ValueID]("id", key)
		if err != nil {
			return err
		}
		e.Key, e.ID, e.Unnamed = "id:"+key, int64(id), true
	default:
		e.Key = key
	}
	return nil
}

func (c *chunk) user(r *Row, cells *cells) error {
	e, err := c.entry(cells)
	if err != nil {
		return err
	}
	e.Place, e.Adds = place(r), !c.opt.Full
	u := desired.User{Entry: e}
	u.FirstName, u.LastName, u.ContactEmail = cells.text("first_name"), cells.text("last_name"),
		cells.text("contact_email")
	u.Timezone, u.Language, u.Kind = cells.text("timezone"), cells.upper("language"), cells.text("kind")
	if c.Key != "email" {
		u.Email = cells.text("email")
	}
	if active := cells.flag("active"); active != nil {
		u.Disabled = new(!*active)
	}
	if groups := cells.list("groups"); groups != nil {
		members := make([]desired.Member, len(*groups))
		for i, g := range *groups {
			members[i] = desired.Member{Group: c.reference(g)}
		}
		u.Groups = &members
	}
	u.Roles = cells.list("roles")
	u.Values = cells.values()
	if cells.err != nil {
		return cells.err
	}
	*c.userOf(u.Key, r) = u
	return nil
}

func (c *chunk) group(r *Row, cells *cells) error {
	e, err := c.entry(cells)
	if err != nil {
		return err
	}
	g := desired.Group{Entry: e}
	g.Place = place(r)
	if c.Key != "name" {
		g.Name = cells.text("name")
	}
	g.Language, g.Roles, g.Values = cells.upper("language"), cells.list("roles"), cells.values()
	for _, field := range []string{"parents", "parent"} {
		if parents := cells.list(field); parents != nil {
			for i := range *parents {
				(*parents)[i] = c.reference((*parents)[i])
			}
			g.Parents = parents
		}
	}
	if cells.err != nil {
		return cells.err
	}
	*c.groupOf(g.Key, r) = g
	return nil
}

// reference returns how the state names a group in a cell. A bare text is the same kind of key
// as the rows'.
func (t *Table) reference(text string) string {
	for _, prefix := range []string{"source:", "name:", "id:"} {
		if strings.HasPrefix(text, prefix) {
			return text
		}
	}
	switch source, isSource := strings.CutPrefix(t.Key, "source:"); {
	case isSource:
		return "source:" + source + "/" + text
	case t.Key == "id":
		return "id:" + text
	}
	return text
}

// owner parses a selector of a user or group, and says how to find it.
func owner(e *desired.Entry, text string) error {
	switch {
	case strings.HasPrefix(text, "source:"):
		source, id, ok := strings.Cut(strings.TrimPrefix(text, "source:"), "/")
		if !ok || source == "" || id == "" {
			return fmt.Errorf("%q must be of the form source:erp/4711", text)
		}
		e.Sources = map[string]string{source: id}
	case strings.HasPrefix(text, "id:"):
		return identify(e, "id", strings.TrimPrefix(text, "id:"))
	case digits(text):
		return identify(e, "id", text)
	case strings.HasPrefix(text, "email:"), strings.HasPrefix(text, "name:"):
		_, text, _ = strings.Cut(text, ":")
	}
	e.Key, e.Unnamed = text, true
	return nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func (c *chunk) member(r *Row, cells *cells) error {
	user, group := cells.raw("user"), cells.raw("group")
	if user == "" || group == "" {
		return errors.New("needs a user and a group")
	}
	e := desired.Entry{}
	if err := owner(&e, user); err != nil {
		return err
	}
	m := desired.Member{Group: group, Bounds: cells.bounds("from", "until")}
	if digits(group) {
		m.Group = "id:" + group
	}
	if cells.err != nil {
		return cells.err
	}
	u := c.userOf(e.Key, r)
	e.Place, e.MustExist, e.Adds = u.Place, true, !c.opt.Full
	u.Entry = e
	if u.Groups == nil {
		u.Groups = &[]desired.Member{}
	}
	*u.Groups = append(*u.Groups, m)
	return nil
}

func (c *chunk) value(r *Row, cells *cells) error {
	name := strings.ToLower(cells.raw("attribute"))
	if _, ok := c.opt.TypeOf(name); !ok {
		return fmt.Errorf("names the attribute %q, which is not there", name)
	}
	v, ok := cells.value("value", name, cells.bounds("from", "until"))
	if cells.err != nil || !ok {
		return cells.err
	}
	e := desired.Entry{MustExist: true}
	field, selector := "group", cells.raw("group")
	if selector == "" {
		field, selector = "user", cells.raw("user")
	}
	if selector == "" {
		return errors.New("needs a group or a user")
	}
	if err := owner(&e, selector); err != nil {
		return err
	}
	if rank := cells.raw("rank"); rank != "" {
		if field == "user" || !digits(rank) {
			return errors.New("rank must be a whole number, and is for values of groups")
		}
		n, err := strconv.Atoi(rank)
		if err != nil {
			return errors.New("rank must be a whole number that is not too large")
		}
		v.Rank = &n
	}
	e.Key = field + " " + e.Key
	if field == "user" {
		u := c.userOf(e.Key, r)
		e.Place = u.Place
		u.Entry, u.Values = unprefixed(e), append(u.Values, v)
		return nil
	}
	g := c.groupOf(e.Key, r)
	e.Place = g.Place
	g.Entry, g.Values = unprefixed(e), append(g.Values, v)
	return nil
}

// unprefixed keeps the key, which distinguishes users from groups, and finds the object by the
// name in it.
func unprefixed(e desired.Entry) desired.Entry {
	_, name, _ := strings.Cut(e.Key, " ")
	e.Find = name
	return e
}

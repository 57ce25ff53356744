package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"cohort/client"
)

// prefix begins the names of our attributes. The first of them marks a
// directory as one that we may use.
const prefix = "cohort_load_"

// Attributes with a role of their own; more hold still.
const (
	ownAttribute    = prefix + "own"    // set on each user
	teamAttribute   = prefix + "team"   // set on the group that each user is in
	regionAttribute = prefix + "region" // set on the groups above those
)

// Sizes.
const (
	usersPerTeam   = 50
	teamsPerRegion = 10
	usersPerChange = 500
	pageLen        = 1000
)

// A world is what we make in the directory, and what we know of it.
type world struct {
	names   []string // of attributes
	place   map[string]int
	still   []string // by attribute: what everyone has, of those that hold still
	query   url.Values
	regions int

	root  string
	teams []team
	users []user
}

type team struct {
	id    string
	value *register
}

type user struct {
	id   string
	path string // of its effective values
	own  *register
	team *register // the number of the team it is in
}

// sketch says what a world of so many users and attributes has.
func sketch(users, attributes int) *world {
	w := &world{
		names: []string{teamAttribute, ownAttribute, regionAttribute},
		teams: make([]team, max(2, (users+usersPerTeam-1)/usersPerTeam)), users: make([]user, users),
	}
	w.regions = (len(w.teams) + teamsPerRegion - 1) / teamsPerRegion
	for i := len(w.names); i < attributes; i++ {
		w.names = append(w.names, fmt.Sprintf("%sstill_%03d", prefix, i))
	}
	w.place, w.still = map[string]int{}, make([]string, len(w.names))
	for i, name := range w.names {
		w.place[name] = i
		if i > w.place[regionAttribute] {
			w.still[i] = "the same for everyone: " + strconv.Itoa(i)
		}
	}
	w.query = url.Values{"attributes": {strings.Join(w.names, ",")}}
	return w
}

// Texts of values.
func ownText(user int, version int32) string { return fmt.Sprintf("u%d.%d", user, version) }
func teamText(team int, version int32) string {
	return fmt.Sprintf("t%d.%d", team, version)
}
func (w *world) regionText(team int) string { return fmt.Sprintf("r%d", team%w.regions) }

// versionIn reads the number of the owner and the version of a value's text.
func versionIn(letter byte, text string) (owner int, version int32, ok bool) {
	number, rest, dotted := strings.Cut(text, ".")
	if !dotted || number == "" || number[0] != letter {
		return 0, 0, false
	}
	owner, err := strconv.Atoi(number[1:])
	n, err2 := strconv.ParseInt(rest, 10, 32)
	return owner, int32(n), err == nil && err2 == nil
}

// An edit is the JSON of one.
type edit map[string]any

func changeOf(comment string, edits ...edit) client.Change {
	change := client.Change{Comment: comment}
	for _, e := range edits {
		raw, err := json.Marshal(e)
		if err != nil {
			panic(err) // texts and numbers always have a form in JSON
		}
		change.Edits = append(change.Edits, raw)
	}
	return change
}

func made(i int) string { return "$" + strconv.Itoa(i) }

// errForeign refuses a directory that is somebody's.
var errForeign = errors.New("the directory has users or groups, and no mark of an earlier run; if it may be written " +
	"to all the same, say --yes")

// build makes the world in the directory. Without force it refuses one that
// is neither empty nor marked.
func (w *world) build(ctx context.Context, c *client.Client, force bool, progress func(done, total int)) error {
	marked, err := isMarked(ctx, c)
	if err != nil {
		return err
	}
	if marked {
		if err := sweep(ctx, c); err != nil {
			return fmt.Errorf("remove what an earlier run left: %w", err)
		}
	} else if !force {
		if err := refuseForeign(ctx, c); err != nil {
			return err
		}
	}
	if err := w.buildCatalog(ctx, c); err != nil {
		return err
	}
	for from := 0; from < len(w.users); from += usersPerChange {
		progress(from, len(w.users))
		if err := w.buildUsers(ctx, c, from, min(from+usersPerChange, len(w.users))); err != nil {
			return err
		}
	}
	progress(len(w.users), len(w.users))
	return nil
}

// isMarked reports whether an earlier run left its mark.
func isMarked(ctx context.Context, c *client.Client) (bool, error) {
	err := c.Do(ctx, http.MethodGet, "/v1/attributes/"+teamAttribute, nil, nil, nil, nil)
	if p, ok := errors.AsType[*client.Problem](err); ok && p.Status == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}

// refuseForeign takes a directory in which there is nobody but who asks, and
// no group but All Users.
func refuseForeign(ctx context.Context, c *client.Client) error {
	for _, kind := range []string{"users", "groups"} {
		var page map[string]json.RawMessage
		var list []struct{}
		err := c.Do(ctx, http.MethodGet, "/v1/"+kind, url.Values{"limit": {"2"}}, nil, nil, &page)
		if err == nil {
			err = json.Unmarshal(page[kind], &list)
		}
		if err != nil {
			return err
		}
		if len(list) > 1 {
			return errForeign
		}
	}
	return nil
}

// buildCatalog makes attributes and groups: one group above all, regions in
// it, teams in those.
func (w *world) buildCatalog(ctx context.Context, c *client.Client) error {
	var edits []edit
	for _, name := range w.names {
		edits = append(edits, edit{"edit": "create_attribute", "name": name, "type": "string"})
	}
	group := func(name string, above int) int {
		edits = append(edits, edit{"edit": "create_group", "name": name})
		at := len(edits) - 1
		if above >= 0 {
			edits = append(edits, edit{"edit": "add_parent", "group": made(at), "parent": made(above)})
		}
		return at
	}
	value := func(group, attribute int, text string) {
		edits = append(edits, edit{"edit": "set_group_value", "group": made(group), "attribute": made(attribute),
			"value": text})
	}
	root := group("Cohort load", -1)
	for i, text := range w.still {
		if text != "" {
			value(root, i, text)
		}
	}
	value(root, w.place[ownAttribute], "nobody has this") // so that the group is found again
	regions := make([]int, w.regions)
	for i := range regions {
		regions[i] = group(fmt.Sprintf("Cohort load, region %d", i), root)
		value(regions[i], w.place[regionAttribute], w.regionText(i))
	}
	teams := make([]int, len(w.teams))
	for i := range teams {
		teams[i] = group(fmt.Sprintf("Cohort load, team %d", i), regions[i%w.regions])
		value(teams[i], w.place[teamAttribute], teamText(i, 0))
	}
	done, err := c.Commit(ctx, changeOf("cohort load: attributes and groups", edits...), "")
	if err != nil {
		return err
	}
	w.root = done.Results[root].ID
	for i, at := range teams {
		w.teams[i] = team{id: done.Results[at].ID, value: newRegister(0, done.Revision)}
	}
	return nil
}

// buildUsers makes some of the users.
func (w *world) buildUsers(ctx context.Context, c *client.Client, from, to int) error {
	var edits []edit
	for i := from; i < to; i++ {
		at := len(edits)
		edits = append(edits,
			edit{"edit": "create_user", "first_name": "Load", "last_name": "User " + strconv.Itoa(i)},
			edit{"edit": "add_member", "group": w.teams[i%len(w.teams)].id, "user": made(at)},
			edit{"edit": "set_user_value", "user": made(at), "attribute": ownAttribute, "value": ownText(i, 0)})
	}
	done, err := c.Commit(ctx, changeOf("cohort load: users", edits...), "")
	if err != nil {
		return err
	}
	for i := from; i < to; i++ {
		id := done.Results[3*(i-from)].ID
		w.users[i] = user{
			id: id, path: "/v1/users/" + id + "/effective",
			own: newRegister(0, done.Revision), team: newRegister(int32(i%len(w.teams)), done.Revision),
		}
	}
	return nil
}

// registers are all that is written.
func (w *world) registers() []*register {
	var all []*register
	for i := range w.teams {
		all = append(all, w.teams[i].value)
	}
	for i := range w.users {
		all = append(all, w.users[i].own, w.users[i].team)
	}
	return all
}

package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"cohort/client"
	"cohort/internal/screen"
)

// An effectiveCmd shows what a user or a group has.
type effectiveCmd struct {
	listFormat
	stopped
	moment
	Of        string `arg:"" optional:"" name:"user" complete:"user" help:"an id, an e-mail address, a name, or source:erp/4711"`
	Attribute string `arg:"" optional:"" complete:"attribute" help:"an id or a name; default: all"`
	Group     string `short:"g" placeholder:"GROUP" complete:"group" help:"what this group hands down; the one argument is the attribute then"`
}

// Help returns the details of the command's help.
func (*effectiveCmd) Help() string {
	return `Examples:

  cohort effective ada@example.com
  cohort effective "Ada Lovelace" region
  cohort effective source:erp/4711 --revision 4711 --json
  cohort effective --group EMEA region`
}

// values is the list of effective values.
func valuesList() *screen.List[client.Value] {
	return &screen.List[client.Value]{
		Member: "values", Name: func(v *client.Value) string { return v.Attribute },
		Columns: []screen.Column[client.Value]{
			{Title: "attribute", Text: func(v *client.Value) string { return v.Attribute }},
			{Title: "value", Text: func(v *client.Value) string { return bare(v.Value) },
				Show: func(_ screen.Screen, v *client.Value) string { return shown(v.Value) }},
			{Title: "from", Text: origin},
		},
	}
}

// Run asks the server.
func (c *effectiveCmd) Run(v *invocation) error {
	path, attribute, err := effectivePath(c.Of, c.Attribute, c.Group)
	if err != nil {
		return err
	}
	server, err := v.client()
	if err != nil {
		return err
	}
	query := c.query()
	if attribute != "" {
		query.Set("attributes", attribute)
	}
	var reply struct {
		Revision json.RawMessage   `json:"revision"`
		User     json.RawMessage   `json:"user"`
		Group    json.RawMessage   `json:"group"`
		Values   []json.RawMessage `json:"values"`
	}
	if err := server.Do(v.ctx, http.MethodGet, path, query, nil, nil, &reply); err != nil {
		return err
	}
	items, err := itemsOf[client.Value](reply.Values)
	if err != nil {
		return err
	}
	var shownItems []screen.Item[client.Value]
	for _, item := range items {
		if item.Value.Origin != "none" || attribute != "" || c.format() != screen.Table {
			shownItems = append(shownItems, item)
		}
	}
	about := []screen.Member{{Name: "revision", Value: reply.Revision}, {Name: "user", Value: reply.User}}
	if c.Group != "" {
		about[1] = screen.Member{Name: "group", Value: reply.Group}
	}
	return valuesList().Write(v.out, v.screen, c.format(), shownItems, about...)
}

// effectivePath is the path of the effective values of a user or of a group. Where
// a group is named, the first argument is the attribute.
func effectivePath(user, attribute, group string) (path, asked string, err error) {
	switch {
	case group != "" && attribute != "":
		return "", "", usageError{errors.New("say a user or --group, not both")}
	case group != "":
		return at("groups", groupSelector(group), "effective"), user, nil
	case user == "":
		return "", "", usageError{errors.New("say which user, or --group GROUP")}
	}
	return at("users", userSelector(user), "effective"), attribute, nil
}

// query is the moment as parameters.
func (m moment) query() url.Values {
	query := url.Values{}
	if m.Revision != 0 {
		query.Set("revision", decimal(m.Revision))
	}
	if !m.At.IsZero() {
		query.Set("at", m.At.UTC().Format(time.RFC3339Nano))
	}
	return query
}

// itemsOf reads entries of a list.
func itemsOf[T any](raw []json.RawMessage) ([]screen.Item[T], error) {
	items := make([]screen.Item[T], len(raw))
	for i := range raw {
		items[i].Raw = raw[i]
		if err := json.Unmarshal(raw[i], &items[i].Value); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// itemOf makes an entry of a list of what no server sent.
func itemOf[T any](value T) (screen.Item[T], error) {
	raw, err := json.Marshal(value)
	return screen.Item[T]{Raw: raw, Value: value}, err
}

// itemsFrom makes entries of a list of what no server sent so.
func itemsFrom[T any](values []T) ([]screen.Item[T], error) {
	items := make([]screen.Item[T], len(values))
	for i, value := range values {
		item, err := itemOf(value)
		if err != nil {
			return nil, err
		}
		items[i] = item
	}
	return items, nil
}

// origin says where a value comes from.
func origin(value *client.Value) string {
	if value.Origin == "group" {
		return groupNames(value.Groups, ", ")
	}
	return "(" + value.Origin + ")"
}

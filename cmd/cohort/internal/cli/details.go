package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"cohort/client"
	"cohort/internal/screen"
)

// ReadObject reads one object, parsed and as it was sent.
func ReadObject[T any](v *Invocation, path string) (*T, json.RawMessage, error) {
	server, err := v.Client()
	if err != nil {
		return nil, nil, err
	}
	var raw json.RawMessage
	if err := server.Do(v.Context, http.MethodGet, path, nil, nil, nil, &raw); err != nil {
		return nil, nil, err
	}
	value := new(T)
	if err := json.Unmarshal(raw, value); err != nil {
		return nil, nil, fmt.Errorf("read the reply: %w", err)
	}
	return value, raw, nil
}

// Details writes the fields of an object, one a line. Empty fields are left out.
func (v *Invocation) Details(rows [][2]string) {
	width := 0
	for _, row := range rows {
		if row[1] != "" {
			width = max(width, len(row[0]))
		}
	}
	for _, row := range rows {
		if row[1] != "" {
			label := row[0] + strings.Repeat(" ", width-len(row[0])+2)
			v.Screen.HangingIndent(v.Stdout, v.Styled(screen.Grey, label), Plain(row[1]))
		}
	}
}

// Section writes a table with a title, or nothing if it has no rows.
func (v *Invocation) Section(title string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(v.Stdout, "\n%s\n", v.Bold(title))
	v.Table(rows)
}

// WindowText describes the time in which a value or membership applies; empty without bounds.
func (v *Invocation) WindowText(from, until *time.Time) string {
	var parts []string
	if from != nil {
		parts = append(parts, "from "+from.UTC().Format(time.RFC3339))
	}
	if until != nil {
		parts = append(parts, "until "+until.UTC().Format(time.RFC3339))
	}
	return strings.Join(parts, " ")
}

// OwnValues are the table rows of the values that a user or group has itself.
func (v *Invocation) OwnValues(values []client.OwnValue) [][]string {
	var rows [][]string
	for _, value := range values {
		row := []string{"  " + value.Attribute, ValueText(value.Value)}
		if value.Rank > 0 {
			row = append(row, fmt.Sprintf("rank %d", value.Rank))
		}
		rows = append(rows, append(row, v.WindowText(value.StartsAt, value.ExpiresAt)))
	}
	return rows
}

// Roles reads all roles.
func (v *Invocation) Roles() ([]screen.Item[client.Role], error) {
	server, err := v.Client()
	if err != nil {
		return nil, err
	}
	var reply struct {
		Roles []json.RawMessage `json:"roles"`
	}
	if err := server.Do(v.Context, http.MethodGet, "/v1/roles", nil, nil, nil, &reply); err != nil {
		return nil, err
	}
	return ItemsOf[client.Role](reply.Roles)
}

// RoleNames lists the names of roles.
func (v *Invocation) RoleNames(ids []string) (string, error) {
	if len(ids) == 0 {
		return "", nil
	}
	roles, err := v.Roles()
	if err != nil {
		return "", err
	}
	var names []string
	for _, id := range ids {
		name := "role " + id
		for _, r := range roles {
			if r.Value.ID == id {
				name = r.Value.Name
			}
		}
		names = append(names, name)
	}
	return strings.Join(names, ", "), nil
}

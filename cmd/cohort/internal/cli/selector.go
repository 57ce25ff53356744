package cli

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"cohort/client"
)

// UserSelector completes what a person types for a user: digits are an id, a text with @ is an
// e-mail address, any other text without a prefix is a name.
func UserSelector(text string) string {
	switch {
	case IsID(text) || hasPrefix(text, "name:", "email:", "source:"):
		return text
	case strings.Contains(text, "@"):
		return "email:" + text
	}
	return "name:" + text
}

// GroupSelector completes what a person types for a group: digits are an id, any other text
// without a prefix is a name.
func GroupSelector(text string) string {
	if IsID(text) || hasPrefix(text, "name:", "source:") {
		return text
	}
	return "name:" + text
}

// RoleSelector completes what a person types for a role, as GroupSelector does.
func RoleSelector(text string) string {
	if IsID(text) || hasPrefix(text, "name:") {
		return text
	}
	return "name:" + text
}

// ObjectSelector completes the selector of an object with its kind, such as group:EMEA.
func ObjectSelector(text string) string {
	kind, which, _ := strings.Cut(text, ":")
	switch kind {
	case "user":
		return "user:" + UserSelector(which)
	case "group":
		return "group:" + GroupSelector(which)
	case "role":
		return "role:" + RoleSelector(which)
	}
	return text
}

// IsID reports whether a text is an id.
func IsID(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func hasPrefix(text string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}

// APIPath is a path of the API, made of selectors and names.
func APIPath(parts ...string) string {
	var path strings.Builder
	path.WriteString("/v1")
	for _, p := range parts {
		path.WriteString("/" + url.PathEscape(p))
	}
	return path.String()
}

// Limits of the list of choices.
const (
	maxChoices   = 10
	maxPathShown = 8
)

// choices lists the objects that an ambiguous selector matches: id, name and path.
func (v *Invocation) choices(p *client.Problem) string {
	server, err := v.Client()
	if err != nil {
		return ""
	}
	var text strings.Builder
	for _, id := range p.Choices[:min(len(p.Choices), maxChoices)] {
		text.WriteString("\n  " + id)
		if strings.HasSuffix(p.Field, "group") || strings.HasSuffix(p.Field, "parent") {
			text.WriteString("  " + v.groupPath(server, id))
			continue
		}
		var user client.UserDetail
		if server.Do(v.Context, http.MethodGet, APIPath("users", id), nil, nil, nil, &user) == nil && user.ID == id {
			text.WriteString("  " + Plain(strings.TrimSpace(user.Name+" "+cmp.Or(user.Email, user.ContactEmail))))
			if len(user.Groups) > 0 {
				text.WriteString(" in " + Plain(user.Groups[0].Group.Name))
			}
		}
	}
	if len(p.Choices) > maxChoices {
		text.WriteString("\n  …")
	}
	return text.String()
}

// groupPath is the path of a group by the names of its first parents.
func (v *Invocation) groupPath(server *client.Client, id string) string {
	path := ""
	for range maxPathShown {
		var g client.GroupDetail
		if server.Do(v.Context, http.MethodGet, APIPath("groups", id), nil, nil, nil, &g) != nil {
			return path
		}
		if path == "" {
			path = Plain(g.Name)
		} else {
			path = Plain(g.Name) + " → " + path
		}
		if len(g.Parents) == 0 {
			return path
		}
		id = g.Parents[0].ID
	}
	return "… → " + path
}

// OwnerFlags are the flags that name the owner of a value or a role.
type OwnerFlags struct {
	Group string `short:"g" xor:"owner" required:"" placeholder:"GROUP" complete:"group" help:"the group: an id, a name, or source:erp/4711"`
	User  string `short:"u" xor:"owner" required:"" placeholder:"USER" complete:"user" help:"the user: an id, an e-mail address, a name, or source:erp/4711"`
}

// Name names the owner for messages.
func (o OwnerFlags) Name() string {
	if o.Group != "" {
		return "group " + o.Group
	}
	return "user " + o.User
}

// RoleSelectors completes roles. Empty texts are left out.
func RoleSelectors(roles []string) []string {
	list := []string{}
	for _, r := range roles {
		if r != "" {
			list = append(list, RoleSelector(r))
		}
	}
	return list
}

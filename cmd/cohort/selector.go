package main

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"cohort/client"
)

// userSelector completes what a person types for a user: a number is an id, a text
// with an @ an e-mail, anything else without a prefix the name.
func userSelector(text string) string {
	switch {
	case isID(text) || hasPrefix(text, "name:", "email:", "source:"):
		return text
	case strings.Contains(text, "@"):
		return "email:" + text
	}
	return "name:" + text
}

// groupSelector completes what a person types for a group: a number is an id,
// anything else without a prefix the name.
func groupSelector(text string) string {
	if isID(text) || hasPrefix(text, "name:", "source:") {
		return text
	}
	return "name:" + text
}

// roleSelector completes what a person types for a role.
func roleSelector(text string) string {
	if isID(text) || hasPrefix(text, "name:") {
		return text
	}
	return "name:" + text
}

// objectSelector completes the name of an object with its kind, such as group:EMEA.
func objectSelector(text string) string {
	kind, which, _ := strings.Cut(text, ":")
	switch kind {
	case "user":
		return "user:" + userSelector(which)
	case "group":
		return "group:" + groupSelector(which)
	case "role":
		return "role:" + roleSelector(which)
	}
	return text
}

func isID(text string) bool {
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

func pathPart(text string) string { return url.PathEscape(text) }

// at is a path of the API below an object that a selector names.
func at(parts ...string) string {
	var path strings.Builder
	path.WriteString("/v1")
	for _, p := range parts {
		path.WriteString("/" + pathPart(p))
	}
	return path.String()
}

// Limits of a list of choices.
const (
	maxChoices   = 10
	maxPathShown = 8
)

// choices lists what an ambiguous selector can mean: id, name and path.
func (v *invocation) choices(p *client.Problem) string {
	server, err := v.client()
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
		if server.Do(v.ctx, http.MethodGet, at("users", id), nil, nil, nil, &user) == nil && user.ID == id {
			text.WriteString("  " + plain(strings.TrimSpace(user.Name+" "+cmp.Or(user.Email, user.ContactEmail))))
			if len(user.Groups) > 0 {
				text.WriteString(" in " + plain(user.Groups[0].Group.Name))
			}
		}
	}
	if len(p.Choices) > maxChoices {
		text.WriteString("\n  …")
	}
	return text.String()
}

// groupPath is the name of a group behind those of its first parents.
func (v *invocation) groupPath(server *client.Client, id string) string {
	path := ""
	for range maxPathShown {
		var g client.GroupDetail
		if server.Do(v.ctx, http.MethodGet, at("groups", id), nil, nil, nil, &g) != nil {
			return path
		}
		if path == "" {
			path = plain(g.Name)
		} else {
			path = plain(g.Name) + " → " + path
		}
		if len(g.Parents) == 0 {
			return path
		}
		id = g.Parents[0].ID
	}
	return "… → " + path
}

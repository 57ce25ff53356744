package why

import (
	"net/url"
	"slices"
	"strings"

	"cohort/internal/console/pagekit"
	"cohort/internal/console/search"
	"cohort/internal/console/sentence"
	"cohort/internal/directory"
)

// An askPage asks which user and which attribute the person means.
type askPage struct {
	User, Attribute   string
	Asked             bool
	Users, Attributes []search.Hit
}

// askWhy leads from the form in the header to the page that answers it.
func askWhy(q *pagekit.Request) error {
	who, what := strings.TrimSpace(q.Query.Get("user")), strings.TrimSpace(q.Query.Get("attribute"))
	page := askPage{User: who, Attribute: what}
	if who == "" && what == "" {
		return q.Show("ask", pagekit.Frame{Title: "Why does somebody have a value?", Kind: "Ask why", Data: page})
	}
	found, err := search.FindUsers(q, who, search.HitsShown)
	if err != nil {
		return err
	}
	named, err := search.FindAttributes(q, what, search.HitsShown)
	if err != nil {
		return err
	}
	if exact := slices.IndexFunc(named,
		func(a directory.Attribute) bool { return a.Name == directory.Fold(what) }); exact >= 0 {
		named = named[exact : exact+1]
	}
	if len(found) == 1 && len(named) == 1 {
		return q.Redirect(q.To("users", directory.FormatID(found[0].User.ID), "why", named[0].Name))
	}
	page.Asked = true
	for i := range found {
		u := &found[i]
		again := url.Values{"user": {directory.FormatID(u.User.ID)}, "attribute": {what}}
		page.Users = append(page.Users, search.Hit{
			Kind: "user", Name: sentence.UserName(&u.UserRows), Note: u.Email(), Href: q.Base() + "/why?" + again.Encode(),
		})
	}
	for _, a := range named {
		again := url.Values{"user": {who}, "attribute": {a.Name}}
		page.Attributes = append(page.Attributes, search.Hit{
			Kind: "attribute", Name: a.Name, Note: a.Label, Href: q.Base() + "/why?" + again.Encode(),
		})
	}
	return q.Show("ask", pagekit.Frame{Title: "Which one do you mean?", Kind: "Ask why", Data: page})
}

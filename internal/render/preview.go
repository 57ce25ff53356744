package render

import (
	"cohort/internal/directory"
)

// A Preview says what a change would do.
type Preview struct {
	Revision   int64             `json:"revision"`
	Changed    bool              `json:"changed"`
	Results    []Result          `json:"results"`
	Users      Count             `json:"users"`
	Affected   Count             `json:"affected"`
	Groups     int64             `json:"groups_affected"`
	Examined   int64             `json:"examined"`
	Attributes []AttributeEffect `json:"attributes"`
	Sample     []AffectedUser    `json:"sample"`
	Warnings   []Warning         `json:"warnings"`
	Token      string            `json:"token,omitempty"`
	ExpiresAt  string            `json:"token_expires_at,omitempty"`
}

// A Count counts users; disabled ones separately.
type Count struct {
	Enabled  int64 `json:"enabled"`
	Disabled int64 `json:"disabled"`
}

// An AttributeEffect says what a change does to one attribute.
type AttributeEffect struct {
	ID        string        `json:"id"`
	Attribute string        `json:"attribute"`
	Affected  Count         `json:"affected"`
	Values    []ValueEffect `json:"values"`
	Others    *Count        `json:"others,omitempty"`
}

// A ValueEffect counts users with the same change of value.
type ValueEffect struct {
	Before Side  `json:"before"`
	After  Side  `json:"after"`
	Users  Count `json:"users"`
}

// A Side is a value, or its absence.
type Side struct {
	Set   bool `json:"set"`
	Value any  `json:"value"`
}

// An AffectedUser is an example.
type AffectedUser struct {
	User      User        `json:"user"`
	Attribute string      `json:"attribute"`
	Before    Explanation `json:"before"`
	After     Explanation `json:"after"`
}

// A User is a reference to a user.
type User struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Email    string `json:"email,omitempty"`
	Disabled bool   `json:"disabled"`
}

// UserOf returns a reference to a user.
func UserOf(u *directory.User, email string) User {
	return User{directory.FormatID(u.ID), u.DisplayName(), email, u.Disabled}
}

// Who returns a user's name for sentences.
func Who(u *directory.User) string {
	if name := u.DisplayName(); name != "" {
		return name
	}
	return "User " + directory.FormatID(u.ID)
}

// A Warning is something to know before committing.
type Warning struct {
	Code      string `json:"code"`
	Group     string `json:"group,omitempty"`
	Attribute string `json:"attribute,omitempty"`
	Message   string `json:"message"`
}

// A Result is the outcome of one edit.
type Result struct {
	ID       string `json:"id,omitempty"`
	Made     bool   `json:"made,omitzero"`
	ClientID string `json:"client_id,omitempty"`
	Secret   string `json:"secret,omitempty"`
	// Skipped is what a revert left out, as phrases.
	Skipped []string `json:"skipped,omitempty"`
}

// Results renders the outcomes of edits.
func Results(list []directory.Result) []Result {
	out := make([]Result, len(list))
	for i, r := range list {
		if r.ID != 0 {
			out[i].ID = directory.FormatID(directory.ValueID(r.ID))
		}
		out[i].Made, out[i].ClientID, out[i].Secret, out[i].Skipped = r.Made, r.ClientID, r.Secret, r.Skipped
	}
	return out
}

// CountOf renders a count.
func CountOf(c directory.UserCount) Count { return Count{c.Users, c.Disabled} }

// PreviewOf renders a preview in the directory's language.
func PreviewOf(p *directory.Preview, lang directory.Language) Preview {
	out := Preview{
		Revision: int64(p.Revision), Changed: p.Changed, Results: Results(p.Results), Groups: p.Groups, Examined: p.Examined,
		Users: CountOf(p.Total), Affected: CountOf(p.Affected), Token: p.Token, ExpiresAt: Time(p.ExpiresAt),
		Attributes: []AttributeEffect{}, Sample: []AffectedUser{}, Warnings: []Warning{},
	}
	if p.Token == "" {
		out.ExpiresAt = ""
	}
	attrs := map[directory.AttributeID]*directory.AttributeEffect{}
	for i := range p.Attributes {
		e := &p.Attributes[i]
		is := there(e)
		attrs[is.ID] = e
		out.Attributes = append(out.Attributes, effectOf(e, lang))
	}
	names := func(id directory.GroupID) string { return p.GroupNames[id] }
	for _, s := range p.Sample {
		e, ok := attrs[s.Attribute]
		if !ok {
			continue
		}
		is := there(e)
		out.Sample = append(out.Sample, AffectedUser{
			User: UserOf(&s.User, s.Email), Attribute: is.Name,
			Before: ExplanationOf(Who(&s.User), oneOf(&e.Before, is), s.Before, names, lang),
			After:  ExplanationOf(Who(&s.User), oneOf(&e.After, is), s.After, names, lang),
		})
	}
	for _, w := range p.Warnings {
		out.Warnings = append(out.Warnings, warningOf(w))
	}
	return out
}

func warningOf(w directory.Warning) Warning {
	out := Warning{Code: string(w.Code), Message: w.Msg}
	if w.Group != 0 {
		out.Group = directory.FormatID(w.Group)
	}
	if w.Attribute != 0 {
		out.Attribute = directory.FormatID(w.Attribute)
	}
	return out
}

// oneOf returns the attribute on one side of the change, or on the other if it does not exist
// there.
func oneOf(side, other *directory.Attribute) *directory.Attribute {
	if side.ID != 0 {
		return side
	}
	return other
}

func effectOf(e *directory.AttributeEffect, lang directory.Language) AttributeEffect {
	is := there(e)
	out := AttributeEffect{
		ID: directory.FormatID(is.ID), Attribute: is.Name, Affected: CountOf(e.UserCount), Values: []ValueEffect{},
	}
	for _, v := range e.Values {
		out.Values = append(out.Values, ValueEffect{
			Before: sideOf(oneOf(&e.Before, is), v.Before, lang), After: sideOf(oneOf(&e.After, is), v.After, lang),
			Users: CountOf(v.UserCount),
		})
	}
	if e.Others.All() > 0 {
		others := CountOf(e.Others)
		out.Others = &others
	}
	return out
}

func sideOf(a *directory.Attribute, v directory.SetValue, lang directory.Language) Side {
	if !v.Set {
		return Side{}
	}
	return Side{true, Value(a.Type, v.Value, lang)}
}

// there returns the attribute after the change, or before it if the change deletes it.
func there(e *directory.AttributeEffect) *directory.Attribute { return oneOf(&e.After, &e.Before) }

package client

import (
	"encoding/json"
	"time"
)

// A User is a user as other objects name it.
type User struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Disabled bool   `json:"disabled"`
}

// A Group is a group as other objects name it.
type Group struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// A Value is an effective value. Value is typed JSON; null is none.
type Value struct {
	Attribute string          `json:"attribute"`
	Value     json.RawMessage `json:"value"`
	Origin    string          `json:"origin"` // user, group, default, system or none
	Groups    []Group         `json:"groups"`
}

// Effective is what a user has.
type Effective struct {
	Revision int64   `json:"revision"`
	User     User    `json:"user"`
	Values   []Value `json:"values"`
}

// An Explanation is a value and the reason for it.
type Explanation struct {
	Revision int64 `json:"revision"`
	User     User  `json:"user"`
	Value
	Type       string      `json:"type"`
	Rule       string      `json:"rule"`
	RuleText   string      `json:"rule_text"`
	Candidates []Candidate `json:"candidates"` // strongest first
	ValidUntil *time.Time  `json:"valid_until"`
	Summary    string      `json:"summary"`
}

// A Candidate is something that could have been the answer.
type Candidate struct {
	Origin    string          `json:"origin"`
	Redacted  bool            `json:"redacted"` // of a group that you may not see: without group, value and window
	Group     *Group          `json:"group"`
	Value     json.RawMessage `json:"value"`
	Rank      int             `json:"rank"`
	Distance  int             `json:"distance"`
	Path      []Group         `json:"path"`
	Outcome   string          `json:"outcome"`
	Reason    string          `json:"reason"`
	StartsAt  *time.Time      `json:"starts_at"`
	ExpiresAt *time.Time      `json:"expires_at"`
	Since     *Since          `json:"since"` // nil if it was not asked for, or is older than what is looked at
}

// A Since is the change that made a candidate what it is.
type Since struct {
	Revision int64     `json:"revision"`
	At       time.Time `json:"at"`
}

// A Change is a list of edits to be committed as one. An edit is an object such
// as {"edit":"set_group_value","group":"12","attribute":"region","value":"emea"}.
type Change struct {
	Edits   []json.RawMessage `json:"edits"`
	Comment string            `json:"comment,omitempty"`
	Token   string            `json:"token,omitempty"`  // of a preview of the same edits
	Strict  bool              `json:"strict,omitempty"` // with a token: nothing at all may have moved since
}

// A Result is what one edit yields.
type Result struct {
	ID       string `json:"id"`
	Made     bool   `json:"made"`
	ClientID string `json:"client_id"` // of a new API credential
	Secret   string `json:"secret"`    // shown once
	// Skipped is what a revert has left out, a phrase each.
	Skipped []string `json:"skipped,omitempty"`
}

// Committed is what became of a change.
type Committed struct {
	Revision int64    `json:"revision"`
	Changed  bool     `json:"changed"`
	Results  []Result `json:"results"`
	Drifted  int      `json:"drifted"`
}

// A Count counts users; disabled ones apart.
type Count struct {
	Enabled  int64 `json:"enabled"`
	Disabled int64 `json:"disabled"`
}

// A Preview says what a change would do.
type Preview struct {
	Revision   int64             `json:"revision"`
	Changed    bool              `json:"changed"`
	Results    []Result          `json:"results"`
	Users      Count             `json:"users"`
	Affected   Count             `json:"affected"`
	Groups     int64             `json:"groups_affected"` // of whose own effective values at least one changes
	Examined   int64             `json:"examined"`
	Attributes []AttributeEffect `json:"attributes"`
	Sample     []AffectedUser    `json:"sample"`
	Warnings   []Warning         `json:"warnings"`
	Token      string            `json:"token"`
	ExpiresAt  *time.Time        `json:"token_expires_at"`
}

// An AttributeEffect says what a change does to one attribute.
type AttributeEffect struct {
	ID        string        `json:"id"`
	Attribute string        `json:"attribute"`
	Affected  Count         `json:"affected"`
	Values    []ValueEffect `json:"values"`
	Others    *Count        `json:"others"`
}

// A ValueEffect counts users whose value changes alike.
type ValueEffect struct {
	Before Side  `json:"before"`
	After  Side  `json:"after"`
	Users  Count `json:"users"`
}

// A Side is a value, or that there is none.
type Side struct {
	Set   bool            `json:"set"`
	Value json.RawMessage `json:"value"`
}

// An AffectedUser is an example of what a change does.
type AffectedUser struct {
	User      User        `json:"user"`
	Attribute string      `json:"attribute"`
	Before    Explanation `json:"before"`
	After     Explanation `json:"after"`
}

// A Warning is something to know before committing.
type Warning struct {
	Code      string `json:"code"`
	Group     string `json:"group"`
	Attribute string `json:"attribute"`
	Message   string `json:"message"`
}

// A CommittedChange is an entry of the history.
type CommittedChange struct {
	Revision   int64             `json:"revision"`
	At         time.Time         `json:"at"`
	Caller     string            `json:"caller"`
	CallerName string            `json:"caller_name,omitempty"` // the name of then
	Credential string            `json:"credential"`
	Sudoer     string            `json:"sudoer"`
	SudoerName string            `json:"sudoer_name,omitempty"`
	Dialect    string            `json:"dialect"`
	RequestID  string            `json:"request_id"`
	ChangeID   string            `json:"change_id"`
	Comment    string            `json:"comment"`
	Edits      []json.RawMessage `json:"edits"`
	Rows       []RowChange       `json:"rows,omitempty"` // what it did; of one object only what touched it
	RowsTotal  int               `json:"rows_total,omitempty"`
	Forgotten  bool              `json:"forgotten"`
	Erased     int               `json:"erased,omitempty"` // edits that are gone with an erased user
	Affected   *Affected         `json:"affected,omitempty"`
}

// An Affected counts who got another effective value by a change.
type Affected struct {
	Users  Count `json:"users"`
	Groups int64 `json:"groups"`
	AtMost bool  `json:"at_most,omitempty"` // the users are at most so many
}

// A RowChange is what a change did to one row. Before and After hold what differs.
type RowChange struct {
	Kind   string                     `json:"kind"`
	Object string                     `json:"object"`
	Action string                     `json:"action"` // made, changed or removed
	Text   string                     `json:"text"`
	Before map[string]json.RawMessage `json:"before,omitempty"`
	After  map[string]json.RawMessage `json:"after,omitempty"`
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"cohort/client"
)

// A writing is what commands have in common that change the directory.
type writing struct {
	asking
	Comment string `placeholder:"TEXT" help:"why, for the history"`
	Preview bool   `help:"only show whose values would change"`
}

// edit makes an edit of its name and members in pairs; nil members are left out.
func edit(name string, members ...any) json.RawMessage {
	o := []byte(`{"edit":"` + name + `"`)
	for i := 0; i+1 < len(members); i += 2 {
		if members[i+1] == nil {
			continue
		}
		value, err := json.Marshal(members[i+1])
		if err != nil {
			value = []byte("null") // texts, numbers and lists of them have JSON
		}
		o = append(o, fmt.Sprintf(`,%q:%s`, members[i], value)...)
	}
	return append(o, '}')
}

// given is a text that was given, or nil.
func given(text *string) any {
	if text == nil {
		return nil
	}
	return *text
}

// filled is a text that is not empty, or nil.
func filled(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// change commits edits, or shows what they would do. The sentence says to people
// what was done.
func (v *invocation) change(w *writing, sentence func(done *client.Committed) string, edits ...json.RawMessage) error {
	return v.changeAnd(w, func(done *client.Committed) {
		v.say(fmt.Sprintf("%s Revision %d; to undo it: cohort revert %d", sentence(done), done.Revision, done.Revision))
	}, edits...)
}

// changeAnd is change with more to tell than a sentence.
func (v *invocation) changeAnd(w *writing, tell func(done *client.Committed), edits ...json.RawMessage) error {
	change := client.Change{Edits: edits, Comment: w.Comment}
	return v.writeAnd(w, tell,
		func(server *client.Client) (client.Preview, error) {
			p, err := server.Preview(v.ctx, change)
			return p, ofOneEdit(err, edits)
		},
		func(server *client.Client) (client.Committed, error) {
			done, err := server.Commit(v.ctx, change, "")
			return done, ofOneEdit(err, edits)
		})
}

// postAnd is changeAnd for a change that the server makes of a request.
func (v *invocation) postAnd(w *writing, tell func(done *client.Committed), path string, body any) error {
	header := http.Header{}
	if w.Comment != "" {
		header.Set("Cohort-Comment", w.Comment)
	}
	return v.writeAnd(w, tell,
		func(server *client.Client) (p client.Preview, err error) {
			header.Set("Cohort-Preview", "true")
			err = server.Do(v.ctx, http.MethodPost, path, nil, header, body, &p)
			return p, err
		},
		func(server *client.Client) (done client.Committed, err error) {
			err = server.Do(v.ctx, http.MethodPost, path, nil, header, body, &done)
			return done, err
		})
}

// writeAnd commits something, or shows what it would do.
func (v *invocation) writeAnd(w *writing, tell func(done *client.Committed),
	preview func(*client.Client) (client.Preview, error),
	commit func(*client.Client) (client.Committed, error)) error {
	server, err := v.client()
	if err != nil {
		return err
	}
	if w.Preview {
		p, err := preview(server)
		if err != nil {
			return err
		}
		if w.forPrograms() {
			return v.object(w.format(), p)
		}
		p.Token = "" // the same command without --preview does it
		v.preview(&p, "")
		return nil
	}
	done, err := commit(server)
	if err != nil {
		return err
	}
	if w.forPrograms() {
		return v.object(w.format(), done)
	}
	if !done.Changed {
		v.say(fmt.Sprintf("Nothing changed: revision %d had it so already.", done.Revision))
		return nil
	}
	tell(&done)
	return nil
}

// ofOneEdit leaves out of an error which edit it is about if the command made only
// one: whoever typed the command knows of no edits.
func ofOneEdit(err error, edits []json.RawMessage) error {
	p, ok := errors.AsType[*client.Problem](err)
	if !ok || len(edits) > 1 {
		return err
	}
	plain := *p
	plain.Field = strings.TrimPrefix(p.Field, "edits/0/")
	plain.Detail = strings.Replace(p.Detail, "edits/0/", "", 1)
	return &plain
}

// saying is a sentence that does not depend on what was made.
func saying(format string, args ...any) func(*client.Committed) string {
	return func(*client.Committed) string { return plain(fmt.Sprintf(format, args...)) }
}

// A window is the time in which something holds.
type window struct {
	From  string `placeholder:"TIME" help:"the value applies from then on: 2026-01-31, or 2026-01-31T12:00:00Z"`
	Until string `placeholder:"TIME" help:"the value applies until then"`
}

// member is the window as the member of an edit; nil if no bound is given.
func (w window) member() (any, error) {
	if w.From == "" && w.Until == "" {
		return nil, nil //nolint:nilnil // nil leaves the window as it is
	}
	bounds := map[string]string{}
	for name, bound := range map[string][2]string{"starts_at": {"--from", w.From}, "expires_at": {"--until", w.Until}} {
		if bound[1] == "" {
			continue
		}
		t, err := parseTime(bound[1])
		if err != nil {
			return nil, usageError{fmt.Errorf("%s: %w", bound[0], err)}
		}
		bounds[name] = t.UTC().Format(time.RFC3339)
	}
	return bounds, nil
}

// parseTime reads a day, which begins at midnight UTC, or a time.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q must be a day such as 2026-01-31 or a time such as 2026-01-31T12:00:00Z", text)
}

// sourceEdits set the ids that an object has in other systems, written erp/4711, or
// remove those written erp/.
func sourceEdits(object string, sources []string) ([]json.RawMessage, error) {
	var edits []json.RawMessage
	for _, text := range sources {
		source, id, ok := strings.Cut(text, "/")
		switch {
		case !ok || source == "":
			return nil, usageError{fmt.Errorf("--source: %q must be of the form erp/4711", text)}
		case id == "":
			edits = append(edits, edit("delete_source", "object", object, "source", source))
		default:
			edits = append(edits, edit("set_source", "object", object, "source", source, "source_id", id))
		}
	}
	return edits, nil
}

// errNothingGiven says that a command that sets something was not told what.
var errNothingGiven = usageError{errors.New("say what to set; --help lists what can be set")}

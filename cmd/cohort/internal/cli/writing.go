package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"cohort/client"
	"cohort/internal/screen"
)

// WriteFlags are the flags of commands that change the directory.
type WriteFlags struct {
	ReadFlags
	Comment string `placeholder:"TEXT" help:"why, for the history"`
	Preview bool   `help:"only show whose values would change"`
}

// Edit makes an edit of its name and of pairs of member and value. Members whose value is nil
// are left out.
func Edit(name string, members ...any) json.RawMessage {
	o := []byte(`{"edit":"` + name + `"`)
	for i := 0; i+1 < len(members); i += 2 {
		if members[i+1] == nil {
			continue
		}
		value, err := json.Marshal(members[i+1])
		if err != nil {
			value = []byte("null") // texts, numbers and lists of them can always be encoded
		}
		o = append(o, fmt.Sprintf(`,%q:%s`, members[i], value)...)
	}
	return append(o, '}')
}

// OptionalText is the text of a flag, or nil if the flag is not given.
func OptionalText(text *string) any {
	if text == nil {
		return nil
	}
	return *text
}

// NonEmpty is a text, or nil if it is empty.
func NonEmpty(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// Change commits edits, or shows what they would do. sentence describes to people what was
// done.
func (v *Invocation) Change(w *WriteFlags, sentence func(done *client.Committed) string,
	edits ...json.RawMessage) error {
	return v.ChangeAndTell(w, func(done *client.Committed) {
		v.Say(fmt.Sprintf("%s Revision %d; to undo it: cohort revert %d", sentence(done), done.Revision, done.Revision))
	}, edits...)
}

// ChangeAndTell is Change for commands that print more than a sentence.
func (v *Invocation) ChangeAndTell(w *WriteFlags, tell func(done *client.Committed), edits ...json.RawMessage) error {
	change := client.Change{Edits: edits, Comment: w.Comment}
	return v.commitOrPreview(w, tell,
		func(server *client.Client) (client.Preview, error) {
			p, err := server.Preview(v.Context, change)
			return p, withoutEditNumber(err, edits)
		},
		func(server *client.Client) (client.Committed, error) {
			done, err := server.Commit(v.Context, change, "")
			return done, withoutEditNumber(err, edits)
		})
}

// PostAndTell is ChangeAndTell for a change that the server makes of a request.
func (v *Invocation) PostAndTell(w *WriteFlags, tell func(done *client.Committed), path string, body any) error {
	header := http.Header{}
	if w.Comment != "" {
		header.Set("Cohort-Comment", w.Comment)
	}
	return v.commitOrPreview(w, tell,
		func(server *client.Client) (p client.Preview, err error) {
			header.Set("Cohort-Preview", "true")
			err = server.Do(v.Context, http.MethodPost, path, nil, header, body, &p)
			return p, err
		},
		func(server *client.Client) (done client.Committed, err error) {
			err = server.Do(v.Context, http.MethodPost, path, nil, header, body, &done)
			return done, err
		})
}

// commitOrPreview commits something, or shows what it would do.
func (v *Invocation) commitOrPreview(w *WriteFlags, tell func(done *client.Committed),
	preview func(*client.Client) (client.Preview, error),
	commit func(*client.Client) (client.Committed, error)) error {
	server, err := v.Client()
	if err != nil {
		return err
	}
	if w.Preview {
		p, err := preview(server)
		if err != nil {
			return err
		}
		if w.ForPrograms() {
			return v.WriteObject(w.Format(), p)
		}
		p.Token = "" // the same command without --preview does it
		v.ShowPreview(&p, "")
		return nil
	}
	done, err := commit(server)
	if err != nil {
		return err
	}
	if w.ForPrograms() {
		return v.WriteObject(w.Format(), done)
	}
	if !done.Changed {
		v.Say(fmt.Sprintf("Nothing changed: the directory was already like this at revision %d.", done.Revision))
		return nil
	}
	tell(&done)
	return nil
}

// withoutEditNumber removes from an error the number of the edit if there is only one: whoever
// typed the command wrote no edits.
func withoutEditNumber(err error, edits []json.RawMessage) error {
	p, ok := errors.AsType[*client.Problem](err)
	if !ok || len(edits) > 1 {
		return err
	}
	plain := *p
	plain.Field = strings.TrimPrefix(p.Field, "edits/0/")
	plain.Detail = strings.Replace(p.Detail, "edits/0/", "", 1)
	return &plain
}

// Sentence is a sentence that does not depend on the committed change.
func Sentence(format string, args ...any) func(*client.Committed) string {
	return func(*client.Committed) string { return Plain(fmt.Sprintf(format, args...)) }
}

// SourceEdits set the ids that an object has in other systems (erp/4711), or remove them
// (erp/).
func SourceEdits(object string, sources []string) ([]json.RawMessage, error) {
	var edits []json.RawMessage
	for _, text := range sources {
		source, id, ok := strings.Cut(text, "/")
		switch {
		case !ok || source == "":
			return nil, WrongUsage(fmt.Errorf("--source: %q must be of the form erp/4711", text))
		case id == "":
			edits = append(edits, Edit("delete_source", "object", object, "source", source))
		default:
			edits = append(edits, Edit("set_source", "object", object, "source", source, "source_id", id))
		}
	}
	return edits, nil
}

// ErrNothingGiven is the mistake of a command that is not told what to set.
var ErrNothingGiven = WrongUsage(errors.New("say what to set; --help lists what can be set"))

// ShowCommitted shows a committed change to people.
func (v *Invocation) ShowCommitted(done *client.Committed) {
	if !done.Changed {
		fmt.Fprintf(v.Stdout, "Nothing changed: the directory was already like this at revision %d.\n", done.Revision)
		return
	}
	fmt.Fprintf(v.Stdout, "Committed as revision %d. To undo it: cohort revert %d\n", done.Revision, done.Revision)
	for i, r := range done.Results {
		if r.Made {
			fmt.Fprintf(v.Stdout, "  edit %d made %s\n", i, r.ID)
		}
		for _, what := range r.Skipped {
			fmt.Fprintf(v.Stdout, "%s\n", v.Styled(screen.Yellow, "! left out: "+Plain(what)))
		}
		if r.Secret != "" {
			fmt.Fprintf(v.Stdout, "  edit %d client id %s, secret %s (shown once)\n", i, r.ClientID, r.Secret)
		}
	}
	if done.Drifted > 0 {
		fmt.Fprintf(v.Stdout, "%s\n", v.Styled(screen.Yellow,
			fmt.Sprintf("! %d memberships or users' own values had changed since the preview.", done.Drifted)))
	}
}

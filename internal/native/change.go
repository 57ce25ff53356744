package native

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/editjson"
	"cohort/internal/history"
	"cohort/internal/httpkit"
	"cohort/internal/render"
)

// commitChange runs the edits of a body as one change.
func (a *api) commitChange(q *request) error {
	change, err := q.readChange()
	if err != nil {
		return err
	}
	return q.write(write{change: change})
}

// preview answers with what a change would do.
func (a *api) preview(q *request) error {
	change, err := q.readChange()
	if err != nil {
		return err
	}
	if change.Token != "" {
		return directory.Invalid("token", "is what a preview answers with; leave it out here")
	}
	return q.replyPreview(change)
}

// A changeShown is a committed change.
type changeShown struct {
	Revision   int64              `json:"revision"`
	At         string             `json:"at"`
	Caller     string             `json:"caller,omitempty"`
	CallerName string             `json:"caller_name,omitempty"`
	Credential string             `json:"credential,omitempty"`
	Sudoer     string             `json:"sudoer,omitempty"`
	SudoerName string             `json:"sudoer_name,omitempty"`
	Dialect    string             `json:"dialect,omitempty"`
	RequestID  string             `json:"request_id,omitempty"`
	OwnID      string             `json:"own_request_id,omitempty"`
	ChangeID   string             `json:"change_id"`
	Comment    string             `json:"comment,omitempty"`
	Edits      jsontext.Value     `json:"edits"`
	Rows       []render.RowChange `json:"rows,omitempty"`
	RowsTotal  int                `json:"rows_total,omitzero"`
	Forgotten  bool               `json:"forgotten,omitzero"`
	Erased     int                `json:"erased,omitzero"`
	Affected   *affected          `json:"affected,omitempty"`
}

// affected counts the users whose effective values a change altered.
type affected struct {
	Users  render.Count `json:"users"`
	Groups int64        `json:"groups"`
	AtMost bool         `json:"at_most,omitzero"` // the users are at most so many
}

// affectedBy counts the users affected by the changes of a list, if the caller asks for it.
func (q *request) affectedBy(list []directory.CommittedChange) (map[directory.Revision]directory.Affected, error) {
	asked, _, err := q.flag("affected")
	if !asked || err != nil {
		return nil, err
	}
	revs := make([]directory.Revision, len(list))
	for i := range list {
		revs[i] = list[i].Revision
	}
	return q.dir.Affected(q.ctx(), revs)
}

func optionalID[T directory.ID](id T) string {
	if id == 0 {
		return ""
	}
	return directory.FormatID(id)
}

// sealed matches a hidden value in a change record. Nobody sees its sealed text.
func sealed() *regexp.Regexp { return regexp.MustCompile(`\{"hidden":true,"sealed":"[0-9]+"\}`) }

func (q *request) showChange(c *directory.CommittedChange) (changeShown, error) {
	out := changeShown{
		Revision: int64(c.Revision), At: render.Time(c.At), Caller: optionalID(c.Caller),
		Credential: optionalID(c.Credential),
		Sudoer:     optionalID(c.Sudoer), Dialect: c.Dialect, ChangeID: c.ChangeID, Comment: c.Comment,
		Forgotten: c.Forgot, Erased: c.Erased, Edits: jsontext.Value("[]"),
	}
	out.RequestID, out.OwnID = directory.SplitRequestIDs(c.RequestID)
	if len(c.Edits) == 0 {
		return out, nil
	}
	b, err := q.EncodeEdits(c.Edits)
	if err != nil {
		return out, err
	}
	// Quotes inside a string are escaped, so this matches values only.
	b = sealed().ReplaceAll(b, []byte(`{"hidden":true,"set":true}`))
	var edits struct {
		Edits jsontext.Value `json:"edits"`
	}
	if err := json.Unmarshal(b, &edits); err != nil {
		return out, fmt.Errorf("edits of change %d: %w", c.Revision, err)
	}
	out.Edits = edits.Edits
	return out, nil
}

// change answers with one committed change.
func (a *api) change(q *request) error {
	rev, err := q.pathRevision()
	if err != nil {
		return err
	}
	c, err := history.Change(q.ctx(), q.dir, rev)
	if err != nil {
		return err
	}
	body, err := q.showChange(&c)
	if err != nil {
		return err
	}
	if err := q.showRows(&body, nil, maxRowsShown); err != nil {
		return err
	}
	return q.reply(http.StatusOK, body)
}

// effects answers with the effective values that a change altered.
func (a *api) effects(q *request) error {
	rev, err := q.pathRevision()
	if err != nil {
		return err
	}
	did, err := q.dir.Effects(q.ctx(), rev)
	if err != nil {
		return err
	}
	return q.reply(http.StatusOK, render.PreviewOf(&did, q.Language))
}

// How many rows of a change are shown, alone and in a list.
const (
	maxRowsShown  = 1000
	maxRowsListed = 20
)

// maxPageLen is about how many bytes of changes a page has. The change that exceeds it is
// shown in full.
const maxPageLen = 1 << 20

// showRows adds the rows of a change, of one object or of all, with the names of that time.
func (q *request) showRows(c *changeShown, object *directory.Object, most int) error {
	rows, err := history.RowsOfChange(q.ctx(), q.dir, directory.Revision(c.Revision), object, most)
	if err == nil {
		c.take(rows)
	}
	return err
}

// take adds rows of a change.
func (c *changeShown) take(rows directory.ChangeRows) {
	c.CallerName, c.SudoerName, c.RowsTotal = rows.Caller, rows.Sudoer, rows.Total
	then := render.ThenOf(rows.Names)
	for _, w := range rows.Writes {
		c.Rows = append(c.Rows, render.RowChangeOf(w, then))
	}
}

// rowsAtOnce is how many changes of a list have their rows read together. A page may end
// before the last of them.
const rowsAtOnce = 50

// rowsOfList returns the rows of the changes of a list from index i.
func (q *request) rowsOfList(list []directory.CommittedChange, object *directory.Object,
	i int) ([]directory.ChangeRows, error) {
	part := list[i:min(i+rowsAtOnce, len(list))]
	revs := make([]directory.Revision, len(part))
	for j := range part {
		revs[j] = part[j].Revision
	}
	return history.RowsOfChanges(q.ctx(), q.dir, revs, object, maxRowsListed)
}

func (q *request) pathRevision() (directory.Revision, error) {
	rev, err := q.revisionOf("revision", q.r.PathValue("revision"))
	if err == nil && rev == 0 {
		err = directory.NotFound("revision", rev)
	}
	return rev, err
}

// changes lists committed changes, oldest first after a revision, or else newest first.
func (a *api) changes(q *request) error {
	limit, at, err := q.page()
	if err != nil {
		return err
	}
	query, err := q.changeQuery()
	if err != nil {
		return err
	}
	query.Limit = limit
	if at.parts[0] != 0 {
		query.After, query.Before = directory.Revision(at.parts[0]), directory.Revision(at.parts[0])
		if query.Newest {
			query.After = 0
		}
	}
	list, err := history.Changes(q.ctx(), q.dir, query)
	if err != nil {
		return err
	}
	out := struct {
		Changes []changeShown `json:"changes"`
		Next    string        `json:"next,omitempty"`
	}{Changes: []changeShown{}}
	counts, err := q.affectedBy(list)
	if err != nil {
		return err
	}
	size := 0
	var rows []directory.ChangeRows
	for i := range list {
		body, err := q.showChange(&list[i])
		if err != nil {
			return err
		}
		if i%rowsAtOnce == 0 {
			if rows, err = q.rowsOfList(list, query.Object, i); err != nil {
				return err
			}
		}
		body.take(rows[i%rowsAtOnce])
		if n, ok := counts[list[i].Revision]; ok {
			body.Affected = &affected{render.CountOf(n.Users), n.Groups, n.AtMost}
		}
		encoded, err := httpkit.Encode(body)
		if err != nil {
			return err
		}
		out.Changes = append(out.Changes, body)
		if size += len(encoded); size > maxPageLen && i+1 < len(list) || i+1 == limit {
			out.Next = q.next(int64(list[i].Revision))
			break
		}
	}
	return q.reply(http.StatusOK, out)
}

// changeQuery reads the parameters that select changes.
func (q *request) changeQuery() (c directory.ChangeQuery, err error) {
	c.Newest = !q.query.Has("after")
	if text := q.query.Get("after"); text != "" {
		if c.After, err = q.revisionOf("after", text); err != nil {
			return c, err
		}
	}
	if text := q.query.Get("object"); text != "" {
		o, err := q.object("object", text)
		if err != nil {
			return c, err
		}
		c.Object = &o
	}
	if text := q.query.Get("caller"); text != "" {
		if c.Caller, err = q.selectUser("caller", text); err != nil {
			return c, err
		}
	}
	c.RequestID = q.query.Get("request_id")
	for name, at := range map[string]*directory.Instant{"from": &c.From, "to": &c.To} {
		if text := q.query.Get(name); text != "" {
			if *at, err = editjson.Time(name, text); err != nil {
				return c, err
			}
		}
	}
	return c, nil
}

// object parses the name of an object, such as group:12 or attribute:region. A deleted object
// has a history, too, so an id need not exist.
func (q *request) object(field, text string) (directory.Object, error) {
	name, which, _ := strings.Cut(text, ":")
	kind, err := directory.ParseObjectKind(field, name)
	if err != nil {
		return directory.Object{}, err
	}
	if id, err := directory.ParseID[directory.ValueID](field, which); err == nil {
		return directory.Object{Kind: kind, ID: int64(id)}, nil
	}
	switch kind {
	case directory.ObjectUser:
		id, err := q.selectUser(field, which)
		return id.Object(), err
	case directory.ObjectGroup:
		id, err := q.selectGroup(field, which)
		return id.Object(), err
	case directory.ObjectAttribute:
		a, err := q.selectAttribute(field, which)
		return a.ID.Object(), err
	case directory.ObjectRole:
		id, err := q.selectRole(field, which)
		return id.Object(), err
	default:
	}
	return directory.Object{}, directory.Malformed(field, "must be of the form group:12")
}

// revert undoes a change in a new one.
func (a *api) revert(q *request) error {
	rev, err := q.pathRevision()
	if err != nil {
		return err
	}
	var in struct {
		Comment string            `json:"comment"`
		Misfits directory.Misfits `json:"misfits"`
	}
	if q.r.ContentLength != 0 {
		if err := q.body(&in); err != nil {
			return err
		}
	}
	return q.write(write{change: directory.Change{Edits: []directory.Edit{directory.Revert{Revision: rev,
		Misfits: in.Misfits}}, Comment: in.Comment}})
}

// revertRequest undoes all changes of a request in a new one.
func (a *api) revertRequest(q *request) error {
	var in struct {
		RequestID string `json:"request_id"`
		Caller    string `json:"caller"`
		Comment   string `json:"comment"`
	}
	if err := q.body(&in); err != nil {
		return err
	}
	if in.RequestID == "" {
		return directory.Missing("request_id")
	}
	by, err := callerOf(in.Caller)
	if err != nil {
		return err
	}
	edits, err := history.RevertsOf(q.ctx(), q.dir, in.RequestID, by)
	if err != nil {
		return err
	}
	return q.write(write{change: directory.Change{Edits: edits, Comment: in.Comment}})
}

// callerOf parses whose changes are meant: the id of a user, "system" for the program itself,
// or nothing.
func callerOf(text string) (*directory.UserID, error) {
	switch text {
	case "":
		return nil, nil //nolint:nilnil // nobody is named, which is no error
	case "system":
		return new(directory.UserID), nil
	}
	id, err := directory.ParseID[directory.UserID]("caller", text)
	return &id, err
}

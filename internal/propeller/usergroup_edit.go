package propeller

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/propeller/bulk"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/fault"
	"cohort/internal/propeller/schema"
)

// A writing collects the edits of one object. The object is known only where the change is
// planned.
type writing struct {
	ctx      context.Context
	dir      Directory
	standard directory.Language // the directory's
	id       int64              // of the existing object; 0 creates one
	found    bulk.SourceKey     // the source reference that found it, if any
	base     int                // the index of its first edit in the change
	made     *pending           // what earlier edits of the change create; may be nil
	edit     []directory.Edit
	stored   *document.Stored
	own      map[directory.AttributeID]directory.Value // its own values; nil until they are read
	looked   map[directory.AttributeID]bool            // of a usergroup: those of which own says what there is
}

// writing begins the edits of the object with an id.
func (q *request) writing(now Directory, id int64) *writing {
	return &writing{ctx: q.ctx(), dir: now, standard: q.Language, id: id}
}

// object returns the object in edits, which may be one that the first edit creates.
func (w *writing) object(kind directory.ObjectKind) directory.Object {
	if w.id == 0 {
		return directory.Object{Kind: kind, ID: directory.Made[int64](w.base)}
	}
	return directory.Object{Kind: kind, ID: w.id}
}

func (w *writing) add(edits ...directory.Edit) { w.edit = append(w.edit, edits...) }

// load reads the facets of the object.
func (w *writing) load(o directory.Object) error {
	var facets []directory.Facet
	if w.id != 0 {
		var err error
		if facets, err = w.dir.Facets(w.ctx, o); err != nil {
			return err
		}
	}
	var err error
	w.stored, err = document.ReadStored(facets)
	return err
}

// edits implements upsert.
func (in *groupInput) edits(w *writing, newID int64, d bulk.Directives) ([]directory.Edit, error) {
	if w.id == int64(directory.AllUsers) {
		return nil, notAllowed()
	}
	if w.id == 0 {
		w.add(directory.CreateGroup{
			ID: directory.GroupID(newID), Name: in.node.TextOr("name", ""), Language: in.language(),
		})
		d = bulk.Directives{}
	}
	o := w.object(directory.ObjectGroup)
	if err := w.load(o); err != nil {
		return nil, err
	}
	if err := in.checkReadOnly(w); err != nil {
		return nil, err
	}
	if w.id != 0 {
		if err := in.update(w, d); err != nil {
			return nil, err
		}
	}
	if err := in.place(w, d); err != nil {
		return nil, err
	}
	if err := w.setSource(o, in.node); err != nil {
		return nil, err
	}
	if err := w.settings(o, document.UsergroupFields(), in.settings, d); err != nil {
		return nil, err
	}
	err := in.subs.edits(w, o)
	return w.edit, err
}

func (in *groupInput) language() directory.Language {
	return directory.Language(strings.ToUpper(in.node.TextOr("language", "")))
}

// update sets name and language of an existing usergroup.
func (in *groupInput) update(w *writing, d bulk.Directives) error {
	g, err := w.dir.Group(w.ctx, directory.GroupID(w.id))
	if err != nil {
		return err
	}
	update := directory.UpdateGroup{Group: g.ID}
	if name := in.node.Str("name"); name != nil && *name != g.Name && !d.Skips("name", g.Name) {
		update.Name = name
	}
	if language := in.language(); language != "" && language != g.Language && !d.Skips("language", string(g.Language)) {
		update.Language = &language
	}
	// An edit that changes nothing is planned, too, so that the permission does not depend on
	// the body.
	w.add(update)
	return nil
}

// place moves a usergroup below the requested parent.
func (in *groupInput) place(w *writing, d bulk.Directives) error {
	if in.parent == nil || w.id != 0 && d.SkipMove {
		return nil
	}
	now := directory.GroupID(0)
	if w.id != 0 {
		path, err := w.dir.GroupPath(w.ctx, directory.GroupID(w.id))
		if err != nil || len(path) > 1 && slices.Contains(d.SkipIfNotEmpty, "parent") {
			return err
		}
		if len(path) > 1 {
			now = path[1].ID
		}
	}
	parent, err := in.parent.group(w)
	if err != nil || parent == now {
		return err
	}
	w.add(directory.SetFirstParent{Group: directory.GroupID(w.object(directory.ObjectGroup).ID), Parent: parent})
	return nil
}

// setSource adds the reference that was sent, unless it exists.
func (w *writing) setSource(o directory.Object, n *schema.Node) error {
	sourceID := n.Str(document.KeySourceID)
	if sourceID == nil {
		return nil
	}
	set := directory.SetSource{Object: o, Source: n.TextOr("source", ""), SourceID: *sourceID}
	if w.found == (bulk.SourceKey{Source: set.Source, SourceID: set.SourceID}) {
		return nil
	}
	if w.id != 0 {
		lists, err := w.dir.Sources(w.ctx, o)
		if err != nil || slices.Contains(lists[0], directory.SourceReference(set)) {
			return err
		}
	}
	w.add(set)
	return nil
}

// group returns the requested usergroup, or 0 if there is none.
func (p *parentInput) group(w *writing) (directory.GroupID, error) {
	if p.root {
		return 0, nil
	}
	id, err := p.find(w.ctx, w.dir, w.standard)
	if made, ok := w.madeParent(p); err != nil && ok {
		return made, nil
	}
	if directory.GroupID(id) == directory.AllUsers {
		id = 0
	}
	return directory.GroupID(id), err
}

// madeParent finds a parent among the objects that the change creates.
func (w *writing) madeParent(p *parentInput) (directory.GroupID, bool) {
	if p.key == document.KeyID {
		return w.made.find(p.value, bulk.SourceKey{})
	}
	return w.made.find("", bulk.SourceKey{Source: p.source, SourceID: p.value})
}

// isRoot reports whether the object moves out of all usergroups.
func (p *parentInput) isRoot() bool {
	return p != nil && (p.root || p.key == document.KeyID && p.value == directory.FormatID(directory.AllUsers))
}

// settings sets the fields that only this format knows.
func (w *writing) settings(
	o directory.Object, fields []document.Field, given map[string]string, d bulk.Directives,
) error {
	kept := map[string]string{}
	for _, f := range fields {
		text, ok := given[f.Name]
		current, set := w.stored.Settings[f.Name]
		if !set {
			current = f.Standard
		}
		if ok && !(w.id != 0 && d.Skips(f.Name, current)) {
			kept[f.Name] = text
		}
	}
	merged := document.Merge(fields, w.stored.Settings, kept)
	if maps.Equal(merged, w.stored.Settings) {
		return nil
	}
	edit, err := document.SetTexts(o, document.FacetSettings, "", merged)
	w.add(edit)
	return err
}

func (in *groupInput) checkReadOnly(w *writing) error {
	if !isNamed(in.node, append(document.UsergroupReadOnly(), "sources")) {
		return nil
	}
	shown := map[string]any{"sources": []document.SourceBody{}}
	for _, name := range document.UsergroupReadOnly() {
		shown[name] = ""
	}
	if w.id != 0 {
		var err error
		if shown["sources"], err = showSources(w.ctx, w.dir, directory.GroupID(w.id).Object()); err != nil {
			return err
		}
	}
	return schema.CheckReadOnly(in.at, in.node, shown, append(document.UsergroupReadOnly(), "sources")...)
}

// notAllowed refuses to change the usergroup of all users.
func notAllowed() error {
	f := fault.New(fault.UsergroupNotAllowed, directory.FormatID(directory.AllUsers))
	f.Allow = "GET, HEAD"
	return f
}

// refusal says why an object could not be written. id and sourceID are those of the request.
func (res resource) refusal(err error, id, sourceID string) error {
	e, ok := errors.AsType[*directory.Error](err)
	if _, translated := errors.AsType[*fault.Fault](err); translated || !ok {
		return err
	}
	field := fieldOf(e)
	switch {
	case e.Code == directory.CodeTaken && field == "id":
		f := fault.New(res.exists, document.KeyID, id)
		f.Messages = append(f.Messages, "#/id: was used before: send another id, or 0 to get one")
		return f
	case e.Code == directory.CodeTaken && field == "source_id":
		return fault.New(res.exists, document.KeySourceID, sourceID)
	case e.Code == directory.CodeCycle:
		return insideItself()
	}
	return err
}

// insideItself refuses a parent that is the usergroup itself or below it.
func insideItself() error {
	return fault.New(fault.Payload, "#/parent: the usergroup would be inside itself")
}

// fieldOf returns the field that an error is about, without its edit.
func fieldOf(e *directory.Error) string { return e.Field[strings.LastIndexByte(e.Field, '/')+1:] }

// createUsergroup creates a usergroup.
func (q *request) createUsergroup() error {
	return q.createOne(usergroups(), document.UsergroupShape(), readGroup)
}

// updateUsergroup changes the members that the body names.
func (q *request) updateUsergroup() error {
	return q.updateOne(usergroups(), document.UsergroupShape(), readGroup)
}

// deleteUsergroup deletes a usergroup. Its contents lose it as a parent.
func (q *request) deleteUsergroup() error {
	return q.deleteOne(usergroups(), func(id int64) (directory.Edit, error) {
		if id == int64(directory.AllUsers) {
			return nil, notAllowed()
		}
		return directory.DeleteGroup{Group: directory.GroupID(id)}, nil
	})
}

// bulkUsergroupsByID creates or changes many usergroups, found by id.
func (q *request) bulkUsergroupsByID() error { return q.bulkUsergroups(document.KeyID) }

// bulkUsergroupsBySource creates or changes many usergroups, found by source and source id.
func (q *request) bulkUsergroupsBySource() error { return q.bulkUsergroups(document.KeySourceID) }

func (q *request) bulkUsergroups(key string) error {
	form := upsertForm("usergroups", key, document.UsergroupShape(), document.UsergroupSkippable())
	return q.upsert(usergroups(), "usergroups", key, form,
		func(at string, n *schema.Node) (upsert, error) { return newGroupInput(at, n) })
}

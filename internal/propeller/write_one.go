package propeller

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"cohort/internal/directory"
	"cohort/internal/propeller/bulk"
	"cohort/internal/propeller/document"
	"cohort/internal/propeller/schema"
)

// A readUpsert reads the usergroup or user of a request, and its parent if one was sent.
type readUpsert func(n *schema.Node) (in upsert, parent *parentInput, err error)

// readUser reads a user.
func readUser(n *schema.Node) (upsert, *parentInput, error) {
	in, err := newUserInput("#", n)
	if err != nil {
		return nil, nil, err
	}
	return in, in.parent, nil
}

// readGroup reads a usergroup.
func readGroup(n *schema.Node) (upsert, *parentInput, error) {
	in, err := newGroupInput("#", n)
	if err != nil {
		return nil, nil, err
	}
	return in, in.parent, nil
}

// createOne creates a usergroup or user.
func (q *request) createOne(res resource, form *schema.Shape, read readUpsert) error {
	n, err := q.body(form)
	if err != nil {
		return err
	}
	in, parent, err := read(n)
	if err != nil {
		return err
	}
	done, shown, err := q.commit(func(now Directory) ([]directory.Edit, error) {
		return in.edits(q.writing(now, 0), 0, bulk.Directives{})
	})
	if err != nil {
		return res.refusal(err, "", n.TextOr(document.KeySourceID, ""))
	}
	if shown != nil {
		return q.showPreview(shown, nil)
	}
	o := directory.Object{Kind: res.kind, ID: done.Results[0].ID}
	return q.written(http.StatusCreated, n, parent, o, res.name+" created")
}

// updateOne changes the members of a usergroup or user that the body names.
func (q *request) updateOne(res resource, form *schema.Shape, read readUpsert) error {
	l, err := q.lookup(res, false)
	if err != nil {
		return err
	}
	n, err := q.body(document.ForUpdate(form))
	if err != nil {
		return err
	}
	in, parent, err := read(n)
	if err != nil {
		return err
	}
	var id int64
	_, shown, err := q.commit(func(now Directory) (_ []directory.Edit, err error) {
		if id, err = l.find(q.ctx(), now, q.Language); err != nil {
			return nil, err
		}
		if err := schema.CheckReadOnly("#", n, map[string]any{document.KeyID: id}, document.KeyID); err != nil {
			return nil, err
		}
		return in.edits(q.writing(now, id), 0, bulk.Directives{})
	})
	if err != nil {
		return res.refusal(err, "", n.TextOr(document.KeySourceID, ""))
	}
	if shown != nil {
		return q.showPreview(shown, nil)
	}
	o := directory.Object{Kind: res.kind, ID: id}
	return q.written(http.StatusOK, n, parent, o, res.name+" updated")
}

// deleteOne deletes a usergroup or user by the edit for its id.
func (q *request) deleteOne(res resource, edit func(id int64) (directory.Edit, error)) error {
	l, err := q.lookup(res, false)
	if err != nil {
		return err
	}
	_, shown, err := q.commit(func(now Directory) ([]directory.Edit, error) {
		id, err := l.find(q.ctx(), now, q.Language)
		if err != nil {
			return nil, err
		}
		e, err := edit(id)
		if err != nil {
			return nil, err
		}
		return []directory.Edit{e}, nil
	})
	if err != nil || shown != nil {
		return q.showPreview(shown, err)
	}
	return q.deleted(res.name + " deleted")
}

// written answers with a usergroup or user as it was sent. If it was taken out of its
// usergroup, the reply shows its usergroup of now, as another one may have become the first.
func (q *request) written(status int, n *schema.Node, parent *parentInput, o directory.Object, message string) error {
	body := n.Echo(o.ID, nil)
	if parent.isRoot() {
		holds, err := q.parentOf(o)
		if err != nil {
			return err
		}
		body["parent"] = jsontext.Value("null")
		if holds != 0 {
			body["parent"] = jsontext.Value(`{"id":` + directory.FormatID(holds) + `}`)
		}
	}
	return q.reply(status, body, 1, message)
}

// parentOf returns the usergroup that contains an object, or 0 if none does.
func (q *request) parentOf(o directory.Object) (directory.GroupID, error) {
	if o.Kind == directory.ObjectUser {
		u, err := q.dir.User(q.ctx(), directory.UserID(o.ID))
		if err != nil || len(u.Memberships) == 0 {
			return 0, err
		}
		return u.Memberships[0].Group, nil
	}
	path, err := q.dir.GroupPath(q.ctx(), directory.GroupID(o.ID))
	if err != nil || len(path) < 2 {
		return 0, err
	}
	return path[1].ID, nil
}

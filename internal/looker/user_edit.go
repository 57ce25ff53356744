package looker

import (
	"slices"

	"cohort/internal/directory"
	"cohort/internal/httpkit"
	"cohort/internal/looker/document"
	"cohort/internal/looker/protocol"
)

// A userInput holds the members of a user that callers may write.
type userInput struct {
	FirstName          httpkit.Optional[string]            `json:"first_name"`
	LastName           httpkit.Optional[string]            `json:"last_name"`
	IsDisabled         httpkit.LooseBool                   `json:"is_disabled"`
	Locale             httpkit.Optional[string]            `json:"locale"`
	HomeFolderID       httpkit.Optional[httpkit.LooseID]   `json:"home_folder_id"`
	ModelsDirValidated httpkit.LooseBool                   `json:"models_dir_validated"`
	UIState            httpkit.Optional[map[string]string] `json:"ui_state"`
}

// readUser reads a body and trims the names in it.
func readUser(q *protocol.Request) (userInput, error) {
	var in userInput
	if err := q.Body(&in); err != nil {
		return in, err
	}
	var err error
	if in.FirstName.Value, err = directory.ParseName("first_name", in.FirstName.Value); err != nil {
		return in, err
	}
	if in.LastName.Value, err = directory.ParseName("last_name", in.LastName.Value); err != nil {
		return in, err
	}
	if in.Locale.Null = in.Locale.Null || in.Locale.Set && in.Locale.Value == ""; in.Locale.Has() {
		if err := directory.ParseLocale("locale", in.Locale.Value); err != nil {
			return in, err
		}
	}
	if n := len(in.HomeFolderID.Value); n > directory.MaxNameLen {
		return in, directory.TooLong("home_folder_id", "has %d characters; the most is %d", n, directory.MaxNameLen)
	}
	return in, nil
}

// otherEdits returns the edits for members that are not fields of a user in the domain.
func (in *userInput) otherEdits(id directory.UserID) ([]directory.Edit, error) {
	folder := in.HomeFolderID
	folder.Null = folder.Null || folder.Value == document.DefaultHomeFolder // the default is not stored
	home, err := document.SetFacet(id.Object(), document.FacetHomeFolder, folder)
	if err != nil {
		return nil, err
	}
	models, err := document.SetFacet(id.Object(), document.FacetModelsDir, in.ModelsDirValidated.Optional)
	if err != nil {
		return nil, err
	}
	state, err := document.SetFacet(id.Object(), document.FacetUIState, in.UIState)
	if err != nil {
		return nil, err
	}
	edits := slices.Concat(home, models, state)
	if in.Locale.Has() {
		value := directory.Value{Text: in.Locale.Value}
		edits = append(edits, directory.SetUserValue{User: id, Attribute: directory.AttrLocale, Value: value, Vendor: true})
	}
	return edits, nil
}

func createUser(q *protocol.Request) error {
	in, err := readUser(q)
	if err != nil {
		return err
	}
	otherEdits, err := in.otherEdits(directory.Made[directory.UserID](0))
	if err != nil {
		return err
	}
	done, shown, err := q.Commit(append([]directory.Edit{directory.CreateUser{
		Kind: directory.KindPerson, FirstName: in.FirstName.Value, LastName: in.LastName.Value, Disabled: in.IsDisabled.Value,
	}}, otherEdits...)...)
	if err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return document.ReplyUser(q, directory.UserID(done.Results[0].ID))
}

func updateUser(q *protocol.Request) error {
	id, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	in, err := readUser(q)
	if err != nil {
		return err
	}
	edits, err := in.otherEdits(id)
	if err != nil {
		return err
	}
	if in.Locale.Null {
		clear, err := clearLocale(q, id)
		if err != nil {
			return err
		}
		edits = append(edits, clear...)
	}
	update := directory.UpdateUser{User: id, FirstName: in.FirstName.Ptr(), LastName: in.LastName.Ptr(),
		Disabled: in.IsDisabled.Given()}
	// An edit that changes nothing is planned, too, so that the permission does not depend on
	// the body.
	if len(edits) == 0 || update != (directory.UpdateUser{User: id}) {
		edits = append(edits, update)
	}
	if _, shown, err := q.Commit(edits...); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return document.ReplyUser(q, id)
}

// clearLocale returns the edit that removes the user's own value of the attribute locale, if
// there is one.
func clearLocale(q *protocol.Request, id directory.UserID) ([]directory.Edit, error) {
	u, err := q.Dir.User(q.Context(), id)
	if err != nil {
		return nil, err
	}
	for _, v := range u.Values {
		if v.Attribute == directory.AttrLocale {
			return []directory.Edit{directory.DeleteUserValue{User: id, Attribute: directory.AttrLocale}}, nil
		}
	}
	return nil, nil
}

func deleteUser(q *protocol.Request) error {
	id, err := protocol.PathID[directory.UserID](q, "user_id")
	if err != nil {
		return err
	}
	if _, shown, err := q.Commit(directory.DeleteUser{User: id}); err != nil || shown != nil {
		return q.Preview(shown, err)
	}
	return q.NoContent()
}

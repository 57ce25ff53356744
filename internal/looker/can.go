package looker

import (
	"cohort/internal/directory"
)

// A canMap says which operations the caller may perform on an object. Every
// entry is what the product would answer, never a guess of ours; an object that
// is shown may be shown.
type canMap map[string]bool

// askCan asks about the same number of edits for each of several objects, all
// at once, and gives the answers by object. It asks nothing if the caller does
// not want the member of the reply that the answers are for.
func askCan[T any](q *request, member string, objects []T, edits func(T) []directory.Edit) ([][]bool, error) {
	if !q.fields.Wants(member) || len(objects) == 0 {
		return make([][]bool, len(objects)), nil
	}
	var all []directory.Edit
	for _, o := range objects {
		all = append(all, edits(o)...)
	}
	answers, err := q.dir.Can(q.ctx(), all...)
	if err != nil {
		return nil, err
	}
	each := len(all) / len(objects)
	byObject := make([][]bool, len(objects))
	for i := range objects {
		byObject[i] = answers[i*each : (i+1)*each]
	}
	return byObject, nil
}

// A userCan is the member "can" of a user, and the same encoded.
type userCan struct {
	canMap
	text []byte
}

// canUsers makes the member "can" of users.
func (q *request) canUsers(users []directory.UserDetail) ([]userCan, error) {
	cans := make([]userCan, len(users))
	if !q.fields.Wants("can") {
		return cans, nil
	}
	edits := make([]directory.Edit, 0, 2*len(users))
	for i := range users {
		id := users[i].User.ID
		edits = append(edits, directory.SetLoginEmail{User: id}, directory.CreateAPICredential{User: id})
	}
	answers, err := q.dir.Can(q.ctx(), edits...)
	if err != nil {
		return nil, err
	}
	type answer struct{ update, sudo bool }
	known := map[answer]userCan{} // most users have the same
	for i := range users {
		sudo, err := q.maySudo(users[i].User.ID)
		if err != nil {
			return nil, err
		}
		may := answer{answers[2*i] && answers[2*i+1], sudo}
		can, ok := known[may]
		if !ok {
			can.canMap = canMap{
				"show": true, "index": true, "show_details": true, "index_details": true, "show_creds": true,
				"update_creds": may.update, "sudo": may.sudo,
			}
			can.text = appendCan(nil, can.canMap)
			known[may] = can
		}
		cans[i] = can
	}
	return cans, nil
}

// maySudo reports whether the caller may act as a user. That it may not is an
// answer; that it cannot be found out is an error.
func (q *request) maySudo(id directory.UserID) (bool, error) {
	err := q.dir.MaySudo(q.ctx(), id)
	switch directory.KindOf(err) {
	case directory.KindInternal, directory.KindUnavailable:
		return err == nil, err
	default:
		return false, nil
	}
}

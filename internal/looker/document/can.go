package document

import (
	"cohort/internal/directory"
	"cohort/internal/looker/protocol"
)

// A Can maps each operation to whether the caller may perform it. The entries are decided
// by the planner, as the operation itself would be. "show" is always true for an object in a
// reply.
type Can map[string]bool

// AskCan asks whether the caller may make several edits of each object, in one call, and
// returns the answers by object. It asks nothing if the caller does not want the given member
// of the reply.
func AskCan[T any](q *protocol.Request, member string, objects []T, edits func(T) []directory.Edit) ([][]bool, error) {
	if !q.Fields.Wants(member) || len(objects) == 0 {
		return make([][]bool, len(objects)), nil
	}
	var all []directory.Edit
	for _, o := range objects {
		all = append(all, edits(o)...)
	}
	answers, err := q.Dir.Can(q.Context(), all...)
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

// A userCan is the member "can" of a user, and its JSON.
type userCan struct {
	Can
	text []byte
}

// canUsers returns the member "can" of each user.
func canUsers(q *protocol.Request, users []directory.UserDetail) ([]userCan, error) {
	cans := make([]userCan, len(users))
	if !q.Fields.Wants("can") {
		return cans, nil
	}
	edits := make([]directory.Edit, 0, 2*len(users))
	for i := range users {
		id := users[i].User.ID
		edits = append(edits, directory.SetLoginEmail{User: id}, directory.CreateAPICredential{User: id})
	}
	answers, err := q.Dir.Can(q.Context(), edits...)
	if err != nil {
		return nil, err
	}
	type answer struct{ update, sudo bool }
	known := map[answer]userCan{} // most users share one answer
	for i := range users {
		sudo, err := maySudo(q, users[i].User.ID)
		if err != nil {
			return nil, err
		}
		may := answer{answers[2*i] && answers[2*i+1], sudo}
		can, ok := known[may]
		if !ok {
			can.Can = Can{
				"show": true, "index": true, "show_details": true, "index_details": true, "show_creds": true,
				"update_creds": may.update, "sudo": may.sudo,
			}
			can.text = appendCan(nil, can.Can)
			known[may] = can
		}
		cans[i] = can
	}
	return cans, nil
}

// maySudo reports whether the caller may act as a user. It fails only if that cannot be
// determined.
func maySudo(q *protocol.Request, id directory.UserID) (bool, error) {
	err := q.Dir.MaySudo(q.Context(), id)
	switch directory.KindOf(err) {
	case directory.KindInternal, directory.KindUnavailable:
		return err == nil, err
	default:
		return false, nil
	}
}

package inspect

import (
	"fmt"

	"cohort/internal/directory"
)

// A found is a finding whose sentence is not written yet: only those that are shown are,
// and the names of their users are read together.
type found struct {
	directory.Finding
	format string
	args   []any
}

// A person is a user in a sentence.
type person directory.UserID

// tell writes the sentences of findings, and adds them to a list.
func (l *linter) tell(list []directory.Finding, add []found) ([]directory.Finding, error) {
	names, err := l.namesIn(add)
	if err != nil {
		return list, err
	}
	for i := range add {
		f := add[i].Finding
		args := make([]any, len(add[i].args))
		for k, arg := range add[i].args {
			if id, ok := arg.(person); ok {
				arg = id.in(names)
			}
			args[k] = arg
		}
		f.Msg = fmt.Sprintf(add[i].format, args...)
		list = append(list, f)
	}
	return list, nil
}

// in is how a sentence names a user: by the name, where the caller may see it, and the id.
func (p person) in(names map[directory.UserID]string) string {
	if name := names[directory.UserID(p)]; name != "" {
		return fmt.Sprintf("%s (user %d)", name, int64(p))
	}
	return fmt.Sprintf("user %d", int64(p))
}

// namesIn are the names of the users whom findings name, as far as the caller may see
// them.
func (l *linter) namesIn(list []found) (map[directory.UserID]string, error) {
	names := map[directory.UserID]string{}
	var ids []directory.UserID
	for i := range list {
		for _, arg := range list[i].args {
			id, ok := arg.(person)
			if _, known := names[directory.UserID(id)]; ok && !known && l.SeesUser(directory.UserID(id)) {
				names[directory.UserID(id)] = ""
				ids = append(ids, directory.UserID(id))
			}
		}
	}
	if len(ids) == 0 {
		return names, nil
	}
	users, err := l.reader.UsersByID(l.ctx, ids)
	for i := range users {
		names[users[i].User.ID] = users[i].User.DisplayName()
	}
	return names, err
}

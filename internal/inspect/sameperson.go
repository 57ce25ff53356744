package inspect

import "cohort/internal/directory"

// samePersons finds people without a login e-mail whose contact e-mail is the login e-mail of
// somebody else. An identity provider looks people up by login e-mail, does not find them, and
// creates them a second time. Without such a provider nobody is examined. The findings name
// both people.
func (l *linter) samePersons(users []directory.UserRows) (map[directory.UserID][]directory.UserID, error) {
	if !l.wants(directory.LintSamePerson) || len(users) == 0 || !l.SeesUsers() {
		return nil, nil
	}
	providers, err := l.reader.UserIDs(l.ctx, directory.UsersWith(directory.CredentialSCIM), 0, 1)
	if err != nil || len(providers) == 0 {
		return nil, err
	}
	ids := make(directory.UsersByID, len(users))
	for i := range users {
		ids[i] = users[i].User.ID
	}
	list, _, err := l.reader.Users(l.ctx, directory.UserQuery{
		Where: directory.UsersAnd{directory.UsersOfKind(directory.KindPerson), ids}, Limit: len(ids), Uncounted: true,
	})
	found := map[directory.UserID][]directory.UserID{}
	for i := range list {
		u := &list[i]
		if _, logs := u.Credential(directory.CredentialEmail); logs || u.User.ContactEmail == "" {
			continue
		}
		keys, err := l.reader.Find(l.ctx, directory.CredentialKey(directory.CredentialEmail,
			directory.Fold(u.User.ContactEmail)), 1)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			row, _, err := l.reader.Row(l.ctx, key)
			if err != nil {
				return nil, err
			}
			if other, ok := directory.OwnerOf(row); ok && other != u.User.ID {
				found[u.User.ID] = append(found[u.User.ID], other)
			}
		}
	}
	return found, err
}

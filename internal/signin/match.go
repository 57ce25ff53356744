package signin

import (
	"context"
	"errors"
	"slices"
	"strings"

	"cohort/internal/directory"
	"cohort/internal/store"
)

// A Directory is the directory as the sign-in service uses it, in its own name.
type Directory interface {
	// Commit commits a change.
	Commit(ctx context.Context, edits ...directory.Edit) (directory.Committed, error)
	// Powers returns the permissions that a user has or will have.
	Powers(ctx context.Context, user directory.UserID) (directory.Permissions, error)
	// GroupPowers returns the permissions that a group gives to its members.
	GroupPowers(ctx context.Context, group directory.GroupID) (directory.Permissions, error)
	// Provisioned reports whether a source belongs to a SCIM client, which manages its groups
	// itself.
	Provisioned(ctx context.Context, source string) (bool, error)
}

// match finds the user of a person, and links them at the first sign-in. The first of subject,
// source reference and e-mail that finds a user decides.
func (s *Service) match(ctx context.Context, p *provider, who *claims) (directory.UserID, error) {
	identity := p.Name + "/" + who.Subject
	user, hit, err := s.find(ctx, directory.CredentialKey(directory.CredentialSSO, identity))
	if err != nil || hit {
		return s.enter(ctx, user, err)
	}
	if value := who.text(p.SourceClaim); p.Source != "" && value != "" {
		user, hit, err = s.find(ctx, directory.SourceKey(directory.ObjectUser, p.Source, value))
	}
	if err == nil && !hit && who.Email != "" && who.verified(p) && p.takes(who.Email) {
		user, hit, err = s.byEmail(ctx, p, who.Email)
	}
	switch {
	case err != nil:
		return 0, err
	case !hit && p.Create:
		return s.create(ctx, p, who, identity)
	case !hit:
		return 0, errRefused(errors.New("nobody matches"))
	}
	if user, err = s.enter(ctx, user, nil); err != nil {
		return 0, err
	}
	link := directory.SetIdentity{User: user, Kind: directory.CredentialSSO, Identifier: identity}
	return s.linked(ctx, identity, func() (directory.UserID, error) {
		_, err := s.config.Directory.Commit(ctx, link)
		return user, err
	})
}

// linked commits a change that links an identity. If another sign-in of the same person was
// first, its link stays.
func (s *Service) linked(ctx context.Context, identity string,
	commit func() (directory.UserID, error)) (directory.UserID, error) {
	user, err := commit()
	if err == nil || directory.KindOf(err) == directory.KindInternal ||
		directory.KindOf(err) == directory.KindUnavailable {
		return user, err
	}
	there, hit, findErr := s.find(ctx, directory.CredentialKey(directory.CredentialSSO, identity))
	if findErr != nil || !hit {
		return 0, errRefused(errors.Join(err, findErr))
	}
	return s.enter(ctx, there, nil)
}

// enter admits an existing user that is an enabled person.
func (s *Service) enter(ctx context.Context, user directory.UserID, err error) (directory.UserID, error) {
	if err != nil {
		return 0, err
	}
	err = s.mayHaveLink(ctx, user)
	if err != nil && directory.KindOf(err) != directory.KindInternal {
		err = errRefused(err)
	}
	return user, err
}

// byEmail finds the user with a login e-mail. It never matches a user who is already linked to
// this provider, because that is another person, nor one who has or will have a permission,
// because attackers aim at such e-mails.
func (s *Service) byEmail(ctx context.Context, p *provider, email string) (user directory.UserID, hit bool, err error) {
	user, hit, err = s.find(ctx, directory.CredentialKey(directory.CredentialEmail, directory.Fold(email)))
	if err != nil || !hit || user == 0 {
		return user, hit, err
	}
	err = s.store.Read(ctx, func(r store.Reader) error {
		rows, _, err := r.UserRows(ctx, user)
		if slices.ContainsFunc(rows.Credentials, func(c directory.Credential) bool {
			return c.Kind == directory.CredentialSSO && strings.HasPrefix(c.Identifier, p.Name+"/")
		}) {
			return errors.Join(err, errRefused(errors.New("the user with the e-mail is linked to another person")))
		}
		return err
	})
	if err != nil {
		return 0, true, err
	}
	powers, err := s.config.Directory.Powers(ctx, user)
	if err == nil && powers != 0 {
		err = errRefused(errors.New("the user with the e-mail holds permissions"))
	}
	return user, true, err
}

// create creates a user for a person, without groups and roles, and with the login e-mail if
// it is verified. If domains are set, the e-mail must have one of them.
func (s *Service) create(ctx context.Context, p *provider, who *claims, identity string) (directory.UserID, error) {
	verified := who.Email != "" && who.verified(p) && p.takes(who.Email)
	if len(p.Domains) > 0 && !verified {
		return 0, errRefused(errors.New("no verified e-mail of the domains"))
	}
	me := directory.Made[directory.UserID](0)
	user := directory.CreateUser{Kind: directory.KindPerson, FirstName: nameOf(who, "given_name"),
		LastName: nameOf(who, "family_name")}
	if user.FirstName == "" && user.LastName == "" {
		user.FirstName = nameOf(who, "name")
	}
	edits := []directory.Edit{nil, directory.SetIdentity{User: me, Kind: directory.CredentialSSO, Identifier: identity}}
	if verified {
		edits = append(edits, directory.SetLoginEmail{User: me, Email: who.Email, New: true})
	} else if email, err := directory.ParseEmail("email", who.Email); err == nil {
		user.ContactEmail = email
	}
	if value := who.text(p.SourceClaim); p.Source != "" && value != "" {
		edits = append(edits, directory.SetSource{Object: me.Object(), Source: p.Source, SourceID: value})
	}
	edits[0] = user
	return s.linked(ctx, identity, func() (directory.UserID, error) {
		done, err := s.config.Directory.Commit(ctx, edits...)
		if err != nil {
			return 0, err
		}
		return directory.UserID(done.Results[0].ID), nil
	})
}

// nameOf returns a claim if it is a valid name, else empty.
func nameOf(who *claims, claim string) string {
	name, err := directory.ParseName("name", who.text(claim))
	if err != nil {
		return ""
	}
	return name
}

// find returns the user that has a key. If the key belongs to something disabled or deleted,
// it is a hit with the user 0, as whom nobody can sign in.
func (s *Service) find(ctx context.Context, key directory.IndexKey) (user directory.UserID, hit bool, err error) {
	err = s.store.Read(ctx, func(r store.Reader) error {
		keys, err := r.Find(ctx, key, 2)
		if err != nil || len(keys) == 0 {
			return err
		}
		hit = true
		row, _, err := r.Row(ctx, keys[0])
		switch row := row.(type) {
		case directory.Credential:
			if !row.Disabled {
				user = row.User
			}
		case directory.SourceReference:
			user = directory.UserID(row.Object.ID)
		}
		return err
	})
	return user, hit, err
}

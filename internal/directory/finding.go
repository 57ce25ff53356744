package directory

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A FindingCode is the kind of a Finding.
type FindingCode string

// The kinds of findings.
const (
	// a group value that loses for every member, because of a group above
	LintShadowed      FindingCode = "shadowed_value"
	LintUnused        FindingCode = "unused_value"          // a group value, or default, that nobody gets
	LintEmptyGroup    FindingCode = "empty_group"           // no members and no groups in it
	LintUnreachable   FindingCode = "unreachable_group"     // groups in it, but no members there either
	LintSimilarNames  FindingCode = "similar_names"         // groups or attributes whose names are alike
	LintExpiredValue  FindingCode = "expired_value"         // of a group or a user
	LintExpiredMember FindingCode = "expired_membership"    // of a user
	LintMisfit        FindingCode = "misfit"                // a value that the constraints of its attribute do not take
	LintRankDecided   FindingCode = "decided_by_rank_alone" // groups as near as each other give a user different values
	LintSamePerson    FindingCode = "same_person"           // a user whose contact e-mail is another's login
	LintHeld          FindingCode = "held_removals"         // of an identity provider
	LintSkipped       FindingCode = "skipped_members"       // whom an identity provider named and who are not there
	// ids of one source that differ in case, punctuation or leading zeros only
	LintSimilarSources FindingCode = "similar_source_ids"
	LintSharedContact  FindingCode = "shared_contact_email" // of several users
)

// FindingCodes returns every code.
func FindingCodes() []FindingCode {
	return []FindingCode{
		LintShadowed, LintUnused, LintEmptyGroup, LintUnreachable, LintSimilarNames,
		LintExpiredValue, LintExpiredMember, LintMisfit, LintRankDecided, LintSamePerson, LintHeld, LintSkipped,
		LintSimilarSources, LintSharedContact,
	}
}

// A LintStage is a part of the directory that lint examines.
type LintStage int

// The stages, in their order.
const (
	LintCatalog LintStage = iota // groups, attributes and their values
	LintUsers                    // users, one by one, by id
	LintWhole                    // what objects have in common
	LintDone
)

// A LintQuery asks for findings, stage by stage.
type LintQuery struct {
	Codes []FindingCode // nil means all
	About *Object       // only findings about this object; nil is all
	Muted bool          // include muted findings
	Stage LintStage     // at which the page begins
	Skip  int           // findings of the stage that were listed; not used with LintUsers
	After UserID        // the last user who was examined
	Limit int           // 0 means 100; at most 1,000; the findings of one user stay together
}

// A LintPage is a part of a list of findings. Next is the query of the next page, or nil.
type LintPage struct {
	Findings []Finding
	Examined int // users
	Next     *LintQuery
}

// A LintKind counts the findings of one kind.
type LintKind struct {
	Code   FindingCode
	Count  int       // without muted ones
	Muted  int       //
	Sample []Finding // at most MaxLintSample, not muted
}

// MaxLintSample is how many findings of a kind are shown with their count.
const MaxLintSample = 5

// LintKinds counts findings by kind, including kinds without any. It covers the catalog and
// 5,000 users. Next is the query that continues the count, or nil.
type LintKinds struct {
	Kinds    []LintKind
	Examined int
	Next     *LintQuery
}

// A Finding is something in the directory that may be a mistake.
type Finding struct {
	Code      FindingCode
	Attribute AttributeID // it is about, or 0
	User      UserID      // it is about, or 0
	Users     []UserID    // it is about, where they are several; at most ten
	Groups    []GroupID   // it is about; for a shadowed value, the group and the one that shadows it
	Msg       string      // a sentence
	Muted     bool        // muted by somebody
}

// ID identifies a finding by its kind and what it is about. It is stable.
func (f *Finding) ID() string {
	var id strings.Builder
	id.WriteString(string(f.Code))
	if f.User != 0 {
		fmt.Fprintf(&id, ".u%d", f.User)
	}
	if f.Attribute != 0 {
		fmt.Fprintf(&id, ".a%d", f.Attribute)
	}
	const named = 2
	for i, u := range f.Users {
		if i < named {
			fmt.Fprintf(&id, ".u%d", u)
		}
	}
	for i, g := range f.Groups {
		if i < named {
			fmt.Fprintf(&id, ".g%d", g)
		}
	}
	if n := len(f.Users) + len(f.Groups); n > named {
		fmt.Fprintf(&id, ".n%d", n)
	}
	return id.String()
}

// IsAbout reports whether a finding is about an object.
func (f *Finding) IsAbout(o Object) bool {
	switch o.Kind {
	case ObjectUser:
		return f.User == UserID(o.ID) || slices.Contains(f.Users, UserID(o.ID))
	case ObjectGroup:
		return slices.Contains(f.Groups, GroupID(o.ID))
	case ObjectAttribute:
		return f.Attribute == AttributeID(o.ID)
	default:
		return false
	}
}

// LintDialect is the dialect of the facets that mute findings. All Users carries them, under
// the id of a finding or the code of a kind.
const LintDialect = "lint"

// lintMuted is the kind of these facets.
const lintMuted = "muted"

// MutedFacet returns the facet that mutes a finding, or all of a kind.
func MutedFacet(finding, why string) Facet {
	data, err := json.Marshal(map[string]string{"why": why})
	if err != nil {
		data = []byte("{}") // a string always has JSON
	}
	return Facet{Object: AllUsers.Object(), Dialect: LintDialect, Kind: lintMuted, Name: finding, Data: string(data)}
}

// MutedBy returns what a facet mutes, and the reason. ok is false if it mutes nothing.
func MutedBy(f Facet) (finding, why string, ok bool) {
	var data map[string]string
	if f.Dialect != LintDialect || f.Kind != lintMuted || json.Unmarshal([]byte(f.Data), &data) != nil {
		return "", "", false
	}
	return f.Name, data["why"], true
}

// CheckMuted checks the facet of a muted finding.
func CheckMuted(f Facet) error {
	code, _, _ := strings.Cut(f.Name, ".")
	switch _, why, ok := MutedBy(f); {
	case !ok || f.Object != AllUsers.Object():
		return Invalid("kind", "must be %s, of All Users, with data such as {\"why\":\"…\"}", lintMuted)
	case !slices.Contains(FindingCodes(), FindingCode(code)):
		return Invalid("finding", "must be the id of a finding, or a kind among %v", FindingCodes())
	case len(f.Name) > MaxNameLen || len(why) > 4*MaxNameLen:
		return TooLong("finding", "and the reason may have %d characters each", MaxNameLen)
	}
	return nil
}

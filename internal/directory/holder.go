package directory

// MaxExamined is how many users one page of holders or of lint looks at.
const MaxExamined = 5000

// A HolderQuery asks who has a value effectively.
type HolderQuery struct {
	Attribute AttributeID
	Value     *string // nil asks who has any
	After     UserID  // only users with a greater id
	Limit     int     // holders in a page; 0 is 100, the most is 1,000
}

// A HolderPage is a part of a list of holders. It may be short, or empty,
// though more follow: a page is bounded work.
type HolderPage struct {
	Holders  []Holder
	Examined int
	Next     UserID // for HolderQuery.After; 0 if there are no more
}

// A Holder is a user who has a value effectively.
type Holder struct {
	User  User // only the id and the state if the caller may not see users
	Email string
	Effective
}

// A UserValues is one user's part of a batch of effective values.
type UserValues struct {
	User   UserID
	Found  bool // false if there is no such user, or the caller may not read it
	Values []Effective
}

// Limits of a batch of effective values.
const (
	MaxBatchUsers  = 1000
	MaxBatchValues = 100_000 // users × attributes
)

// A FindingCode says what a Finding is.
type FindingCode string

// What lint finds.
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
)

// FindingCodes returns every code.
func FindingCodes() []FindingCode {
	return []FindingCode{
		LintShadowed, LintUnused, LintEmptyGroup, LintUnreachable, LintSimilarNames,
		LintExpiredValue, LintExpiredMember, LintMisfit, LintRankDecided, LintSamePerson, LintHeld, LintSkipped,
	}
}

// A LintQuery asks for findings. Those about the catalog come first, then those
// about users, by id.
type LintQuery struct {
	Codes   []FindingCode // nil is all
	Skip    int           // findings about the catalog that were listed
	After   UserID        // users that were looked at
	OnUsers bool          // whether the catalog is done
	Limit   int           // 0 is 100, the most is 1,000; the findings of one user are not torn apart
}

// A LintPage is a part of a list of findings. Next is for the query of the next
// page, and nil if there are no more.
type LintPage struct {
	Findings []Finding
	Examined int // users
	Next     *LintQuery
}

// A Finding is something in the directory that may not be meant so.
type Finding struct {
	Code      FindingCode
	Attribute AttributeID // it is about, or 0
	User      UserID      // it is about, or 0
	Groups    []GroupID   // it is about; of a shadowed value the group and the one that shadows it
	Msg       string      // a sentence
}

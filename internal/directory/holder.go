package directory

// MaxExamined is how many users one page of holders or of lint looks at.
const MaxExamined = 5000

// A HolderQuery asks who has a value effectively.
type HolderQuery struct {
	Attribute AttributeID
	Value     *string // nil asks who has any
	Element   *string // only whose list has this element; nil is all
	Least     *string // only whose number or date is not less; nil is all
	Greatest  *string // only whose number or date is not greater; nil is all
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

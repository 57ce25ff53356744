package directory

// MaxExamined is how many users one page of holders or lint examines.
const MaxExamined = 5000

// A HolderQuery asks who has a value effectively.
type HolderQuery struct {
	Attribute AttributeID
	Value     *string // nil asks for any value
	Element   *string // only lists with this element; nil means all
	Least     *string // only numbers and dates that are not less; nil means all
	Greatest  *string // only numbers and dates that are not greater; nil means all
	After     UserID  // only users with a greater id
	Limit     int     // 0 means 100; at most 1,000
}

// A HolderPage is a part of a list of holders. It may be short or even empty although more
// follow, because the work for a page is bounded.
type HolderPage struct {
	Holders  []Holder
	Examined int
	Next     UserID // for HolderQuery.After; 0 at the end
}

// A Holder is a user who has a value effectively.
type Holder struct {
	User  User // only id and state if the caller may not see users
	Email string
	Effective
}

// UserValues are the values of one user in a batch of effective values.
type UserValues struct {
	User   UserID
	Found  bool // false if the user does not exist or the caller may not read it
	Values []Effective
}

// Limits of a batch of effective values.
const (
	MaxBatchUsers  = 1000
	MaxBatchValues = 100_000 // users × attributes
)

package directory

// A Preview says what a change would do to effective values if it were committed now.
type Preview struct {
	Revision   Revision // of the preview
	Changed    bool     // false if committing would change nothing
	Results    []Result // as committing would return, without secrets
	Total      UserCount
	Examined   int64             // users that were examined
	Affected   UserCount         // users with at least one changed value
	Groups     int64             // groups with at least one changed value of their own
	Attributes []AttributeEffect // attributes with changed values, by id
	Sample     []AffectedUser    // at most 10
	Warnings   []Warning
	GroupNames map[GroupID]string // of the groups that the sample and the warnings name
	Token      string             // for Change.Token; empty if nothing would change
	ExpiresAt  Instant            // of the token
}

// A UserCount counts enabled and disabled users separately.
type UserCount struct{ Users, Disabled int64 }

// Add counts one more user.
func (c *UserCount) Add(disabled bool) {
	if disabled {
		c.Disabled++
	} else {
		c.Users++
	}
}

// All returns the number of users, enabled or disabled.
func (c UserCount) All() int64 { return c.Users + c.Disabled }

// Affected counts the users and groups whose effective values a change alters.
type Affected struct {
	Users    UserCount
	Groups   int64 // with at least one changed value of their own
	AtMost   bool  // the users were not examined; Users is an upper bound
	Examined int64 // users that were examined
}

// An AttributeEffect says what a change does to the values of one attribute.
type AttributeEffect struct {
	Before, After Attribute // before and after the change; zero if it does not exist
	UserCount
	Values []ValueEffect // most users first; at most 100
	Others UserCount     // of users whose change is not in Values
}

// A ValueEffect counts the users whose value changes from one to another.
type ValueEffect struct {
	Before, After SetValue
	UserCount
}

// A SetValue is a value, or its absence.
type SetValue struct {
	Set   bool
	Value Value
}

// An AffectedUser is an example of the effect of a change.
type AffectedUser struct {
	User          User
	Email         string
	Attribute     AttributeID
	Before, After Explanation
}

// A WarningCode is the kind of a Warning.
type WarningCode string

// The warnings.
const (
	WarnEveryone       WarningCode = "touches_everyone"     // every user is affected
	WarnLosesMembers   WarningCode = "removes_most_members" // a group loses more than half of its members
	WarnHidesDefault   WarningCode = "hides_default"        // nobody gets an attribute's default any more
	WarnKeepsMisfits   WarningCode = "keeps_misfits"        // values stay that the constraints do not take
	WarnHidesAttribute WarningCode = "hides_attribute"      // values become hidden, which cannot be undone
	WarnLeavesOut      WarningCode = "leaves_out"           // a revert does not undo all of its change
)

// A Warning is something that people should know before they commit.
type Warning struct {
	Code      WarningCode
	Group     GroupID     // that it is about, or 0
	Attribute AttributeID // that it is about, or 0
	Msg       string      // a sentence
}

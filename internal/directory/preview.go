package directory

// A Preview says what a change would do to effective values if it were
// committed now. Nothing has happened yet.
type Preview struct {
	Revision   Revision // that the preview was worked out at
	Changed    bool     // false if committing would change nothing
	Results    []Result // what committing would yield, but for secrets
	Total      UserCount
	Examined   int64             // users that were looked at
	Affected   UserCount         // users of whom at least one value changes
	Groups     int64             // groups of whose own effective values at least one changes
	Attributes []AttributeEffect // by id; those of which a value changes
	Sample     []AffectedUser    // at most 10
	Warnings   []Warning
	GroupNames map[GroupID]string // of the groups that the sample and the warnings name
	Token      string             // for Change.Token; empty if nothing would change
	ExpiresAt  Instant            // of the token
}

// A UserCount counts enabled users, and disabled ones apart.
type UserCount struct{ Users, Disabled int64 }

// Add counts one user more.
func (c *UserCount) Add(disabled bool) {
	if disabled {
		c.Disabled++
	} else {
		c.Users++
	}
}

// All is the number of users, whether disabled or not.
func (c UserCount) All() int64 { return c.Users + c.Disabled }

// Affected counts those of whom a change changes an effective value.
type Affected struct {
	Users    UserCount
	Groups   int64 // of whose own effective values at least one changes
	AtMost   bool  // the users were not looked at, and are at most so many
	Examined int64 // users that were looked at
}

// An AttributeEffect says what a change does to the values of one attribute.
type AttributeEffect struct {
	Before, After Attribute // as before and after the change; the zero Attribute is not there
	UserCount
	Values []ValueEffect // those of the most users first; at most 100
	Others UserCount     // of users whose change is not among Values
}

// A ValueEffect counts the users whose value changes from one to another.
type ValueEffect struct {
	Before, After SetValue
	UserCount
}

// A SetValue is a value, or that there is none.
type SetValue struct {
	Set   bool
	Value Value
}

// An AffectedUser is an example of what a change does.
type AffectedUser struct {
	User          User
	Email         string
	Attribute     AttributeID
	Before, After Explanation
}

// A WarningCode says what to look at before committing.
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

// A Warning is something that people would want to know before they commit.
type Warning struct {
	Code      WarningCode
	Group     GroupID     // that it is about, or 0
	Attribute AttributeID // that it is about, or 0
	Msg       string      // a sentence
}

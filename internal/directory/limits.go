package directory

// Limits of the domain. An input above one gets an error that names it.
const (
	MaxNameLen       = 255      // characters of a name or label
	MaxValueLen      = 64 << 10 // bytes of a value
	MaxListLen       = 1000     // elements of a list value
	MaxSourceLen     = 100      // characters of a source
	MaxSourceIDLen   = 1024     // characters of a source id
	MaxNestingDepth  = 64       // groups on a path, from a group to its farthest ancestor, both included
	MaxParents       = 100      // parents of a group
	MaxUserGroups    = 1000     // direct groups of a user
	MaxEdits         = 10_000   // edits in a request
	MaxOrdinaryEdits = 100      // edits in a change of a caller who cannot manage anything
	MaxWildcards     = 8        // wildcards in a search pattern
	MaxCommentLen    = 1000     // characters of a comment
	MaxFacetLen      = 64 << 10 // bytes of a facet
	MaxFields        = 200      // names in a list of fields
	MaxPermissionSet = 1000     // permissions or models in a set
	MaxDescription   = 1000     // characters of a description
	MaxAllowed       = 1000     // allowed values of an attribute
	MaxPatternLen    = 1 << 10  // bytes of the pattern of an attribute
)

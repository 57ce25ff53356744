// Package directory is the domain of Cohort: users, groups, typed attributes
// and their values, the roles that give permissions, the edits that change
// them and the errors that refuse to.
//
// It knows nothing of HTTP, SQL, JSON or files. Dialects translate into its types,
// stores keep its rows, resolve and core apply its rules. This package, never a
// database, decides whether two names, e-mails or keys are the same.
package directory

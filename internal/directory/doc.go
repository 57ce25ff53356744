// Package directory is the domain of Cohort: users, groups, typed attributes and their values,
// the roles that give permissions, the edits that change them and the errors that refuse
// edits.
//
// It knows neither HTTP, SQL, JSON nor files. Dialects translate to its types, stores hold its
// rows, resolve and core apply its rules. This package, and never a database, decides whether
// two names, e-mails or keys are equal.
package directory

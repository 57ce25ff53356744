// Package reconcile brings a server to a desired state through its native API: it reads the
// current state and commits the parts of a plan.
package reconcile

// Package outcome decides whether the state that a change leads to may be: the law
// for every change. It knows no edit, and looks only at what is planned.
package outcome

// Package archtest holds the rules of this project as tests: who may import whom,
// how long files and functions may get, which files never change again, what a
// changelog entry looks like. It has no code that the program uses, and knows
// the packages by name only.
package archtest

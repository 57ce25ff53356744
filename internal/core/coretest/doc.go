// Package coretest is a directory for the tests of the packages that stand on
// core: it has an administrator and short ways to make, change and ask.
package coretest
